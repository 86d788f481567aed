/* descriptors.c: applies what processes did with descriptors to their tables, and corrects them by the kernel's word.
 */
#include "model/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>

#include "base/mem.h"
#include "wire/calls.h"

void descriptors_note_peak(struct process *process, uint64_t ts_ns)
{
	uint32_t count = fdtable_count(process->fds);

	if (count > process->fds_peak) {
		process->fds_peak = count;
		process->fds_peak_ns = ts_ns;
	}
}

static struct fdtable **table_of(struct process *process)
{
	if (!process->fds)
		process->fds = fdtable_new();
	return &process->fds;
}

/* Puts `file` at fd in the name of the event; gives up the caller's reference. */
static void put(struct process *process, const struct event *event, int32_t fd, struct open_file *file, bool cloexec)
{
	struct fd_slot slot = {.file = file,
		.since_ns = event->ts_ns,
		.proc = process->number,
		.stack = event->stack,
		.cloexec = cloexec};

	fdtable_set(table_of(process), fd, &slot);
	open_file_release(file);
	descriptors_note_peak(process, event->ts_ns);
}

static struct open_file *file_made(struct process *process, const struct event *event, uint32_t kind, uint32_t call)
{
	struct open_file *file = open_file_new();

	file->kind = kind;
	file->call = call;
	file->proc = process->number;
	file->stack = event->stack;
	file->opened_ns = event->ts_ns;
	return file;
}

void apply_fd_open(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fd_open *ev = &event->u.fd_open;
	struct open_file *file = file_made(process, event, ev->kind, ev->call);

	file->flags = ev->flags;
	file->dev = ev->dev;
	file->ino = ev->ino;
	file->name = model_intern(model, ev->name);
	if (ev->kind == FD_FIFO && ev->ino)
		channel_make(model, CHANNEL_FIFO, ev->dev, ev->ino)->name = file->name;
	if ((ev->kind == FD_SHM || ev->kind == FD_MEMFD) && ev->ino) {
		struct segment *segment = segment_by_id(model, ev->dev, ev->ino, true);

		segment->is_shm = ev->kind == FD_SHM;
		if (!segment->name)
			segment->name = file->name;
		if (!segment->maker && (ev->kind == FD_MEMFD || (ev->flags & O_CREAT))) {
			segment->made_here = true;
			segment->maker = process;
			segment->stack = event->stack;
		}
	}
	put(process, event, ev->fd, file, ev->flags & O_CLOEXEC);
}

static void note_maker(struct channel *channel, struct process *process, const struct event *event)
{
	channel->maker = process;
	channel->stack = event->stack;
	channel->opened_ns = event->ts_ns;
}

void apply_pipe(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_pipe *ev = &event->u.pipe;
	int32_t fds[2] = {ev->rd, ev->wr};

	note_maker(channel_make(model, CHANNEL_PIPE, 0, ev->ino), process, event);
	for (unsigned i = 0; i < 2; i++) {
		struct open_file *file = file_made(process, event, FD_PIPE, ev->call);

		file->ino = ev->ino;
		file->flags = i ? O_WRONLY : O_RDONLY;
		put(process, event, fds[i], file, ev->flags & O_CLOEXEC);
	}
}

void apply_socketpair(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_socketpair *ev = &event->u.socketpair;
	int32_t fds[2] = {ev->a, ev->b};
	uint64_t inos[2] = {ev->ino_a, ev->ino_b};

	for (unsigned i = 0; i < 2; i++) {
		struct open_file *file = file_made(process, event, FD_SOCKPAIR, CALL_socketpair);
		struct channel *channel = channel_make(model, CHANNEL_SOCKETPAIR, 0, inos[i]);

		note_maker(channel, process, event);
		channel->peer_ino = inos[1 - i];
		file->ino = inos[i];
		file->flags = O_RDWR;
		put(process, event, fds[i], file, ev->flags & O_CLOEXEC);
	}
}

void apply_fd_dup(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fd_dup *ev = &event->u.fd_dup;
	const struct fd_slot *from = fdtable_get(*table_of(process), ev->from);
	struct open_file *file;

	(void)model;
	if (ev->from == ev->to)
		return;
	if (from) {
		file = from->file;
		file->refs++;
	} else {
		file = file_made(process, event, FD_OTHER, ev->call);
	}
	put(process, event, ev->to, file, ev->flags & O_CLOEXEC);
}

struct fd_origin fd_origin_of(const struct process *process, const struct fd_slot *slot)
{
	uint32_t maker = slot->file->proc ? slot->file->proc : slot->proc;

	return (struct fd_origin){.kind = slot->file->kind,
		.stack = slot->stack ? slot->stack : slot->file->stack,
		.maker = maker == process->number ? 0 : maker};
}

uint64_t model_fds_closed(const struct process *process, const struct fd_origin *origin)
{
	const struct fd_closes *closes;

	HASH_FIND(hh, process->closes, origin, sizeof(*origin), closes);
	return closes ? closes->count : 0;
}

static void count_close(struct process *process, const struct fd_slot *slot)
{
	struct fd_origin origin = fd_origin_of(process, slot);
	struct fd_closes *closes;

	HASH_FIND(hh, process->closes, &origin, sizeof(origin), closes);
	if (!closes) {
		closes = mem_zalloc(1, sizeof(*closes));
		closes->origin = origin;
		HASH_ADD(hh, process->closes, origin, sizeof(closes->origin), closes);
	}
	closes->count++;
}

static void forget_closes(struct process *process)
{
	struct fd_closes *closes, *next;

	HASH_ITER(hh, process->closes, closes, next)
	{
		HASH_DEL(process->closes, closes);
		mem_free(closes);
	}
}

static void close_one(struct process *process, int32_t fd, uint64_t ts_ns)
{
	const struct fd_slot *slot = fdtable_get(*table_of(process), fd);

	if (!slot)
		return;
	count_close(process, slot);
	slot->file->closed_ns = ts_ns;
	fdtable_remove(table_of(process), fd);
}

void apply_fd_close(struct model *model, struct process *process, const struct event *event)
{
	(void)model;
	close_one(process, event->u.fd_close.fd, event->ts_ns);
}

void apply_fd_close_range(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fd_close_range *ev = &event->u.fd_close_range;
	int32_t fd = ev->first > INT32_MAX ? INT32_MAX : (int32_t)ev->first;

	(void)model;
	while (fdtable_next(*table_of(process), &fd) && (uint32_t)fd <= ev->last) {
		if (ev->flags & CLOSE_RANGE_CLOEXEC)
			fdtable_set_cloexec(table_of(process), fd, true);
		else
			close_one(process, fd, event->ts_ns);
		if (fd++ == INT32_MAX)
			break;
	}
}

void apply_fd_cloexec(struct model *model, struct process *process, const struct event *event)
{
	(void)model;
	fdtable_set_cloexec(table_of(process), event->u.fd_cloexec.fd, event->u.fd_cloexec.on);
}

void descriptors_exec(struct model *model, struct process *process, uint64_t ts_ns)
{
	const struct fd_slot *slot;

	traffic_seal(model, process);
	for (int32_t fd = 0; (slot = fdtable_next(*table_of(process), &fd)); fd++) {
		if (slot->cloexec)
			close_one(process, fd, ts_ns);
		if (fd == INT32_MAX)
			break;
	}
	forget_closes(process);
}

void descriptors_die(struct process *process)
{
	forget_closes(process);
	fdtable_free(process->fds);
	process->fds = NULL;
}

/* --- the kernel's word -----------------------------------------------------------------------------------------------
 */

static bool same_file(const struct open_file *file, const struct ev_fd_seen *ev)
{
	if (file->ino == 0 || ev->ino == 0)
		return file->kind == ev->kind || file->kind == FD_OTHER;
	return file->ino == ev->ino && (file->dev == 0 || ev->dev == 0 || file->dev == ev->dev);
}

static void learn(struct model *model, struct open_file *file, const struct ev_fd_seen *ev)
{
	if (file->kind == FD_OTHER)
		file->kind = ev->kind;
	if (file->ino == 0) {
		file->ino = ev->ino;
		file->dev = ev->dev;
	}
	if (!file->name)
		file->name = model_intern(model, ev->target);
}

/* A listing under way: the numbers it named so far, as a table of one file that means nothing. */
static void note_listed(struct process *process, int32_t fd, uint64_t ts_ns)
{
	struct fd_slot mark = {.file = open_file_new()};

	if (process->listing_ns != ts_ns || !process->listed) {
		fdtable_free(process->listed);
		process->listed = fdtable_new();
		process->listing_ns = ts_ns;
	}
	fdtable_set(&process->listed, fd, &mark);
	open_file_release(mark.file);
}

/* The listing is complete: what it did not name and was open before it began is closed; nobody saw how. */
static void end_listing(struct process *process, uint64_t ts_ns)
{
	const struct fd_slot *slot;

	if (process->listed && process->listing_ns == ts_ns)
		for (int32_t fd = 0; (slot = fdtable_next(*table_of(process), &fd)) && fd < INT32_MAX; fd++)
			if (slot->since_ns <= ts_ns && !fdtable_get(process->listed, fd))
				close_one(process, fd, ts_ns);
	fdtable_free(process->listed);
	process->listed = NULL;
}

/* What the program was started with. */
static void note_standard(struct model *model, const struct process *process, int32_t fd)
{
	const struct fd_slot *slot = fd <= 2 && model_root(model) == process ? fdtable_get(process->fds, fd) : NULL;
	struct channel *channel = slot ? channel_of(model, slot->file) : NULL;

	if (channel && !channel->maker)
		channel->standard |= 1u << fd;
}

void apply_fd_seen(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fd_seen *ev = &event->u.fd_seen;
	const struct fd_slot *slot = fdtable_get(*table_of(process), ev->fd);
	struct fd_slot fresh = {.since_ns = event->ts_ns};

	note_listed(process, ev->fd, event->ts_ns);
	if (slot && (same_file(slot->file, ev) || slot->since_ns > event->ts_ns)) {
		learn(model, slot->file, ev);
		if (slot->since_ns <= event->ts_ns)
			fdtable_set_cloexec(table_of(process), ev->fd, ev->flags & O_CLOEXEC);
		note_standard(model, process, ev->fd);
		return;
	}
	fresh.file = open_file_new();
	fresh.file->opened_ns = event->ts_ns;
	fresh.file->kind = ev->kind;
	fresh.file->flags = ev->flags;
	fresh.cloexec = ev->flags & O_CLOEXEC;
	learn(model, fresh.file, ev);
	fresh.file->dev = ev->dev;
	fdtable_set(table_of(process), ev->fd, &fresh);
	open_file_release(fresh.file);
	note_standard(model, process, ev->fd);
	descriptors_note_peak(process, event->ts_ns);
}

void apply_fd_count(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fd_count *ev = &event->u.fd_count;

	(void)model;
	if (ev->soft) {
		process->nofile_soft = ev->soft;
		process->nofile_hard = ev->hard;
	}
	if (ev->peak > process->fds_peak || ev->open > process->fds_peak) {
		process->fds_peak = ev->peak > ev->open ? ev->peak : ev->open;
		process->fds_peak_ns = event->ts_ns;
	}
	end_listing(process, event->ts_ns);
}

/* --- failures --------------------------------------------------------------------------------------------------------
 */

static bool has_census(const struct process *process)
{
	for (const struct failure *f = process->failure_list; f; f = f->next)
		if (f->fds)
			return true;
	return false;
}

void apply_fail(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fail *ev = &event->u.fail;
	struct failure *failure;

	for (failure = process->failure_list; failure; failure = failure->next)
		if (failure->call == ev->call && failure->err == ev->err && failure->stack == event->stack)
			break;
	if (!failure) {
		failure = mem_zalloc(1, sizeof(*failure));
		failure->process = process;
		failure->call = ev->call;
		failure->err = ev->err;
		failure->tid = event->tid;
		failure->stack = event->stack;
		failure->first_ns = event->ts_ns;
		failure->arg = ev->arg;
		failure->arg2 = ev->arg2;
		failure->name = model_intern(model, ev->name);
		if ((ev->err == EMFILE || ev->err == ENFILE) && !has_census(process))
			failure->fds = fdtable_share(*table_of(process));
		failure->nofile_soft = ev->err == EMFILE && ev->arg2 > 0 ? (uint64_t)ev->arg2 : process->nofile_soft;
		failure->next = process->failure_list;
		process->failure_list = failure;
	}
	failure->last_ns = event->ts_ns;
	failure->count++;
}
