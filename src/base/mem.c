/* mem.c: see mem.h. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"

enum { STATUS_OWN_FAILURE = 125 };

void die_no_memory(void)
{
	static const char line[] = "mpwatch: out of memory; the program it watches goes on without it\n";
	ssize_t written = write(STDERR_FILENO, line, sizeof(line) - 1);

	(void)written;
	_exit(STATUS_OWN_FAILURE);
}

/* malloc(0) may return NULL, which is no failure: ask for a byte instead. */
void *mem_alloc(size_t size)
{
	struct heap *heap = heap_in_use();
	void *memory = heap ? heap_take(heap, size) : malloc(size ? size : 1);

	if (!memory)
		die_no_memory();
	return memory;
}

void *mem_zalloc(size_t count, size_t size)
{
	void *memory;
	size_t bytes;

	if (!heap_in_use()) {
		memory = calloc(count ? count : 1, size ? size : 1);
		if (!memory)
			die_no_memory();
		return memory;
	}
	if (__builtin_mul_overflow(count, size, &bytes))
		die_no_memory();
	return memset(mem_alloc(bytes), 0, bytes);
}

static void *resize_in_heap(void *old, size_t size)
{
	size_t had = heap_block_size(old);
	void *memory;

	if (size <= had)
		return old;
	memory = memcpy(mem_alloc(size), old, had);
	heap_give(old);
	return memory;
}

void *mem_resize(void *old, size_t size)
{
	void *memory;

	if (!old)
		return mem_alloc(size);
	if (heap_owns(old))
		return resize_in_heap(old, size);
	memory = realloc(old, size ? size : 1);
	if (!memory)
		die_no_memory();
	return memory;
}

void mem_free(void *memory)
{
	if (heap_owns(memory))
		heap_give(memory);
	else
		free(memory);
}

char *mem_copy_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_alloc(size), text, size);
}
