/* mem.h: allocation that never returns NULL: an mpwatch without memory says so and ends (the watched program goes on).
 * Only for sizes that the caller has bounded; a size read from a file or from shared memory is checked first. */
#ifndef MPW_BASE_MEM_H
#define MPW_BASE_MEM_H

#include <stddef.h>

/* Prints one line and exits with mpwatch's own failure status. */
void die_no_memory(void) __attribute__((noreturn));

void *mem_alloc(size_t size) __attribute__((malloc, alloc_size(1), returns_nonnull, warn_unused_result));
void *mem_zalloc(size_t count, size_t size)
	__attribute__((malloc, alloc_size(1, 2), returns_nonnull, warn_unused_result));
void *mem_resize(void *old, size_t size) __attribute__((alloc_size(2), returns_nonnull, warn_unused_result));
/* For memory that may have come from a heap (base/heap.h); plain free() is for what never does. */
void mem_free(void *memory);
char *mem_copy_text(const char *text) __attribute__((malloc, returns_nonnull, nonnull, warn_unused_result));

#endif
