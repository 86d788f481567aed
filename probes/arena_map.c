/* arena_map.c: chunks of the shared arena: claiming them, mapping another window when one is used up.
 * Other side: the collector (arena_host) sets bits again with release order after it has zeroed a chunk; the acquire of
 * the compare-and-swap here sees that zeroing. */
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>

#include "arena_open.h"
#include "probe.h"

void doorbell_ring(void)
{
	struct arena_control *control = probe.control;

	if (!control || probe.restricted)
		return;
	__atomic_fetch_add(&control->doorbell, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&control->sleeping, __ATOMIC_SEQ_CST))
		raw_call6(SYS_futex, (long)&control->doorbell, FUTEX_WAKE, 1, 0, 0, 0);
}

/* On a busy machine a reader that was woken may need some milliseconds to get a CPU. */
#define NAPS_MOST 40
#define NAP_NS 200000

bool doorbell_wait(int *naps)
{
	/* Nobody reads: it was killed, stopped, or has got no CPU since that many rounds. */
	static bool in_vain;
	static uint32_t in_vain_since;
	uint32_t rounds = __atomic_load_n(&probe.control->rounds, __ATOMIC_RELAXED);
	struct {
		long sec, ns;
	} nap = {0, NAP_NS};

	if ((in_vain && rounds == in_vain_since) || probe.restricted || probe_tls.vfork_depth ||
		__atomic_load_n(&probe.control->exhausted, __ATOMIC_RELAXED))
		return false;
	in_vain = ++*naps > NAPS_MOST;
	in_vain_since = rounds;
	if (in_vain)
		return false;
	raw_call3(SYS_nanosleep, (long)&nap, 0, 0);
	return true;
}

/* The compiler's own is a function at the far end of the library, where a process has to pay for the page. */
static uint32_t bits_in(uint64_t word)
{
	uint32_t count = 0;

	for (; word; word &= word - 1)
		count++;
	return count;
}

/* Clears the lowest set bit of the window's map: its chunk index, or 0 (the header's own, never free) if there is none.
 */
static uint32_t window_take(struct arena_window *window, uint32_t *left)
{
	for (uint32_t word = 0; word < ARENA_WINDOW_CHUNKS / 64; word++) {
		uint64_t bits = __atomic_load_n(&window->free_bits[word], __ATOMIC_RELAXED);

		while (bits) {
			uint64_t rest = bits & (bits - 1);

			if (__atomic_compare_exchange_n(
				    &window->free_bits[word], &bits, rest, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
				*left = bits_in(rest) + (word == 0 ? bits_in(window->free_bits[1]) : 0);
				return word * 64 + (uint32_t)__builtin_ctzll(bits);
			}
		}
	}
	return 0;
}

void window_add(char *base, uint32_t index)
{
	probe.windows[probe.window_count].base = base;
	probe.windows[probe.window_count].index = index;
	__atomic_store_n(&probe.window_count, probe.window_count + 1, __ATOMIC_RELEASE);
}

int window_map(int fd, uint32_t index)
{
	char *base;

	if (probe.window_count == PROBE_MAX_WINDOWS)
		return -1;
	base = (char *)raw_call6(SYS_mmap, 0, ARENA_WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		(long)arena_window_offset(index));
	if ((unsigned long)base >= -4095UL)
		return -1;
	raw_call3(SYS_madvise, (long)base, ARENA_WINDOW_SIZE, MADV_DONTDUMP);
	window_add(base, index);
	return 0;
}

/* Maps the window that the collector recommends now, if it is not mapped already. One thread at a time: a second one
 * just gets no chunk this time. */
static int window_map_more(void)
{
	uint32_t hint = __atomic_load_n(&probe.control->window_hint, __ATOMIC_ACQUIRE);
	int fd, result = -1;

	if (probe.restricted || __atomic_exchange_n(&probe.own->mapping, 1, __ATOMIC_ACQUIRE))
		return -1;
	for (uint32_t i = 0; i < probe.window_count; i++)
		if (probe.windows[i].index == hint)
			goto out;
	fd = arena_open(probe.session);
	if (fd >= 0) {
		result = window_map(fd, hint);
		raw_close(fd);
	}
out:
	__atomic_store_n(&probe.own->mapping, 0, __ATOMIC_RELEASE);
	return result;
}

void window_prepare(void)
{
	uint32_t left = 0;

	if (!probe.control || probe.own->alive != ALIVE_YES)
		return;
	for (uint32_t slot = 0; slot < probe.window_count; slot++) {
		const struct arena_window *window = (const struct arena_window *)probe.windows[slot].base;

		left += bits_in(window->free_bits[0]) + bits_in(window->free_bits[1]);
	}
	if (left < 64)
		window_map_more();
}

static void *claim_in(uint32_t slot, uint32_t owner, uint64_t serial, uint32_t *number)
{
	struct arena_window *window = (struct arena_window *)probe.windows[slot].base;
	uint32_t left = 0, index = window->closed ? 0 : window_take(window, &left);
	struct chunk_head *head;

	if (index == 0)
		return NULL;
	if (serial == 0)
		serial = (uint64_t)(window->index + 1) << 40 | __atomic_add_fetch(&window->claims, 1, __ATOMIC_RELAXED);
	if (left == 64 || left == 32 || left == 8)
		doorbell_ring();
	head = (struct chunk_head *)(probe.windows[slot].base + (size_t)index * ARENA_CHUNK_SIZE);
	*number = probe.windows[slot].index * ARENA_WINDOW_CHUNKS + index;
	/* A forked child has none of these pages mapped yet. A read maps its neighbours, too (fault-around), a write
	 * would not. */
	(void)*(volatile uint32_t *)&head->kind;
	head->owner = owner ? owner : *number;
	head->serial = serial;
	return head;
}

void *chunk_claim(uint32_t owner, uint64_t serial, uint32_t *number)
{
	int naps = 0;

	if (!probe.control)
		return NULL;
	do {
		for (uint32_t slot = probe.window_count; slot-- > 0;) {
			void *chunk = claim_in(slot, owner, serial, number);

			if (chunk)
				return chunk;
		}
		doorbell_ring();
	} while (window_map_more() == 0 || doorbell_wait(&naps));
	__atomic_fetch_add(&probe.control->lost_no_chunk, 1, __ATOMIC_RELAXED);
	return NULL;
}

struct proc_chunk *chunk_claim_process(void)
{
	uint32_t number;

	return chunk_claim(0, 0, &number);
}
