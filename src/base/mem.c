/* mem.c: see mem.h. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	void *memory = malloc(size ? size : 1);

	if (!memory)
		die_no_memory();
	return memory;
}

void *mem_zalloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		die_no_memory();
	return memory;
}

void *mem_resize(void *old, size_t size)
{
	void *memory = realloc(old, size ? size : 1);

	if (!memory)
		die_no_memory();
	return memory;
}

char *mem_copy_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_alloc(size), text, size);
}
