#include "watched.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "later.h"
#include "proc_files.h"
#include "stack_table.h"

/* linux/pidfd.h of 6.15 and later; older headers do not have it. */
struct pidfd_info_v3 {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
	uint64_t spare[4];
};
#define MPW_PIDFD_INFO_EXIT (1u << 3)

void collect_emit(struct collect *collect, struct event *event)
{
	collect->events++;
	collect->sink.put(collect->sink.context, event);
}

void watched_init(struct collect *collect)
{
	collect->watched = mem_zalloc(1, sizeof(*collect->watched));
}

/* --- names --- */

static struct facts *facts_use(struct facts *facts)
{
	if (facts)
		facts->users++;
	return facts;
}

static void facts_put(struct facts *facts)
{
	if (!facts || --facts->users > 0)
		return;
	free(facts->exe);
	free(facts->cmdline);
	free(facts->comm);
	free(facts);
}

int watched_read_facts(struct watched *process)
{
	char *exe = proc_exe(process->pid), *cmdline = proc_cmdline(process->pid), *comm = proc_comm(process->pid);
	struct facts *facts;

	/* a zombie has a comm only */
	if (!exe && !cmdline) {
		free(comm);
		return -ESRCH;
	}
	facts = mem_zalloc(1, sizeof(*facts));
	facts->users = 1;
	facts->exe = exe;
	facts->cmdline = cmdline;
	facts->comm = comm;
	facts_put(process->facts);
	process->facts = facts;
	return 0;
}

void watched_name_facts(struct watched *process, const char *exe)
{
	const char *slash = strrchr(exe, '/');
	struct facts *facts = mem_zalloc(1, sizeof(*facts));

	facts->users = 1;
	facts->exe = mem_copy_text(exe);
	facts->comm = mem_copy_text(slash ? slash + 1 : exe);
	facts_put(process->facts);
	process->facts = facts;
}

/* --- births --- */

struct watched *watched_by_pid(const struct collect *collect, int32_t pid)
{
	struct watched *process;

	HASH_FIND(hh_pid, collect->watched->by_pid, &pid, sizeof(pid), process);
	return process;
}

struct watched *watched_by_number(const struct collect *collect, uint32_t number)
{
	struct watched *process;

	HASH_FIND(hh, collect->watched->all, &number, sizeof(number), process);
	return process;
}

struct image *image_by_serial(const struct collect *collect, uint64_t serial)
{
	struct image *image;

	HASH_FIND(hh, collect->watched->by_serial, &serial, sizeof(serial), image);
	return image;
}

/* From here on a death is told by the descriptor. Where there is none (old kernel, no descriptors left),
 * watched_check_gone() asks. */
static void pidfd_attach(struct collect *collect, struct watched *process)
{
	struct epoll_event event = {
		.events = EPOLLIN, .data.u64 = (uint64_t)process->number << 32 | (uint32_t)process->pid};

	process->pidfd = -1;
	if (process->pid <= 0)
		return;
	if (!collect->kernel.pidfd) {
		if (kill(process->pid, 0) < 0 && errno == ESRCH)
			process->gone = true;
		return;
	}
	process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (process->pidfd < 0) {
		process->gone = errno == ESRCH;
		return;
	}
	if (collect->events_fd >= 0)
		epoll_ctl(collect->events_fd, EPOLL_CTL_ADD, process->pidfd, &event);
}

struct watched *watched_born(
	struct collect *collect, int32_t pid, struct watched *parent, uint32_t how, uint64_t born_ns)
{
	struct watched *process = mem_zalloc(1, sizeof(*process)), *before = watched_by_pid(collect, pid);
	struct proc_stat stat;

	if (before) {
		HASH_DELETE(hh_pid, collect->watched->by_pid, before);
		watched_gone(collect, before, born_ns);
	}
	process->number = ++collect->watched->count;
	process->parent = parent ? parent->number : 0;
	process->pid = process->inner_pid = pid;
	process->how = how;
	process->born_ns = process->last_ns = born_ns;
	process->status = -1;
	process->facts = facts_use(parent ? parent->facts : NULL);
	process->inner = parent && parent->inner;
	pidfd_attach(collect, process);
	if (process->gone)
		process->gone_ns = process->noticed_ns = session_clock_now(&collect->clock);
	else if (proc_stat_read(pid, &stat) == 0)
		process->start_time = stat.start_time;
	HASH_ADD(hh, collect->watched->all, number, sizeof(process->number), process);
	HASH_ADD(hh_pid, collect->watched->by_pid, pid, sizeof(process->pid), process);
	collect->watched->alive++;
	return process;
}

void watched_tell(struct collect *collect, struct watched *process, uint32_t how, uint64_t ts_ns)
{
	struct event event = {.type = EV_PROC, .proc = process->number, .ts_ns = ts_ns};

	event.u.proc.pid = process->pid;
	event.u.proc.parent = process->parent;
	event.u.proc.start_time = process->start_time;
	event.u.proc.how = how;
	if (process->facts) {
		event.u.proc.exe = process->facts->exe;
		event.u.proc.cmdline = process->facts->cmdline;
		event.u.proc.comm = process->facts->comm;
	}
	process->told = true;
	collect_emit(collect, &event);
}

struct image *image_begin(struct collect *collect, struct watched *process, uint64_t serial, uint32_t chunk,
	struct family *family, uint64_t ts_ns)
{
	struct image *image = mem_zalloc(1, sizeof(*image));

	if (process->image) {
		process->image->over = true;
		process->image->over_ns = ts_ns;
	}
	image->serial = serial;
	image->process = process;
	image->chunk = chunk;
	image->start_ns = ts_ns;
	image->family = family ? family_use(family) : family_new();
	image->older = process->images;
	process->image = process->images = image;
	process->exec_open = false;
	process->spoke = true;
	HASH_ADD(hh, collect->watched->by_serial, serial, sizeof(image->serial), image);
	return image;
}

/* Its family and its process's names are kept for a while: children may be late. */
static void image_bury(struct watched_table *processes, const struct image *image)
{
	struct image_grave *grave = &processes->graves[processes->grave_next++ % IMAGE_GRAVES];

	if (grave->family)
		family_put(grave->family);
	facts_put(grave->facts);
	grave->serial = image->serial;
	grave->family = family_use(image->family);
	grave->number = image->process ? image->process->number : 0;
	grave->inner = image->process && image->process->inner;
	grave->facts = facts_use(image->process ? image->process->facts : NULL);
}

const struct image_grave *image_grave_find(const struct collect *collect, uint64_t serial)
{
	for (uint32_t i = 0; i < IMAGE_GRAVES; i++)
		if (collect->watched->graves[i].serial == serial && collect->watched->graves[i].family)
			return &collect->watched->graves[i];
	return NULL;
}

static void image_free(struct collect *collect, struct image *image)
{
	struct image **link = image->process ? &image->process->images : NULL;

	while (link && *link && *link != image)
		link = &(*link)->older;
	if (link && *link)
		*link = image->older;
	if (image->process && image->process->image == image)
		image->process->image = NULL;
	HASH_DEL(collect->watched->by_serial, image);
	family_put(image->family);
	free(image);
}

void image_put(struct collect *collect, struct image *image)
{
	if (--image->chunks > 0)
		return;
	image_bury(collect->watched, image);
	image_free(collect, image);
}

/* --- deaths --- */

void watched_status(struct watched *process, int status, enum exit_source source)
{
	if (process->source != EXIT_UNSEEN && process->source != EXIT_SELF)
		return;
	process->status = status;
	process->source = source;
}

/* The kernel keeps the status for holders of a pidfd after the parent has fetched it (6.15). Before that, the zombie
 * has it. */
static bool status_from_pidfd(const struct collect *collect, struct watched *process)
{
	struct pidfd_info_v3 info = {.mask = MPW_PIDFD_INFO_EXIT};

	if (!collect->kernel.pidfd_info || process->pidfd < 0 ||
		ioctl(process->pidfd,
			_IOWR(
				0xff, 11, struct { char room[64]; }),
			&info) != 0 ||
		!(info.mask & MPW_PIDFD_INFO_EXIT))
		return false;
	watched_status(process, info.exit_code, EXIT_PIDFD);
	return true;
}

static bool status_from_zombie(struct watched *process)
{
	struct proc_stat stat;

	if (proc_stat_read(process->pid, &stat) < 0 || stat.start_time != process->start_time ||
		(stat.state != 'Z' && stat.state != 'X'))
		return false;
	watched_status(process, stat.exit_code, EXIT_ZOMBIE);
	return true;
}

/* The zombie still has it, until its parent fetches the status: so this is the first thing to look at. */
static void run_time_of_zombie(struct watched *process)
{
	char text[96];

	if (proc_read(process->pid, "schedstat", text, sizeof(text)) > 0)
		process->run_ns = strtoull(text, NULL, 10);
}

void watched_gone(struct collect *collect, struct watched *process, uint64_t ts_ns)
{
	if (!process->gone) {
		process->gone = true;
		process->gone_ns = ts_ns;
		process->noticed_ns = session_clock_now(&collect->clock);
		run_time_of_zombie(process);
	}
	if (process->root || process->source != EXIT_UNSEEN)
		return; /* the root's status is for our own wait */
	if (collect->kernel.pidfd && process->pidfd < 0 && process->start_time == 0)
		return; /* fetched by its parent before we ever saw it: the kernel knows nothing more */
	if (!status_from_pidfd(collect, process) && !status_from_zombie(process))
		status_from_pidfd(collect, process);
}

void watched_check_gone(struct collect *collect, struct watched *process, uint64_t now_ns)
{
	struct pollfd poll_fd = {.fd = process->pidfd, .events = POLLIN};
	struct proc_stat stat;

	if (process->gone || process->root || process->pid <= 0)
		return;
	if (process->pidfd >= 0) {
		if (poll(&poll_fd, 1, 0) > 0)
			watched_gone(collect, process, now_ns);
	} else if (proc_stat_read(process->pid, &stat) == -ENOENT || stat.state == 'Z' || stat.state == 'X' ||
		   (process->start_time && stat.start_time != process->start_time)) {
		watched_gone(collect, process, now_ns);
	}
}

/* An image began and ended, and neither its probe nor we saw it. */
static void short_tell(struct collect *collect, const struct watched *process)
{
	struct event event = {.type = EV_UNWATCHED, .proc = process->number, .ts_ns = process->gone_ns};

	event.u.unwatched.reason = UNWATCHED_SHORT;
	collect_emit(collect, &event);
}

void watched_end(struct collect *collect, struct watched *process)
{
	struct event event = {.type = EV_PROC_EXIT, .proc = process->number, .ts_ns = process->gone_ns};

	if (process->ended)
		return;
	if (process->source == EXIT_UNSEEN && process->has_exit)
		watched_status(process, process->exit_status << 8, EXIT_SELF);
	if (!process->unwatched_told &&
		(process->exec_open || (!process->image && !process->spoke && process->how != START_FORK)))
		short_tell(collect, process);
	event.u.proc_exit.status = process->source == EXIT_UNSEEN ? -1 : process->status;
	event.u.proc_exit.source = process->source;
	later_emit_process(collect, process->number);
	collect_emit(collect, &event);
	process->ended = true;
	collect->watched->alive--;
	HASH_DEL(collect->watched->all, process);
	if (watched_by_pid(collect, process->pid) == process)
		HASH_DELETE(hh_pid, collect->watched->by_pid, process);
	collect->watched->ended_latest[collect->watched->ended_next++ % ENDED_KEPT] =
		(struct ended_process){process->pid, process->born_ns};
	process->next_ended = collect->watched->ended;
	collect->watched->ended = process;
	if (process->pidfd >= 0)
		close(process->pidfd);
	process->pidfd = -1;
}

bool watched_has_ended(const struct collect *collect, int32_t pid, uint64_t since_ns)
{
	for (uint32_t i = 0; i < ENDED_KEPT; i++)
		if (collect->watched->ended_latest[i].pid == pid &&
			collect->watched->ended_latest[i].born_ns >= since_ns)
			return true;
	return false;
}

static void process_free(struct watched *process)
{
	for (struct image *image = process->images; image; image = image->older)
		image->process = NULL;
	if (process->pidfd >= 0)
		close(process->pidfd);
	facts_put(process->facts);
	if (process->early)
		family_put(process->early);
	free(process->sample);
	free(process);
}

void watched_sweep(struct collect *collect)
{
	struct watched *process;

	while ((process = collect->watched->ended)) {
		collect->watched->ended = process->next_ended;
		if (collect->watched->root == process)
			collect->watched->root = NULL;
		process_free(process);
	}
}

void watched_free(struct collect *collect)
{
	struct watched *process, *next;
	struct image *image, *next_image;

	watched_sweep(collect);
	HASH_ITER(hh, collect->watched->by_serial, image, next_image)
	{
		image_free(collect, image);
	}
	HASH_CLEAR(hh_pid, collect->watched->by_pid);
	HASH_ITER(hh, collect->watched->all, process, next)
	{
		HASH_DEL(collect->watched->all, process);
		process_free(process);
	}
	for (uint32_t i = 0; i < IMAGE_GRAVES; i++) {
		if (collect->watched->graves[i].family)
			family_put(collect->watched->graves[i].family);
		facts_put(collect->watched->graves[i].facts);
	}
	free(collect->watched);
	collect->watched = NULL;
}
