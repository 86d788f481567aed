#include "python/memory.h"

#include <errno.h>
#include <sys/uio.h>

int memory_read(int32_t pid, uint64_t address, void *out, size_t size)
{
	struct iovec here = {out, size}, there = {(void *)(uintptr_t)address, size};
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);

	if (got < 0)
		return -errno;
	return (size_t)got == size ? 0 : -EFAULT;
}

void memory_view_begin(struct memory_view *view, int32_t pid)
{
	view->pid = pid;
	view->wanted = view->got = 0;
}

void memory_view_want(struct memory_view *view, uint64_t address, size_t size)
{
	if (view->wanted == MEMORY_PIECES || size > MEMORY_PIECE_BYTES)
		return;
	view->pieces[view->wanted].address = address;
	view->pieces[view->wanted].size = size;
	view->wanted++;
}

int memory_view_read(struct memory_view *view)
{
	struct iovec here[MEMORY_PIECES], there[MEMORY_PIECES];
	ssize_t got;

	for (unsigned i = 0; i < view->wanted; i++) {
		here[i] = (struct iovec){view->pieces[i].bytes, view->pieces[i].size};
		there[i] = (struct iovec){(void *)(uintptr_t)view->pieces[i].address, view->pieces[i].size};
	}
	got = process_vm_readv(view->pid, here, view->wanted, there, view->wanted, 0);
	if (got < 0)
		return -errno;
	while (view->got < view->wanted && (size_t)got >= view->pieces[view->got].size)
		got -= (ssize_t)view->pieces[view->got++].size;
	return 0;
}

const uint8_t *memory_at(const struct memory_view *view, uint64_t address, size_t size, uint8_t *room)
{
	for (unsigned i = 0; i < view->got; i++)
		if (view->pieces[i].address == address && view->pieces[i].size >= size)
			return view->pieces[i].bytes;
	return memory_read(view->pid, address, room, size) == 0 ? room : NULL;
}
