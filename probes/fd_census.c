/* fd_census.c: what is in a full table of descriptors, for those that had no record: files with low numbers, which are
 * not told one by one, and what was opened while the ring was full. */
#include <string.h>
#include <sys/syscall.h>

#include "handlers.h"

/* "/proc/self/fd/N" without stdio. */
static void link_name(int fd, char out[32])
{
	static const char start[] = "/proc/self/fd/";
	char digits[12];
	int length = 0;

	memcpy(out, start, sizeof(start) - 1);
	out += sizeof(start) - 1;
	do
		digits[length++] = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	while (length > 0)
		*out++ = digits[--length];
	*out = 0;
}

static const char *target_of(int fd, char *target, size_t size)
{
	char name[32];
	long length;

	link_name(fd, name);
	length = raw_call4(SYS_readlinkat, AT_FDCWD, (long)name, (long)target, (long)size - 1);
	if (length <= 0)
		return NULL;
	target[length] = 0;
	return target;
}

static void one_tell(struct probe_tls *t, int fd, struct fd_counters *counters)
{
	struct rec_fd_open record = {.fd = fd, .kind = counters->made & 0xff, .call = counters->made >> 8};
	struct stat info;
	char target[256];

	/* One that was closed since, by a range or without a record, keeps its mark. */
	if (probe.restricted || raw_call3(SYS_fstat, fd, (long)&info, 0) != 0) {
		counters->quiet = 0;
		return;
	}
	record.dev = info.st_dev;
	record.ino = info.st_ino;
	if (emit_text(t, EV_FD_OPEN, counters->stack, probe_now(), &record, sizeof(record),
		    target_of(fd, target, sizeof(target))) < 0)
		return;
	counters->quiet = 0;
	counters->gen |= 1;
}

void fd_census_tell(struct probe_tls *t)
{
	t->th->own.essential = 1;
	for (unsigned fd = 0; fd < PROC_FDS; fd++)
		if (t->pc->fds[fd].quiet)
			one_tell(t, (int)fd, &t->pc->fds[fd]);
	for (unsigned index = 0; index < PROC_FD_CHUNKS; index++)
		for (unsigned i = 0; probe.own->fd_chunks[index] && i < FDS_PER_CHUNK; i++)
			if (probe.own->fd_chunks[index][i].quiet)
				one_tell(t, (int)(PROC_FDS + index * FDS_PER_CHUNK + i),
					&probe.own->fd_chunks[index][i]);
	t->th->own.essential = 0;
}
