/* words.h: what was found out about something that has a number, kept in one word that is written whole: threads of
 * interpreters with a GIL each meet here. Two words for each place of a table, since who alternates between two things
 * that share one would find out anew each time. */
#ifndef MPW_PROBE_PYTHON_WORDS_H
#define MPW_PROBE_PYTHON_WORDS_H

#include <stdint.h>

struct words {
	uint64_t last, before;
};

/* The word whose bits from `shift` on are those of `key`; 0: none is known. */
static inline uint64_t words_find(const struct words *words, uint64_t key, unsigned shift)
{
	uint64_t word = __atomic_load_n(&words->last, __ATOMIC_RELAXED);

	if (__builtin_expect(word >> shift == key >> shift, 1))
		return word;
	word = __atomic_load_n(&words->before, __ATOMIC_RELAXED);
	return word >> shift == key >> shift ? word : 0;
}

static inline void words_keep(struct words *words, uint64_t word)
{
	__atomic_store_n(&words->before, __atomic_load_n(&words->last, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	__atomic_store_n(&words->last, word, __ATOMIC_RELAXED);
}

#endif
