#include "python_where.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "python/reader.h"
#include "stack_table.h"
#include "watched.h"

#define TEXT_MOST (30 * 800)

bool python_where_allowed(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	char from = 1, to = 0;
	struct iovec there = {&from, 1}, here = {&to, 1};
	int scope = 0;

	if (file) {
		if (fscanf(file, "%d", &scope) != 1)
			scope = 0;
		fclose(file);
	}
	if (scope > 2 || (scope == 2 && geteuid() != 0))
		return false;
	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1;
}

uint32_t python_where(struct collect *collect, const struct chunk_state *chunk, uint64_t ts_ns, bool *denied)
{
	const struct thread_block *block = chunk->reader.block;
	const struct image *image = chunk->image;
	char text[TEXT_MOST];
	uint64_t state = block ? __atomic_load_n(&block->own.python_state, __ATOMIC_RELAXED) : 0;
	int count;

	if (!state || !collect->reader || !image || !image->process || image->process->gone ||
		image->process->image != image)
		return 0;
	count = python_reader_stack(
		collect->reader, image->process->pid, (int)block->own.python_minor, state, text, sizeof(text));
	if (count == -EPERM) {
		__atomic_fetch_or(&collect->arena.control->flags, ARENA_STACKS_EARLY, __ATOMIC_RELAXED);
		if (denied)
			*denied = true;
	}
	return count > 0 ? stack_of_python_text(collect, text, ts_ns) : 0;
}
