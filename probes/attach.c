/* attach.c: the constructor: find the session in our own path, map its memory, claim a chunk, say START. Anything
 * unexpected leaves the probe inert, which costs the program two loads per wrapped call. */
#include "attach.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "arena_open.h"
#include "lifecycle.h"
#include "python/agent.h"
#include "real.h"
#include "stack.h"
#include "wire/session.h"

static const struct probe_own own_never;
static const char single_never;

struct probe probe = {.own = (struct probe_own *)(uintptr_t)&own_never, .single_threaded = &single_never};
__thread struct probe_tls probe_tls;

uint64_t probe_clock_slow(void)
{
	struct timespec now;

	if (!probe.clock || probe.clock(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t probe_cpu_ns(int clock)
{
	struct timespec used;

	if (probe.restricted || raw_call3(SYS_clock_gettime, clock, (long)&used, 0) != 0)
		return 0;
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

void process_exits(struct probe_tls *t, uint32_t call, int status)
{
	struct rec_exit record = {.status = status & 0xff, .call = call};

	if (!t->vfork_depth && (t->start_flags & START_PYTHON))
		agent_process_ends(t, record.status);
	t->pc->proc.exit_status = record.status;
	t->pc->proc.cpu_ns = probe_cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
	t->th->cpu_ns = probe_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
	__atomic_store_n(&t->pc->proc.exited, 1, __ATOMIC_RELEASE);
	emit(t, EV_EXIT, 0, probe_now(), &record, sizeof(record));
}

static int open_proc(uint64_t session)
{
	char path[48];

	session_proc_path(session, path);
	return (int)raw_call4(SYS_openat, AT_FDCWD, (long)path, O_RDWR | O_CLOEXEC, 0);
}

static int receive_descriptor(int fd)
{
	uint32_t payload[2];
	struct iovec part = {payload, sizeof(payload)};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *head;
	int received = -1;

	if (raw_call3(SYS_recvmsg, fd, (long)&message, MSG_CMSG_CLOEXEC) != sizeof(payload))
		return -1;
	head = CMSG_FIRSTHDR(&message);
	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
		head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&received, CMSG_DATA(head), sizeof(received));
	return received;
}

/* Other uid or other pid namespace: ask the supervisor. It answers at once or is gone; a timeout guards against one
 * that hangs. */
static int open_socket(uint64_t session)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct {
		long sec, usec;
	} patience = {2, 0};
	int length = session_socket_name(session, address.sun_path);
	int fd = (int)raw_call3(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), received = -1;

	if (fd < 0)
		return -1;
	raw_call6(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, (long)&patience, sizeof(patience), 0);
	if (raw_call3(SYS_connect, fd, (long)&address, (long)offsetof(struct sockaddr_un, sun_path) + length) == 0)
		received = receive_descriptor(fd);
	raw_close(fd);
	return received;
}

/* Is this file the arena of our session and build? */
static bool is_our_arena(int fd, const struct arena_control *control)
{
	struct stat info;

	return raw_call3(SYS_fstat, fd, (long)&info, 0) == 0 && info.st_size >= (long)arena_window_offset(1) &&
	       control->magic == ARENA_MAGIC && control->version == ARENA_VERSION &&
	       control->table_hash == event_table_hash() &&
	       session_random(probe.session) == session_random(control->nonce) && !control->closed;
}

/* Maps the control page and the first window, which follows it in the file, at once: each mapping costs every process
 * of the tree some microseconds, to make, to copy and to take down. Another window is mapped as well if that is where
 * the free chunks are. */
static int map_arena(int fd)
{
	long length = (long)arena_window_offset(1);
	char *base = (char *)raw_call6(SYS_mmap, 0, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint32_t hint;

	if ((unsigned long)base >= -4095UL)
		return -1;
	if (!is_our_arena(fd, (void *)base)) {
		raw_call3(SYS_munmap, (long)base, length, 0);
		return -1;
	}
	raw_call3(SYS_madvise, (long)base, length, MADV_DONTDUMP);
	probe.control = (void *)base;
	window_add(base + arena_window_offset(0), 0);
	hint = __atomic_load_n(&probe.control->window_hint, __ATOMIC_ACQUIRE);
	if (hint != 0)
		window_map(fd, hint);
	return 0;
}

int arena_open(uint64_t session)
{
	int fd = open_proc(session);

	return fd >= 0 ? fd : open_socket(session);
}

/* What /proc/<supervisor>/fd/<n> gives may be anything: a stranger's file in another pid namespace. */
static int attach_arena(void)
{
	int fd = open_proc(probe.session), result = fd < 0 ? -1 : map_arena(fd);

	if (fd >= 0)
		raw_close(fd);
	if (result < 0) {
		fd = open_socket(probe.session);
		if (fd < 0)
			return -1;
		result = map_arena(fd);
		raw_close(fd);
	}
	return result;
}

/* Under a tight limit on address space the window would take what the program counts on. */
#define SMALL_ADDRESS_SPACE (64ull << 20)

static bool address_space_is_tight(void)
{
	struct {
		uint64_t soft, hard;
	} limit;

	return raw_call4(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)&limit) == 0 && limit.soft < SMALL_ADDRESS_SPACE;
}

/* All that is left of our .bss (layout.ld), so that it is a mapping of its own already. */
static union {
	struct probe_own own;
	char page[4096];
} own_page __attribute__((section(".bss.own_page"), aligned(4096)));

static int prepare_own(void)
{
	if (raw_call3(SYS_madvise, (long)&own_page, sizeof(own_page), MADV_WIPEONFORK) != 0)
		return -1;
	own_page.own.alive = ALIVE_YES;
	probe.own = &own_page.own;
	return 0;
}

static bool disabled_by_environment(void)
{
	const char *value = getenv("MPWATCH_DISABLE");

	return value && *value && strcmp(value, "0") != 0;
}

/* AddressSanitizer looks for itself first in the list of libraries and gives up behind any preloaded one. This answer,
 * which it asks for before it looks, lets the program run; it stays unwatched, because its own wrappers must see memory
 * first. (compiler-rt, asan_flags.cpp: __asan_default_options.) */
EXPORT const char *__asan_default_options(void);
EXPORT const char *__asan_default_options(void)
{
	return "verify_asan_link_order=0";
}

static bool sanitizer_is_loaded(void)
{
	for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next) {
		const char *name = map->l_name ? strrchr(map->l_name, '/') : NULL;

		name = name ? name + 1 : map->l_name;
		if (name && (strncmp(name, "libasan.so", 10) == 0 || strncmp(name, "libtsan.so", 10) == 0 ||
				    strncmp(name, "libclang_rt.", 12) == 0))
			return true;
	}
	return elf_find(_r_debug.r_map, "__asan_init", NULL) != NULL;
}

static void find_libc_helpers(void)
{
	const ptrdiff_t *offset = elf_find(NULL, "__rseq_offset", NULL);
	const uint32_t *size = elf_find(NULL, "__rseq_size", NULL);
	const char *single = elf_find(NULL, "__libc_single_threaded", NULL);

	if (single)
		probe.single_threaded = single;
	if (offset && size && *size >= 20)
		probe.rseq_offset = *offset;
	for (const struct link_map *map = _r_debug.r_map; map && !probe.clock; map = map->l_next)
		if (map->l_name && strstr(map->l_name, "/libc.so.6"))
			probe.clock = (long (*)(int, void *))elf_find(map, "clock_gettime", NULL);
}

/* The pid that the collector knows us by: what /proc/self says, if that /proc is the collector's. 0: not known. */
static int32_t host_pid(void)
{
	char text[16];
	long length = probe.restricted
			      ? 0
			      : raw_call4(SYS_readlinkat, AT_FDCWD, (long)"/proc/self", (long)text, sizeof(text) - 1);
	int32_t value = 0;

	if (length <= 0)
		return 0;
	for (long i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

static void thread_block_init(struct thread_block *th, uint32_t offset, uint32_t units, int32_t tid)
{
	th->tid = tid;
	th->ring_offset = offset;
	th->ring_units = units;
}

/* The path this image was started by: /proc has it no more when a short life is over. */
static void name_image(struct probe_tls *t, uint64_t ticks)
{
	const char *path = (const char *)getauxval(AT_EXECFN);
	size_t length = path ? strlen(path) : 0;

	if (length)
		emit_pieces(t, ticks, length > 96 ? path + length - 96 : path);
}

struct proc_chunk *process_begin(struct probe_tls *t, enum start_how how, uint64_t parent_serial, uint32_t flags)
{
	struct proc_chunk *chunk = chunk_claim_process();
	struct rec_start start = {.how = how, .parent_serial = parent_serial};

	t->busy = 0;
	t->th = NULL;
	t->pc = NULL;
	t->phase = THREAD_LOST;
	if (!chunk)
		return NULL;
	start.serial = chunk->main.head.serial;
	start.pid = probe.restricted ? thread_id(true) : (int32_t)raw_getpid();
	start.ppid = probe.restricted ? 0 : (int32_t)raw_call3(SYS_getppid, 0, 0, 0);
	thread_block_init(&chunk->main, PROC_RING_OFFSET, PROC_RING_UNITS, start.pid);
	chunk->proc.parent_serial = parent_serial;
	chunk->proc.pid = start.pid;
	chunk->proc.ppid = start.ppid;
	chunk->proc.host_pid = t->same_pids && start.pid != 1 ? start.pid : host_pid();
	t->same_pids = chunk->proc.host_pid == start.pid;
	if (!t->same_pids)
		flags |= START_NAMESPACE;
	chunk->proc.how = how;
	chunk->proc.flags = flags;
	chunk->proc.start_ticks = probe_now();
	start.flags = flags;
	chunk_publish(chunk, CHUNK_PROC);
	chunk->main.own.busy = 1; /* until START is told */
	t->th = &chunk->main;
	t->pc = chunk;
	t->phase = THREAD_ON;
	t->serial = start.serial;
	t->start_flags = flags;
	thread_find_rseq(t);
	if (how == START_IMAGE)
		name_image(t, chunk->proc.start_ticks);
	emit_record(t, EV_START, 0, 0, chunk->proc.start_ticks, &start, sizeof(start));
	chunk->main.own.busy = 0;
	return chunk;
}

void process_forked(enum start_how how)
{
	struct probe_tls *t = &probe_tls;
	uint32_t flags = t->start_flags & START_PYTHON, python_minor = 0;
	uint64_t python_state = 0;

	if (*probe.single_threaded == 0)
		flags |= START_THREADED;
	probe.own->alive = ALIVE_QUIET;
	t->vfork_depth = 0;
	t->unwinding = 0;
	if (!t->forked)
		stack_fork_unprepared();
	t->forked = 0;
	/* Under a filter only libc's own fork tells the child who it is. */
	if (probe.quiet || (probe.restricted && (how != START_FORK || !probe.tid_in_tcb)))
		return;
	if (t->th) { /* the parent's still: our frames hang where its do */
		python_state = t->th->own.python_state;
		python_minor = t->th->own.python_minor;
	}
	probe.own->self = process_begin(t, how, t->serial, flags);
	if (!probe.own->self)
		return;
	probe.own->alive = ALIVE_YES;
	probe.own->self->main.own.python_minor = python_minor;
	probe.own->self->main.own.python_state = python_state;
}

void probe_silence(uint32_t reason)
{
	struct probe_tls *t = probe_thread(); /* a mute child says who it is while it still may */

	if (!probe.control || probe.own->alive != ALIVE_YES)
		return;
	if (t && t->pc)
		t->pc->proc.silent = reason;
	probe.own->alive = ALIVE_QUIET;
	probe.quiet = 1;
	probe.restricted = 1;
}

__attribute__((constructor)) static void probe_start(void)
{
	const struct link_map *self = elf_self();
	int saved = errno;
	uint32_t flags = 0;

	if (!self || session_decode(self->l_name, &probe.session) < 0 || disabled_by_environment() ||
		sanitizer_is_loaded() || address_space_is_tight())
		goto out;
	probe.path = self->l_name;
	find_libc_helpers();
	thread_find_id();
	if (attach_arena() < 0)
		goto out;
	probe.tsc = probe.control->flags & ARENA_TSC;
	if (!(probe.control->flags & ARENA_RSEQ))
		probe.rseq_offset = 0;
	probe.block_count_ticks = probe.control->block_count_ticks;
	probe.block_event_ticks = probe.control->block_event_ticks;
	if (prepare_own() < 0) {
		probe.control = NULL;
		goto out;
	}
	if (stack_program_is_python())
		flags |= START_PYTHON;
	probe.own->self = process_begin(&probe_tls, START_IMAGE, 0, flags);
	if (!probe.own->self)
		probe.own->alive = ALIVE_QUIET;
	lifecycle_start();
	stack_start(flags & START_PYTHON);
	if (flags & START_PYTHON)
		agent_start(&probe_tls);
out:
	errno_restore(saved);
}
