/* heap.c: a range of addresses that grows; blocks of some sizes with a list of free ones each. All it knows about its
 * blocks lies in the range itself, so that an image holds that too. */
#include "base/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

#define RANGE ((size_t)64 << 30)
#define STEP ((size_t)1 << 20)
#define PAGE ((size_t)4096)
#define UNIT ((size_t)16)
#define SMALL ((size_t)512) /* up to here a class for each unit, above two for each power of two */
#define SMALL_CLASSES (SMALL / UNIT + 1)
#define CLASSES (SMALL_CLASSES + 2 * 30)

/* Stands before a block; a free one holds the pointer to the next free one of its class. */
struct block {
	uint64_t class;
};

struct state {
	size_t used;
	struct block *free[CLASSES];
};

struct page {
	unsigned refs;
	char data[PAGE];
};

struct heap_image {
	struct page **pages;
	size_t count;
};

struct heap {
	char *base;
	size_t ready;            /* bytes that can be touched */
	size_t pages;            /* of all images */
	struct heap_image *like; /* the image that the memory was last the same as */
	bool full;
	struct heap *next;
};

static struct heap *heaps, *in_use;

static struct state *state_of(const struct heap *heap)
{
	return (struct state *)heap->base;
}

static size_t round_up(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

static bool make_ready(struct heap *heap, size_t bytes)
{
	size_t wanted = round_up(bytes, STEP);

	if (bytes <= heap->ready)
		return true;
	if (wanted > RANGE || mprotect(heap->base + heap->ready, wanted - heap->ready, PROT_READ | PROT_WRITE) != 0)
		return false;
	heap->ready = wanted;
	return true;
}

struct heap *heap_new(void)
{
	char *base = mmap(NULL, RANGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct heap *heap;

	if (base == MAP_FAILED)
		return NULL;
	heap = mem_zalloc(1, sizeof(*heap));
	heap->base = base;
	if (!make_ready(heap, STEP)) {
		munmap(base, RANGE);
		free(heap);
		return NULL;
	}
	((struct state *)base)->used = round_up(sizeof(struct state), UNIT);
	heap->next = heaps;
	heaps = heap;
	return heap;
}

void heap_free(struct heap *heap)
{
	struct heap **at = &heaps;

	if (!heap)
		return;
	while (*at != heap)
		at = &(*at)->next;
	*at = heap->next;
	if (in_use == heap)
		in_use = NULL;
	munmap(heap->base, RANGE);
	free(heap);
}

void heap_use(struct heap *heap)
{
	in_use = heap;
}

struct heap *heap_in_use(void)
{
	return in_use;
}

bool heap_is_full(const struct heap *heap)
{
	return heap->full;
}

/* --- blocks --- */

static struct heap *heap_of(const void *block)
{
	for (struct heap *heap = heaps; heap; heap = heap->next)
		if ((uintptr_t)block - (uintptr_t)heap->base < RANGE)
			return heap;
	return NULL;
}

bool heap_owns(const void *block)
{
	return heaps && heap_of(block);
}

static size_t class_of(size_t size)
{
	unsigned log;

	if (size <= SMALL)
		return round_up(size, UNIT) / UNIT;
	log = 63 - (unsigned)__builtin_clzll(size - 1); /* 2^log < size <= 2^(log+1) */
	return SMALL_CLASSES + 2 * (log - 9) + (size > ((size_t)3 << log) / 2);
}

static size_t size_of_class(size_t class)
{
	size_t above;

	if (class < SMALL_CLASSES)
		return class * UNIT;
	above = class - SMALL_CLASSES;
	return (above % 2 ? (size_t)4 : (size_t)3) << (above / 2 + 8);
}

void *heap_take(struct heap *heap, size_t size)
{
	struct state *state = state_of(heap);
	size_t class = class_of(size ? size : 1), bytes = UNIT + size_of_class(class);
	struct block *block = class < CLASSES ? state->free[class] : NULL;

	if (block) {
		state->free[class] = *(struct block **)((char *)block + UNIT);
		return (char *)block + UNIT;
	}
	if (class >= CLASSES || !make_ready(heap, state->used + bytes)) {
		heap->full = true;
		return malloc(size ? size : 1);
	}
	block = (struct block *)(heap->base + state->used);
	state->used += bytes;
	block->class = class;
	return (char *)block + UNIT;
}

static struct block *block_at(const void *memory)
{
	return (struct block *)((uintptr_t)memory - UNIT);
}

size_t heap_block_size(const void *memory)
{
	return size_of_class(block_at(memory)->class);
}

void heap_give(void *memory)
{
	struct heap *heap = heap_of(memory);
	struct block *block = block_at(memory);

	if (!heap)
		return;
	*(struct block **)memory = state_of(heap)->free[block->class];
	state_of(heap)->free[block->class] = block;
}

/* --- images --- */

static struct page *page_make(struct heap *heap, const char *data)
{
	struct page *page = mem_alloc(sizeof(*page));

	page->refs = 1;
	memcpy(page->data, data, PAGE);
	heap->pages++;
	return page;
}

struct heap_image *heap_save(struct heap *heap)
{
	struct heap *before = in_use;
	struct heap_image *image, *like = heap->like;

	in_use = NULL;
	image = mem_zalloc(1, sizeof(*image));
	image->count = round_up(state_of(heap)->used, PAGE) / PAGE;
	image->pages = mem_zalloc(image->count, sizeof(*image->pages));
	for (size_t i = 0; i < image->count; i++) {
		const char *data = heap->base + i * PAGE;

		if (like && i < like->count && memcmp(like->pages[i]->data, data, PAGE) == 0) {
			image->pages[i] = like->pages[i];
			image->pages[i]->refs++;
		} else {
			image->pages[i] = page_make(heap, data);
		}
	}
	heap->like = image;
	in_use = before;
	return image;
}

void heap_restore(struct heap *heap, struct heap_image *image)
{
	for (size_t i = 0; i < image->count; i++)
		memcpy(heap->base + i * PAGE, image->pages[i]->data, PAGE);
	heap->like = image;
}

void heap_drop(struct heap *heap, struct heap_image *image)
{
	if (!image)
		return;
	if (heap->like == image)
		heap->like = NULL;
	for (size_t i = 0; i < image->count; i++)
		if (--image->pages[i]->refs == 0) {
			free(image->pages[i]);
			heap->pages--;
		}
	free(image->pages);
	free(image);
}

size_t heap_image_bytes(const struct heap *heap)
{
	return heap->pages * sizeof(struct page);
}
