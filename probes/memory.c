/* memory.c: shared memory: named objects, shared mappings and their identity, System V. */
#include <string.h>

#include "handlers.h"
#include "stack.h"

/* Shared mappings of this process, so that a lock inside one can be named by (device, inode, offset) and munmap costs
 * nothing for anything else. Copied by fork with the mappings themselves. Entries are claimed by address and published
 * by length. */
#define MAPS 128
static struct shared_map {
	uint64_t address, length, dev, ino, off;
} maps[MAPS];
static uint32_t maps_used; /* entries that were ever in use */

static void map_remember(uint64_t address, uint64_t length, uint64_t dev, uint64_t ino, uint64_t off)
{
	for (uint32_t i = 0; i < MAPS; i++) {
		uint64_t none = 0;

		if (!__atomic_compare_exchange_n(
			    &maps[i].address, &none, address, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			continue;
		maps[i].dev = dev;
		maps[i].ino = ino;
		maps[i].off = off;
		__atomic_store_n(&maps[i].length, length, __ATOMIC_RELEASE);
		if (i >= maps_used)
			__atomic_store_n(&maps_used, i + 1, __ATOMIC_RELEASE);
		return;
	}
}

bool memory_identify(uint64_t address, uint64_t *dev, uint64_t *ino, uint64_t *off)
{
	for (uint32_t i = 0; i < __atomic_load_n(&maps_used, __ATOMIC_ACQUIRE); i++) {
		uint64_t length = __atomic_load_n(&maps[i].length, __ATOMIC_ACQUIRE);

		if (address < maps[i].address || address - maps[i].address >= length)
			continue;
		*dev = maps[i].dev;
		*ino = maps[i].ino;
		*off = maps[i].off + (address - maps[i].address);
		return true;
	}
	return false;
}

void after_shm_open(struct probe_tls *t, int r, const char *name, int flags, int error)
{
	struct rec_fd_open record = {
		.fd = r, .kind = FD_SHM, .flags = (uint32_t)flags | O_CLOEXEC, .call = CALL_shm_open};
	struct fd_counters *counters;
	struct stat info;
	uint32_t stack;

	if (r < 0) {
		if (error != ENOENT && error != EEXIST)
			fd_failed(t, CALL_shm_open, error, flags, 0, name);
		return;
	}
	if (!probe.restricted && raw_call3(SYS_fstat, r, (long)&info, 0) == 0) {
		record.dev = info.st_dev;
		record.ino = info.st_ino;
	}
	stack = stack_capture(t, STACK_CREATION);
	counters = fd_counters(t, r);
	if (counters) {
		counters->gen |= 1;
		counters->made = FD_SHM | CALL_shm_open << 8;
		counters->stack = stack;
	}
	emit_text(t, EV_FD_OPEN, stack, probe_now(), &record, sizeof(record), name);
}

void after_unlink(struct probe_tls *t, uint32_t kind, int r, const char *name, int error)
{
	struct rec_unlink record = {.kind = kind, .err = r == 0 ? 0 : error};

	if (r != 0 && error == EFAULT)
		name = NULL;
	emit_text(t, EV_UNLINK, 0, probe_now(), &record, sizeof(record), name);
}

void after_mmap(struct probe_tls *t, uint32_t call, void *r, size_t length, int protection, int flags, int fd,
	uint64_t offset, int error)
{
	struct rec_map record = {
		.addr = (uint64_t)r, .len = length, .off = offset, .fd = fd, .prot = (uint32_t)protection};
	struct stat info;

	if (unlikely(r == MAP_FAILED)) {
		if (error == ENOMEM || error == ENOSPC || error == EAGAIN)
			fd_failed(t, call, error, fd, (int64_t)length, NULL);
		return;
	}
	if (likely(!(flags & MAP_SHARED)))
		return;
	if (flags & MAP_ANONYMOUS) {
		/* No inode to be had without reading /proc: number it; forked children inherit the number with the
		 * memory. */
		static uint32_t anonymous;

		record.fd = -1;
		record.dev = ~0ull;
		record.ino = t->pc->main.head.serial << 20 | __atomic_add_fetch(&anonymous, 1, __ATOMIC_RELAXED);
		record.off = 0;
	} else if (!probe.restricted && raw_call3(SYS_fstat, fd, (long)&info, 0) == 0) {
		record.dev = info.st_dev;
		record.ino = info.st_ino;
	}
	map_remember(record.addr, length, record.dev, record.ino, record.off);
	emit(t, EV_MAP, stack_capture(t, STACK_IF_LOADED), probe_now(), &record, sizeof(record));
}

void before_munmap(struct probe_tls *t, void *address, size_t length)
{
	struct rec_unmap record = {.addr = (uint64_t)address, .len = length};

	for (uint32_t i = 0; i < __atomic_load_n(&maps_used, __ATOMIC_ACQUIRE); i++) {
		if (maps[i].address != record.addr || maps[i].length == 0)
			continue;
		maps[i].length = 0;
		__atomic_store_n(&maps[i].address, 0, __ATOMIC_RELEASE);
		emit(t, EV_UNMAP, 0, probe_now(), &record, sizeof(record));
		return;
	}
}

#define TMPFS_MAGIC 0x01021994

void after_resize(struct probe_tls *t, uint32_t call, int r, int fd, uint64_t size, int error)
{
	struct rec_resize record = {.fd = fd, .err = r == 0 ? 0 : error, .size = size};
	struct stat info;
	struct {
		long type, rest[15];
	} fs;

	if (r != 0 && (error == ENOSPC || error == ENOMEM))
		fd_failed(t, call, error, fd, (int64_t)size, NULL);
	if (probe.restricted || raw_call3(SYS_fstatfs, fd, (long)&fs, 0) != 0 || fs.type != TMPFS_MAGIC ||
		raw_call3(SYS_fstat, fd, (long)&info, 0) != 0)
		return;
	record.dev = info.st_dev;
	record.ino = info.st_ino;
	emit(t, EV_RESIZE, 0, probe_now(), &record, sizeof(record));
}

void after_sysv(struct probe_tls *t, uint32_t call, uint32_t kind, int id, key_t key, size_t size, int error)
{
	struct rec_sysv record = {.kind = kind, .id = id, .key = (uint64_t)(uint32_t)key, .size = size, .call = call};

	if (id < 0) {
		record.err = error;
		if (error == ENOSPC || error == ENOMEM)
			fd_failed(t, call, error, 0, (int64_t)size, NULL);
	}
	emit(t, EV_SYSV, stack_capture(t, STACK_CREATION), probe_now(), &record, sizeof(record));
}
