/* descriptors.c: creation, duplication and release of descriptors; their counters. */
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>

#include "handlers.h"
#include "python/agent.h"
#include "real.h"
#include "stack.h"

struct fd_counters *fd_counters_far(struct probe_tls *t, unsigned fd)
{
	unsigned index = (fd - PROC_FDS) / FDS_PER_CHUNK;
	struct fds_chunk *chunk;
	uint32_t number;

	/* A vfork child counts its few descriptors in its own chunk only: the table of further chunks is its parent's.
	 */
	if ((int)fd < 0 || index >= PROC_FD_CHUNKS || t->pc != probe.own->self)
		return NULL;
	if (probe.own->fd_chunks[index])
		return &probe.own->fd_chunks[index][(fd - PROC_FDS) % FDS_PER_CHUNK];
	if (t->pc->proc.fd_chunks[index] == UINT32_MAX)
		return NULL;
	t->th->own.busy++;
	chunk = chunk_claim(t->pc->main.head.owner, t->pc->main.head.serial, &number);
	if (chunk) {
		struct fd_counters *none = NULL;

		chunk_publish(chunk, CHUNK_FDS);
		if (__atomic_compare_exchange_n(
			    &probe.own->fd_chunks[index], &none, chunk->fds, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			__atomic_store_n(&t->pc->proc.fd_chunks[index], number, __ATOMIC_RELEASE);
	} else {
		t->pc->proc.fd_chunks[index] = UINT32_MAX;
	}
	t->th->own.busy--;
	return probe.own->fd_chunks[index] ? &probe.own->fd_chunks[index][(fd - PROC_FDS) % FDS_PER_CHUNK] : NULL;
}

/* Without making room for them. */
static struct fd_counters *fd_counters_there(struct probe_tls *t, int fd)
{
	return (unsigned)fd < PROC_FDS ||
			       probe.own->fd_chunks[((unsigned)fd - PROC_FDS) / FDS_PER_CHUNK % PROC_FD_CHUNKS]
		       ? fd_counters(t, fd)
		       : NULL;
}

/* Programs open and close files by the hundred (imports, configuration); a leak is what makes the numbers grow. Below
 * this number plain files are not told one by one: the collector's own look at the process knows them. */
#define FD_FILE_DETAIL 20

/* gen is odd while we have seen the descriptor being opened. What makes the table grow is worth a moment's wait if the
 * ring is full: when the table is full in the end, it is what is asked for. */
static void fd_opened(struct probe_tls *t, int fd)
{
	struct fd_counters *counters = fd_counters(t, fd);

	if (fd > probe.own->fd_highest) {
		probe.own->fd_highest = fd;
		t->th->own.essential = 1;
	}
	if (!counters)
		return;
	counters->quiet = 0;
	if (!(counters->gen & 1))
		counters->gen++;
}

/* What the record of its opening says, too: fd_census_tell() needs it if there is no such record. */
static void fd_made(struct fd_counters *counters, enum fd_kind kind, uint32_t call, uint32_t stack)
{
	if (counters) {
		counters->made = (uint32_t)kind | call << 8;
		counters->stack = stack;
	}
}

/* The record of an opening of fd, and of fd2 if it is not negative. */
static void fd_tell(struct probe_tls *t, unsigned type, uint32_t stack, const void *record, size_t size,
	const char *name, int fd, int fd2)
{
	bool lost = emit_text(t, type, stack, probe_now(), record, size, name) < 0;

	t->th->own.essential = 0;
	for (int end = fd; unlikely(lost) && end >= 0; end = end == fd ? fd2 : -1) {
		struct fd_counters *counters = fd_counters(t, end);

		if (counters)
			counters->quiet = FD_UNTOLD;
	}
}

void fd_failed(struct probe_tls *t, uint32_t call, int error, int64_t arg, int64_t arg2, const char *name)
{
	struct rec_fail record = {.call = call, .err = error, .arg = arg, .arg2 = arg2};
	struct {
		uint64_t soft, hard;
	} limit;

	if (error == EMFILE)
		fd_census_tell(t);
	/* The limit as it is at this moment: the program may have changed it. */
	if (error == EMFILE && !probe.restricted && raw_call4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit) == 0)
		record.arg2 = (int64_t)limit.soft;
	emit_text(t, EV_FAIL, stack_capture(t, STACK_FAILURE), probe_now(), &record, sizeof(record), name);
}

/* Failures that tell of something used up or missing in the system; a file that is not there is the program's own
 * business. */
static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOSPC || error == ENOBUFS ||
	       error == ENOSYS || error == EAGAIN || error == EDQUOT;
}

static bool fd_identify(int fd, uint64_t *dev, uint64_t *ino)
{
	struct stat info;

	if (probe.restricted || raw_call3(SYS_fstat, fd, (long)&info, 0) != 0)
		return false;
	*dev = info.st_dev;
	*ino = info.st_ino;
	return true;
}

/* A number this high says that descriptors pile up: worth the unwinder now, as there will be none to load it with at
 * the limit. Low ones are not: they may be a malloc's own, at its start, and the unwinder's mappings make every fork
 * dearer. */
static enum stack_want creation_want(int fd)
{
	static int pile_up;
	struct {
		uint64_t soft, hard;
	} limit;

	if (unlikely(pile_up == 0)) {
		pile_up = 20;
		if (!probe.restricted && raw_call4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit) == 0 &&
			limit.soft < 2 * (uint64_t)pile_up)
			pile_up = (int)(limit.soft / 2) + 1;
	}
	return fd >= pile_up ? STACK_CREATION : STACK_IF_LOADED;
}

#define FILES_REMEMBERED 8

/* The kernel gives the lowest free number, so a file that gets no higher one than the last files did takes the place of
 * one that was closed: who scans a folder opens thousands. Those that stay are what makes the numbers grow. Threads may
 * meet here; what is lost then is a file told or not told. */
static bool file_is_passing(int fd)
{
	struct probe_own *own = probe.own;

	if (fd > own->file_level || ++own->file_level_age >= FILES_REMEMBERED) {
		bool passing = fd <= own->file_level;

		own->file_level = fd;
		own->file_level_age = 0;
		return passing || fd < FD_FILE_DETAIL;
	}
	return true;
}

static void fd_created(struct probe_tls *t, uint32_t call, int fd, enum fd_kind kind, int flags, const char *name)
{
	struct rec_fd_open record = {.fd = fd, .kind = kind, .flags = (uint32_t)flags, .call = call};
	uint32_t stack;

	if ((kind == FD_FILE || kind == FD_DIR) && file_is_passing(fd)) {
		struct fd_counters *counters = fd_counters(t, fd);

		if (counters) {
			memset(counters, 0, offsetof(struct fd_counters, gen));
			counters->quiet = FD_QUIET;
			fd_made(counters, kind, call, 0);
			return;
		}
	}
	if (kind == FD_SHM || kind == FD_MEMFD)
		fd_identify(fd, &record.dev, &record.ino);
	fd_opened(t, fd);
	stack = stack_capture(t, creation_want(fd));
	fd_made(fd_counters(t, fd), kind, call, stack);
	fd_tell(t, EV_FD_OPEN, stack, &record, sizeof(record), name, fd, -1);
}

void after_fd(struct probe_tls *t, uint32_t call, int r, enum fd_kind kind, int flags, int error)
{
	if (r >= 0)
		fd_created(t, call, r, kind, flags & O_CLOEXEC, NULL);
	else if (r == -1 && is_shortage(error))
		fd_failed(t, call, error, 0, 0, NULL);
}

static uint32_t pair_made(struct probe_tls *t, const int fds[2], enum fd_kind kind, uint32_t call)
{
	uint32_t stack;

	fd_opened(t, fds[0]);
	fd_opened(t, fds[1]);
	stack = stack_capture_kept(t, creation_want(fds[1]));
	fd_made(fd_counters(t, fds[0]), kind, call, stack);
	fd_made(fd_counters(t, fds[1]), kind, call, stack);
	return stack;
}

void after_pipe(struct probe_tls *t, uint32_t call, int r, const int fds[2], int flags, int error)
{
	struct rec_pipe record = {.flags = (uint32_t)flags, .call = call};
	uint32_t stack;
	uint64_t dev;

	if (r != 0) {
		if (is_shortage(error))
			fd_failed(t, call, error, 2, 0, NULL);
		return;
	}
	record.rd = fds[0];
	record.wr = fds[1];
	fd_identify(fds[0], &dev, &record.ino);
	stack = pair_made(t, fds, FD_PIPE, call);
	fd_tell(t, EV_PIPE, stack, &record, sizeof(record), NULL, fds[0], fds[1]);
}

EXPORT int pipe2(int fds[2], int flags)
{
	int result;

	if (unlikely(probe_tls.unwinding))
		return stack_fake_pipe(fds);
	result = REAL(pipe2)(fds, flags);
	{
		int saved = errno;
		struct probe_tls *t = probe_thread();

		if (likely(t != NULL)) {
			t->th->own.site = SITE;
			after_pipe(t, CALL_pipe2, result, fds, flags, saved);
		}
		errno_restore(saved);
	}
	return result;
}

void after_socketpair(struct probe_tls *t, int r, int type, const int fds[2], int error)
{
	struct rec_socketpair record = {.type = (uint32_t)(type & 0xff), .flags = type & SOCK_CLOEXEC ? O_CLOEXEC : 0};
	uint32_t stack;
	uint64_t dev;

	if (r != 0) {
		if (is_shortage(error))
			fd_failed(t, CALL_socketpair, error, 2, 0, NULL);
		return;
	}
	record.a = fds[0];
	record.b = fds[1];
	fd_identify(fds[0], &dev, &record.ino_a);
	fd_identify(fds[1], &dev, &record.ino_b);
	stack = pair_made(t, fds, FD_SOCKPAIR, CALL_socketpair);
	fd_tell(t, EV_SOCKPAIR, stack, &record, sizeof(record), NULL, fds[0], fds[1]);
}

void after_socket(struct probe_tls *t, int r, int domain, int type, int error)
{
	enum fd_kind kind = domain == AF_UNIX ? FD_UNIX : domain == AF_INET || domain == AF_INET6 ? FD_INET : FD_SOCKET;

	after_fd(t, CALL_socket, r, kind, type & SOCK_CLOEXEC ? O_CLOEXEC : 0, error);
}

void after_accept(struct probe_tls *t, uint32_t call, int r, int flags, int error)
{
	if (r < 0 && error == EAGAIN)
		return;
	after_fd(t, call, r, FD_SOCKET, flags & SOCK_CLOEXEC ? O_CLOEXEC : 0, error);
}

void after_connect(struct probe_tls *t, int r, int fd, int error)
{
	if (r < 0 && (error == ECONNREFUSED || error == EADDRNOTAVAIL || error == ENAMETOOLONG))
		fd_failed(t, CALL_connect, error, fd, 0, NULL);
}

static enum fd_kind kind_of_path(const char *path, int flags)
{
	if (flags & O_DIRECTORY)
		return FD_DIR;
	if (!path || strncmp(path, "/dev/", 5) != 0)
		return FD_FILE;
	if (strncmp(path, "/dev/shm/", 9) == 0)
		return FD_SHM;
	if (strncmp(path, "/dev/tty", 8) == 0 || strncmp(path, "/dev/pt", 7) == 0)
		return FD_TTY;
	return FD_DEVICE;
}

void after_open(struct probe_tls *t, uint32_t call, int r, const char *path, int flags, int error)
{
	if (unlikely(agent_waits))
		agent_ask();
	if (r >= 0)
		fd_created(t, call, r, kind_of_path(path, flags), flags, path);
	else if (is_shortage(error) && error != EAGAIN)
		fd_failed(t, call, error, flags, 0, path);
}

int stream_fd(FILE *stream)
{
	return stream ? fileno(stream) : -1;
}

void after_fopen(struct probe_tls *t, uint32_t call, FILE *r, const char *path, const char *mode, int error)
{
	int flags = mode && strchr(mode, 'e') ? O_CLOEXEC : 0;

	after_open(t, call, r ? fileno(r) : -1, path, flags, error);
}

void after_opendir(struct probe_tls *t, DIR *r, const char *path, int error)
{
	after_open(t, CALL_opendir, r ? dirfd(r) : -1, path, O_DIRECTORY | O_CLOEXEC, error);
}

void after_openpty(struct probe_tls *t, int r, const int *master, const int *slave, int error)
{
	after_fd(t, CALL_openpty, r < 0 ? -1 : *master, FD_TTY, 0, error);
	if (r == 0)
		after_fd(t, CALL_openpty, *slave, FD_TTY, 0, error);
}

/* What was counted for `fd` so far goes out as FD_STAT, and a new life of the number begins. */
static void fd_settle(struct probe_tls *t, int fd, uint64_t ticks)
{
	struct fd_counters *counters = fd_counters(t, fd);
	struct rec_fd_stat record = {.fd = fd};

	if (!counters)
		return;
	record.gen = counters->gen;
	if (counters->calls_in | counters->calls_out) {
		record.calls_in = (uint32_t)counters->calls_in;
		record.calls_out = (uint32_t)counters->calls_out;
		record.bytes_in = counters->bytes_in;
		record.bytes_out = counters->bytes_out;
		record.blocked_in = counters->blocked_in;
		record.blocked_out = counters->blocked_out;
		if (emit(t, EV_FD_STAT, 0, ticks, &record, sizeof(record)) < 0)
			return; /* no room: the totals stay, and count for whatever gets this number next */
		memset(counters, 0, offsetof(struct fd_counters, gen));
	}
	counters->gen = (record.gen | 1) + 1;
}

void after_dup(struct probe_tls *t, uint32_t call, int r, int from, int flags, int error)
{
	struct rec_fd_dup record = {.from = from, .to = r, .flags = (uint32_t)flags & O_CLOEXEC, .call = call};
	const struct fd_counters *source;
	uint32_t stack;

	if (r < 0) {
		if (error == EMFILE || error == ENFILE)
			fd_failed(t, call, error, from, 0, NULL);
		return;
	}
	if (r == from)
		return;
	fd_settle(t, r, probe_now());
	fd_opened(t, r);
	stack = stack_capture(t, creation_want(r));
	source = fd_counters_there(t, from);
	fd_made(fd_counters(t, r), source && (source->gen & 1 || source->quiet) ? source->made & 0xff : FD_OTHER, call,
		stack);
	fd_tell(t, EV_FD_DUP, stack, &record, sizeof(record), NULL, r, -1);
}

void after_memfd(struct probe_tls *t, int r, const char *name, unsigned flags, int error)
{
	if (r >= 0)
		fd_created(t, CALL_memfd_create, r, FD_MEMFD, flags & MFD_CLOEXEC ? O_CLOEXEC : 0, name);
	else if (is_shortage(error))
		fd_failed(t, CALL_memfd_create, error, 0, 0, name);
}

/* Is this number open as far as we know, or else as the kernel says? Programs close thousands of numbers that were
 * never open. */
static bool fd_is_open(struct probe_tls *t, int fd)
{
	struct fd_counters *counters = fd_counters_there(t, fd);

	if (counters && ((counters->gen & 1) || counters->calls_in || counters->calls_out))
		return true;
	return !probe.restricted && raw_call3(SYS_fcntl, fd, F_GETFD, 0) >= 0;
}

void before_close(struct probe_tls *t, int fd)
{
	struct rec_fd_close record = {.fd = fd};
	struct fd_counters *counters = fd >= 0 ? fd_counters_there(t, fd) : NULL;
	uint64_t ticks;

	if (counters && counters->quiet & FD_QUIET) {
		memset(counters, 0, offsetof(struct fd_counters, gen));
		counters->quiet = 0;
		return;
	}
	if (fd < 0 || !fd_is_open(t, fd))
		return;
	ticks = probe_now();
	fd_settle(t, fd, ticks);
	emit(t, EV_FD_CLOSE, 0, ticks, &record, sizeof(record));
}

void after_mq_close(struct probe_tls *t, int r, int fd)
{
	if (r == 0)
		before_close(t, fd);
}

void before_close_range(struct probe_tls *t, unsigned first, unsigned last, int flags)
{
	struct rec_fd_close_range record = {.first = first, .last = last, .flags = (uint32_t)flags};
	uint64_t ticks = probe_now();

	if (last < first)
		return;
	if (!(flags & (int)CLOSE_RANGE_CLOEXEC)) {
		for (unsigned fd = first; fd <= last && fd < PROC_FDS; fd++)
			fd_settle(t, (int)fd, ticks);
		for (unsigned index = 0; index < PROC_FD_CHUNKS; index++)
			for (unsigned i = 0; probe.own->fd_chunks[index] && i < FDS_PER_CHUNK; i++) {
				unsigned fd = PROC_FDS + index * FDS_PER_CHUNK + i;

				if (fd >= first && fd <= last)
					fd_settle(t, (int)fd, ticks);
			}
	}
	emit(t, EV_FD_CLOSE_RANGE, 0, ticks, &record, sizeof(record));
}

EXPORT void closefrom(int first)
{
	struct probe_tls *t = probe_thread();

	if (t)
		before_close_range(t, first < 0 ? 0 : (unsigned)first, ~0u, 0);
	REAL(closefrom)(first);
}

/* --- open and openat, with their 64-bit names. A fifo's open waits for the other end, so the board knows.
 * ----------------------- */
static inline int open_wrapped(
	struct probe_tls *t, uint32_t call, int fd, const char *path, int flags, struct span *span, const void *site)
{
	int saved = errno;

	span_end(span, t, call, CLASS_OTHER, -1, 0, fd);
	if (t->th) {
		t->th->own.site = site;
		after_open(t, call, fd, path, flags, saved);
	}
	errno_restore(saved);
	return fd;
}

/* The mode is there only with O_CREAT or O_TMPFILE; reading a missing one is harmless on this ABI and the kernel
 * ignores it. */
static inline mode_t open_mode(int flags, va_list list)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

#define OPEN(name)                                                                                                     \
	EXPORT int name(const char *path, int flags, ...)                                                              \
	{                                                                                                              \
		struct probe_tls *t = probe_thread();                                                                  \
		struct span span;                                                                                      \
		va_list list;                                                                                          \
		mode_t mode;                                                                                           \
                                                                                                                       \
		va_start(list, flags);                                                                                 \
		mode = open_mode(flags, list);                                                                         \
		va_end(list);                                                                                          \
		if (unlikely(!t))                                                                                      \
			return REAL(name)(path, flags, mode);                                                          \
		span_begin(&span, t, CALL_##name, -1, 0, SITE);                                                        \
		return open_wrapped(t, CALL_##name, REAL(name)(path, flags, mode), path, flags, &span, SITE);          \
	}

#define OPENAT(name)                                                                                                   \
	EXPORT int name(int dir, const char *path, int flags, ...)                                                     \
	{                                                                                                              \
		struct probe_tls *t = probe_thread();                                                                  \
		struct span span;                                                                                      \
		va_list list;                                                                                          \
		mode_t mode;                                                                                           \
                                                                                                                       \
		va_start(list, flags);                                                                                 \
		mode = open_mode(flags, list);                                                                         \
		va_end(list);                                                                                          \
		if (unlikely(!t))                                                                                      \
			return REAL(name)(dir, path, flags, mode);                                                     \
		span_begin(&span, t, CALL_##name, -1, 0, SITE);                                                        \
		return open_wrapped(t, CALL_##name, REAL(name)(dir, path, flags, mode), path, flags, &span, SITE);     \
	}

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

EXPORT mqd_t mq_open(const char *name, int flags, ...)
{
	struct probe_tls *t;
	struct mq_attr *attributes = NULL;
	mode_t mode = 0;
	va_list list;
	mqd_t result;
	int saved;

	va_start(list, flags);
	if (flags & O_CREAT) {
		mode = va_arg(list, mode_t);
		attributes = va_arg(list, struct mq_attr *);
	}
	va_end(list);
	result = REAL(mq_open)(name, flags, mode, attributes);
	saved = errno;
	t = probe_thread();
	if (t)
		t->th->own.site = SITE;
	if (t && (int)result >= 0)
		fd_created(t, CALL_mq_open, (int)result, FD_MQUEUE, flags, name);
	else if (t && is_shortage(saved))
		fd_failed(t, CALL_mq_open, saved, 0, 0, name);
	errno_restore(saved);
	return result;
}

/* --- fcntl: one word of argument, whatever its type
 * ------------------------------------------------------------------------------ */
static bool fcntl_waits(int command)
{
	return command == F_SETLKW || command == F_OFD_SETLKW;
}

static void after_fcntl(struct probe_tls *t, uint32_t call, int fd, int command, long argument, int r, int error)
{
	struct rec_fd_cloexec record = {.fd = fd, .on = argument & FD_CLOEXEC};

	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		after_dup(t, call, r, fd, command == F_DUPFD_CLOEXEC ? O_CLOEXEC : 0, error);
	else if (command == F_SETFD && r == 0)
		emit(t, EV_FD_CLOEXEC, 0, probe_now(), &record, sizeof(record));
}

static inline int fcntl_wrapped(
	int (*real)(int, int, ...), uint32_t call, int fd, int command, long argument, const void *site)
{
	struct probe_tls *t = probe_thread();
	struct span span;
	int result, saved;

	if (unlikely(!t))
		return real(fd, command, argument);
	if (fcntl_waits(command)) {
		span_begin(&span, t, call, fd, 0, site);
		result = real(fd, command, argument);
		span_end(&span, t, call, CLASS_OTHER, fd, 0, result);
		return result;
	}
	result = real(fd, command, argument);
	saved = errno;
	t->th->own.site = site;
	after_fcntl(t, call, fd, command, argument, result, saved);
	errno_restore(saved);
	return result;
}

#define FCNTL(name)                                                                                                    \
	EXPORT int name(int fd, int command, ...)                                                                      \
	{                                                                                                              \
		va_list list;                                                                                          \
		long argument;                                                                                         \
                                                                                                                       \
		va_start(list, command);                                                                               \
		argument = va_arg(list, long);                                                                         \
		va_end(list);                                                                                          \
		return fcntl_wrapped(REAL(name), CALL_##name, fd, command, argument, SITE);                            \
	}

FCNTL(fcntl)
FCNTL(fcntl64)
