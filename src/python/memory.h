/* memory.h: the memory of another process. A system call costs more than what it reads, so what will probably be wanted
 * is read by one, and the rest as it is asked for. */
#ifndef MPW_PYTHON_MEMORY_H
#define MPW_PYTHON_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* 0, or -errno: -EPERM if the kernel does not let us (process_vm_readv(2)). */
int memory_read(int32_t pid, uint64_t address, void *out, size_t size);

#define MEMORY_PIECES 96u
#define MEMORY_PIECE_BYTES 144u

/* What was read of one process at one moment. */
struct memory_view {
	int32_t pid;
	unsigned wanted, got;
	struct {
		uint64_t address;
		size_t size;
		uint8_t bytes[MEMORY_PIECE_BYTES];
	} pieces[MEMORY_PIECES];
};

void memory_view_begin(struct memory_view *view, int32_t pid);
/* Asks for at most MEMORY_PIECE_BYTES; one that can not be read hides those asked for after it. */
void memory_view_want(struct memory_view *view, uint64_t address, size_t size);
/* Reads what was asked for, in that order. 0 also where it was not all there; -errno: nothing was. */
int memory_view_read(struct memory_view *view);
/* From the view, or read now into `room`, which has `size` bytes. NULL: it can not be read. */
const uint8_t *memory_at(const struct memory_view *view, uint64_t address, size_t size, uint8_t *room);

#endif
