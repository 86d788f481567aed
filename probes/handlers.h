/* handlers.h: what the rows of calls.def do after (or before) the real call: one small function per shape.
 * All take the calling thread `t` (never NULL, its th set) and the call's result; none changes errno for the caller. */
#ifndef MPW_PROBE_HANDLERS_H
#define MPW_PROBE_HANDLERS_H

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* What fortified programs call; no header declares them unless _FORTIFY_SOURCE is on. */
ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __pread_chk(int, void *, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void *, size_t, off64_t, size_t);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *);
int __poll_chk(struct pollfd *, nfds_t, int, size_t);
int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);
int __open_2(const char *, int);
int __open64_2(const char *, int);
int __openat_2(int, const char *, int);
int __openat64_2(int, const char *, int);

/* --- descriptors.c --- */
/* Counters of a descriptor of t's process beyond the first PROC_FDS, or NULL. */
struct fd_counters *fd_counters_far(struct probe_tls *t, unsigned fd);

static inline struct fd_counters *fd_counters(struct probe_tls *t, int fd)
{
	if (likely((unsigned)fd < PROC_FDS))
		return &t->pc->fds[fd];
	return fd_counters_far(t, (unsigned)fd);
}

/* Records of the descriptors that are open and were not told so far: the table is full, and what is in it is asked for.
 */
void fd_census_tell(struct probe_tls *t);

void fd_failed(struct probe_tls *t, uint32_t call, int error, int64_t arg, int64_t arg2, const char *name);
/* A descriptor of `kind` came into being (r >= 0) or not for lack of something. */
void after_fd(struct probe_tls *t, uint32_t call, int r, enum fd_kind kind, int flags, int error);
void after_pipe(struct probe_tls *t, uint32_t call, int r, const int fds[2], int flags, int error);
void after_socketpair(struct probe_tls *t, int r, int type, const int fds[2], int error);
void after_socket(struct probe_tls *t, int r, int domain, int type, int error);
void after_accept(struct probe_tls *t, uint32_t call, int r, int flags, int error);
void after_connect(struct probe_tls *t, int r, int fd, int error);
void after_open(struct probe_tls *t, uint32_t call, int r, const char *path, int flags, int error);
void after_fopen(struct probe_tls *t, uint32_t call, FILE *r, const char *path, const char *mode, int error);
void after_opendir(struct probe_tls *t, DIR *r, const char *path, int error);
void after_openpty(struct probe_tls *t, int r, const int *master, const int *slave, int error);
void after_dup(struct probe_tls *t, uint32_t call, int r, int from, int flags, int error);
void after_memfd(struct probe_tls *t, int r, const char *name, unsigned flags, int error);
void after_mq_close(struct probe_tls *t, int r, int fd);
void before_close(struct probe_tls *t, int fd);
void before_close_range(struct probe_tls *t, unsigned first, unsigned last, int flags);
/* Descriptor of a stream, -1 for one without (fmemopen) or NULL. */
int stream_fd(FILE *stream);

/* --- transfer.c --- */
void moved_msg_out(struct probe_tls *t, const struct span *span, int fd, const struct msghdr *message, ssize_t r);
void moved_msg_in(struct probe_tls *t, const struct span *span, int fd, struct msghdr *message, int flags, ssize_t r);
void moved_mmsg(struct probe_tls *t, const struct span *span, int fd, const struct mmsghdr *messages, int r, int out);

/* A transfer failed: only running out of something or a peer that is gone is worth an event. */
void transfer_failed(struct probe_tls *t, uint32_t call, int fd);

static inline void count_in(struct probe_tls *t, const struct span *span, int fd, ssize_t r)
{
	struct fd_counters *counters = fd_counters(t, fd);

	if (likely(r > 0))
		count_add(&t->th->count.bytes_in, (uint64_t)r);
	if (unlikely(!counters))
		return;
	if (likely(r > 0))
		count_add_shared(&counters->bytes_in, (uint64_t)r);
	count_add_shared(&counters->calls_in, 1);
	if (unlikely(span->took != 0))
		count_add_shared(&counters->blocked_in, span->took);
}

static inline void count_out(struct probe_tls *t, const struct span *span, int fd, ssize_t r)
{
	struct fd_counters *counters = fd_counters(t, fd);

	if (likely(r > 0))
		count_add(&t->th->count.bytes_out, (uint64_t)r);
	else if (unlikely(r < 0))
		transfer_failed(t, CALL_write, fd);
	if (unlikely(!counters))
		return;
	if (likely(r > 0))
		count_add_shared(&counters->bytes_out, (uint64_t)r);
	count_add_shared(&counters->calls_out, 1);
	if (unlikely(span->took != 0))
		count_add_shared(&counters->blocked_out, span->took);
}

static inline void count_across(struct probe_tls *t, const struct span *span, int from, int to, ssize_t r)
{
	struct span none = {0};

	count_in(t, &none, from, r);
	count_out(t, span, to, r);
}

/* In calls.def rows the span is implied. */
#define moved_in(t, fd, r) count_in(t, &span, fd, r)
#define moved_out(t, fd, r) count_out(t, &span, fd, r)
#define moved_across(t, from, to, r) count_across(t, &span, from, to, r)
#define moved_msg_out(t, fd, m, r) moved_msg_out(t, &span, fd, m, r)
#define moved_msg_in(t, fd, m, f, r) moved_msg_in(t, &span, fd, m, f, r)
#define moved_mmsg(t, fd, m, r, out) moved_mmsg(t, &span, fd, m, r, out)

/* --- memory.c --- */
void after_shm_open(struct probe_tls *t, int r, const char *name, int flags, int error);
void after_unlink(struct probe_tls *t, uint32_t kind, int r, const char *name, int error);
void after_mmap(struct probe_tls *t, uint32_t call, void *r, size_t length, int protection, int flags, int fd,
	uint64_t offset, int error);
void before_munmap(struct probe_tls *t, void *address, size_t length);
void after_resize(struct probe_tls *t, uint32_t call, int r, int fd, uint64_t size, int error);
void after_sysv(struct probe_tls *t, uint32_t call, uint32_t kind, int id, key_t key, size_t size, int error);
/* Identity of the shared mapping that holds `address`: false if none is known. Off is the offset in the object. */
bool memory_identify(uint64_t address, uint64_t *dev, uint64_t *ino, uint64_t *off);

/* --- process.c --- */
void after_waitid(struct probe_tls *t, int r, const siginfo_t *info, int flags);

#endif
