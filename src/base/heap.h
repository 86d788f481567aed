/* heap.h: memory whose whole contents can be put aside and brought back, at the same addresses: a copy of a structure
 * of any shape, pointers included, without code that knows the shape. mem_alloc and its kin take from the heap that is
 * in use, mem_free gives back to where a block came from. Not for threads. */
#ifndef MPW_BASE_HEAP_H
#define MPW_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap;
struct heap_image;

/* NULL when this machine gives no address space for it. */
struct heap *heap_new(void);
/* Everything in it is gone; images are dropped before. */
void heap_free(struct heap *heap);

/* From now on mem_alloc, mem_zalloc, mem_resize and mem_copy_text take from this heap; NULL: from malloc, as usual. */
void heap_use(struct heap *heap);

/* Pages that did not change since the image saved or brought back before are shared with it. */
struct heap_image *heap_save(struct heap *heap);
void heap_restore(struct heap *heap, struct heap_image *image);
void heap_drop(struct heap *heap, struct heap_image *image);
/* Memory that all images take. */
size_t heap_image_bytes(const struct heap *heap);
/* A block did not fit and came from malloc: what was saved since is not whole. Never in practice: the room is 64 GiB.
 */
bool heap_is_full(const struct heap *heap);

/* For mem.c. */
struct heap *heap_in_use(void);
bool heap_owns(const void *block);
void *heap_take(struct heap *heap, size_t size);
void heap_give(void *block);
size_t heap_block_size(const void *block);

#endif
