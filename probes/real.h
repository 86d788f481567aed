/* real.h: the functions behind ours: what a call would have reached without the probe (libc, or another preloaded
 * library). */
#ifndef MPW_PROBE_REAL_H
#define MPW_PROBE_REAL_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/calls.h"

extern void *real_table[CALL_COUNT] __attribute__((visibility("hidden")));

/* Finds it at the first use: walks the loaded libraries after ours in search order. No lock, no allocation, safe in
 * handlers and in forked children, which dlsym is not. A symbol that this libc does not have resolves to a function
 * that fails with ENOSYS. */
void *real_resolve(unsigned call);

static inline void *real_find(unsigned call)
{
	void *found = real_table[call];

	return __builtin_expect(found != NULL, 1) ? found : real_resolve(call);
}

#define REAL(name) ((__typeof__(&name))real_find(CALL_##name))
/* NULL: not found so far. */
#define REAL_KNOWN(name) ((__typeof__(&name))real_table[CALL_##name])

/* First definition of `name` in search order from `from` on (NULL: the beginning), as version `version` or, when that
 * is NULL, its default version. NULL if there is none. */
void *elf_find(const struct link_map *from, const char *name, const char *version);

/* The same with the size that the symbol has: unchanged if there is none. */
void *elf_find_sized(const struct link_map *from, const char *name, size_t *size);

/* The first object that defines `name`, NULL: none does. */
const struct link_map *elf_object(const char *name);
/* Does the object use a definition of this name that another one has? */
bool elf_imports(const struct link_map *map, const char *name);
/* Where the object keeps the address that its calls of this function go to (R_X86_64_JUMP_SLOT of the psABI), NULL: it
 * calls it in another way, or not at all. */
void **elf_slot(const struct link_map *map, const char *name);

/* Our own entry in the list of loaded objects. */
const struct link_map *elf_self(void);

#endif
