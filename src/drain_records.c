/* drain_records.c: what the records of processes mean for the process table, and every record as an event. */
#include "drain_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "inner_pids.h"
#include "proc_files.h"
#include "totals.h"

static struct watched *process_of(struct drain *drain, struct chunk_state *chunk)
{
	if (!chunk->image) {
		chunk->image = image_by_serial(drain->collect, chunk->serial);
		if (chunk->image)
			chunk->image->chunks++;
	}
	return chunk->image ? chunk->image->process : NULL;
}

/* --- START: a process, or a new image of one, speaks for the first time --- */

/* What came before with this pid: the same process if it can still be it. A fork's child is new by its nature; an image
 * may be the next one of a process that was there when it began. */
static bool same_process(const struct watched *known, const struct rec_start *start, uint64_t ts_ns)
{
	if (start->how != START_IMAGE)
		return known->image == NULL && known->how != START_ROOT;
	return !known->gone || known->noticed_ns >= ts_ns;
}

static struct watched *parent_of_image(struct drain *drain, int32_t pid, const struct rec_start *start)
{
	struct proc_stat stat;

	if (!(start->flags & START_NAMESPACE) && pid == start->pid && start->ppid > 0)
		return watched_by_pid(drain->collect, start->ppid);
	return proc_stat_read(pid, &stat) == 0 ? watched_by_pid(drain->collect, stat.ppid) : NULL;
}

/* Names of a new image: the kernel's, or what the image said of itself when it is gone already. */
static void image_facts(struct watched *process, const char *exe)
{
	if ((process->gone || watched_read_facts(process) < 0) && exe)
		watched_name_facts(process, exe);
}

static struct watched *start_new_process(struct drain *drain, int32_t pid, const struct rec_start *start,
	const struct image *parent_image, uint64_t ts_ns, const char *exe)
{
	struct collect *collect = drain->collect;
	const struct image_grave *grave = NULL;
	struct watched *parent = parent_image ? parent_image->process : NULL, *process;
	uint32_t how = start->how;

	if (!parent && how == START_IMAGE)
		parent = parent_of_image(drain, pid, start);
	if (!parent && how != START_IMAGE)
		grave = image_grave_find(collect, start->parent_serial);
	if (how == START_IMAGE)
		how = START_SPAWN;
	process = watched_born(collect, pid, parent, how, ts_ns);
	if (grave) {
		process->parent = grave->number;
		process->inner = grave->inner;
	}
	if (start->how == START_IMAGE || !process->facts)
		image_facts(process, exe);
	watched_tell(collect, process, how, ts_ns);
	return process;
}

/* How much its main thread did in the image that is over. */
static void carry_totals(struct drain *drain, const struct watched *process)
{
	struct chunk_state *chunk = process->image ? drain_chunk(drain, process->image->chunk) : NULL;

	if (chunk && chunk->image == process->image)
		totals_carry(drain->collect, chunk);
}

static void record_start(struct drain *drain, struct item *item, uint64_t ts_ns)
{
	struct chunk_state *chunk = item->chunk;
	const struct proc_chunk *shared = (const struct proc_chunk *)(const void *)chunk->reader.block;
	struct collect *collect = drain->collect;
	const struct image *parent_image;
	const struct image_grave *grave;
	struct watched *process;
	struct family *family = NULL;
	struct rec_start start;
	int32_t pid;

	memcpy(&start, item->record.payload, sizeof(start));
	if (chunk->image || chunk->kind != CHUNK_PROC || image_by_serial(collect, chunk->serial))
		return;
	parent_image = start.how == START_IMAGE ? NULL : image_by_serial(collect, start.parent_serial);
	pid = host_pid_of(collect, shared->proc.host_pid > 0 ? shared->proc.host_pid : start.pid, start.pid,
		parent_image && parent_image->process && parent_image->process->inner);
	if (start.pid <= 0)
		return;
	if (pid <= 0)
		pid = -(int32_t)(collect->watched->count + 1); /* nobody's: it is only known by what it says */
	process = watched_by_pid(collect, pid);
	if (!process || !same_process(process, &start, ts_ns)) {
		process = start_new_process(drain, pid, &start, parent_image, ts_ns, item->text);
	} else if (start.how == START_IMAGE) {
		carry_totals(drain, process);
		image_facts(process, item->text);
		if (process->how != START_ROOT || process->image)
			watched_tell(collect, process, START_IMAGE, ts_ns);
	}
	process->inner_pid = start.pid;
	process->inner = process->inner || (start.flags & START_NAMESPACE) || pid != start.pid;
	grave = parent_image || start.how == START_IMAGE ? NULL : image_grave_find(collect, start.parent_serial);
	family = parent_image ? parent_image->family : grave ? grave->family : NULL;
	if (start.how == START_IMAGE && !process->image)
		family = process->early;
	chunk->image = image_begin(collect, process, chunk->serial, chunk->number, family, ts_ns);
	chunk->image->chunks = 1;
	chunk->image->is_exec = start.how == START_IMAGE;
	chunk->image->python = start.flags & START_PYTHON;
	if (start.how == START_IMAGE && !process->gone)
		family_learn(collect, chunk->image->family, pid, ts_ns);
	drain->births++;
}

/* --- the others --- */

static void record_fork(struct drain *drain, struct watched *parent, const struct item *item, uint64_t ts_ns)
{
	struct watched *known, *child;
	struct rec_fork fork;

	memcpy(&fork, item->record.payload, sizeof(fork));
	if (fork.child <= 0 || parent->inner)
		return;
	known = watched_by_pid(drain->collect, fork.child);
	if (known && known->born_ns >= ts_ns)
		return; /* it spoke before its parent did */
	if ((known && known->root) || (!known && watched_has_ended(drain->collect, fork.child, ts_ns)))
		return;
	child = watched_born(drain->collect, fork.child, parent, fork.how, ts_ns);
	watched_tell(drain->collect, child, fork.how, ts_ns);
	drain->births++;
}

static void record_exec(struct drain *drain, struct watched *process, const struct item *item, uint64_t ts_ns)
{
	(void)drain;
	(void)item;
	process->exec_open = true;
	process->exec_ns = ts_ns;
}

static void record_exec_fail(struct drain *drain, struct watched *process, const struct item *item, uint64_t ts_ns)
{
	(void)drain;
	(void)item;
	(void)ts_ns;
	process->exec_open = false;
}

static void record_exit(struct drain *drain, struct watched *process, const struct item *item, uint64_t ts_ns)
{
	struct rec_exit end;

	(void)drain;
	(void)ts_ns;
	memcpy(&end, item->record.payload, sizeof(end));
	process->has_exit = true;
	process->exit_status = end.status & 0xff;
	process->exit_tid = item->chunk->tid;
}

static struct watched *child_of(struct drain *drain, const struct watched *parent, int32_t pid, uint64_t before_ns)
{
	struct watched *child, *next;

	if (!parent->inner) {
		child = watched_by_pid(drain->collect, pid);
		return child && child->parent == parent->number && child->born_ns <= before_ns ? child : NULL;
	}
	HASH_ITER(hh, drain->collect->watched->all, child, next)
	{
		if (child->inner_pid == pid && child->parent == parent->number && child->born_ns <= before_ns)
			return child;
	}
	return NULL;
}

static void record_waited(struct drain *drain, struct watched *process, const struct item *item, uint64_t ts_ns)
{
	struct watched *child;
	struct rec_waited waited;

	memcpy(&waited, item->record.payload, sizeof(waited));
	if (waited.child <= 0 || WIFSTOPPED(waited.status) || WIFCONTINUED(waited.status))
		return;
	child = child_of(drain, process, waited.child, ts_ns);
	if (!child || child->root)
		return;
	if (!child->gone || child->gone_ns > ts_ns) {
		child->gone_ns = ts_ns;
		watched_gone(drain->collect, child, ts_ns);
	}
	child->fetched = true;
	if (waited.status != -1)
		watched_status(child, waited.status, EXIT_PARENT);
}

typedef void record_function(struct drain *drain, struct watched *process, const struct item *item, uint64_t ts_ns);

static record_function *const handlers[EV_COUNT] = {
	[EV_FORK] = record_fork,
	[EV_EXEC] = record_exec,
	[EV_EXEC_FAIL] = record_exec_fail,
	[EV_EXIT] = record_exit,
	[EV_WAITED] = record_waited,
};

/* --- events --- */

/* Ticks become nanoseconds, the carried text goes to the first text field. */
static void event_complete(struct drain *drain, struct event *event, const char *text)
{
	const struct event_desc *desc = event_describe(event->type);

	for (unsigned i = 0; i < desc->field_count; i++) {
		void *field = (char *)&event->u + desc->fields[i].offset;
		uint64_t ticks;

		if (desc->fields[i].kind == FIELD_TIM) {
			memcpy(&ticks, field, sizeof(ticks));
			ticks = session_clock_span(&drain->collect->clock, ticks);
			memcpy(field, &ticks, sizeof(ticks));
		} else if (desc->fields[i].kind == FIELD_STR && text) {
			memcpy(field, &text, sizeof(text));
			text = NULL;
		}
	}
}

static uint64_t without(uint64_t value, uint64_t cut)
{
	return value > cut ? value - cut : 0;
}

/* Durations that reach over a span in which the program was stopped as a job. */
static void cut_stops(struct drain *drain, const struct item *item, struct event *event)
{
	struct chunk_state *chunk = item->chunk, *proc = drain_chunk(drain, chunk->image->chunk);
	uint64_t cut;

	if (drain->collect->clock.cut_count == 0)
		return;
	if (proc && proc->image != chunk->image)
		proc = NULL;
	if (event->type == EV_BLOCK) {
		struct rec_block block;

		memcpy(&block, item->record.payload, sizeof(block));
		cut = session_clock_cut_within(&drain->collect->clock, item->ticks, block.dur);
		event->u.block.dur = without(event->u.block.dur, cut);
		if (cut)
			totals_cut(chunk, proc, &event->u.block, cut);
	} else if (event->type == EV_FD_STAT && proc) {
		struct ev_fd_stat *stat = &event->u.fd_stat;

		stat->blocked_in = without(stat->blocked_in, totals_cut_of(proc, CUT_IN, (uint64_t)stat->fd, true));
		stat->blocked_out = without(stat->blocked_out, totals_cut_of(proc, CUT_OUT, (uint64_t)stat->fd, true));
	} else if (event->type == EV_LOCK_STAT && proc) {
		struct ev_lock_stat *stat = &event->u.lock_stat;

		stat->waited = without(stat->waited, totals_cut_of(proc, CUT_LOCK, stat->addr, true));
	}
}

static void item_emit(struct drain *drain, const struct item *item, struct watched *process, uint64_t ts_ns)
{
	struct event event;

	if (event_from_record(&item->record, sizeof(item->record), &event) < 0) {
		item->chunk->reader.corrupt++;
		return;
	}
	event.proc = process->number;
	event.tid = (uint32_t)item->chunk->tid;
	event.stack = stack_number(item->chunk->image->family, item->record.head.stack);
	event.ts_ns = ts_ns;
	event_complete(drain, &event, item->text);
	cut_stops(drain, item, &event);
	if (event.type == EV_FAIL || event.type == EV_KILL || (event.type == EV_FORK && event.u.fork.child < 0))
		stack_mark_failure(drain->collect, event.stack);
	if (ts_ns > process->last_ns)
		process->last_ns = ts_ns;
	collect_emit(drain->collect, &event);
}

void drain_record(struct drain *drain, struct item *item)
{
	uint64_t ts_ns = session_clock_time(&drain->collect->clock, item->ticks);
	struct watched *process;

	if (item->record.head.type == EV_START)
		record_start(drain, item, ts_ns);
	process = process_of(drain, item->chunk);
	if (!process) {
		item->chunk->reader.corrupt++;
		drain->collect->corrupt++;
		return;
	}
	if (item->record.head.type == EV_PYCODE) {
		struct rec_pycode code;

		memcpy(&code, item->record.payload, sizeof(code));
		python_code_define(item->chunk->image->family, code.id, item->text);
		return;
	}
	if (item->frames && item->record.head.type == EV_PYFRAMES) {
		python_stack_define(drain->collect, item->chunk->image->family, item->frames->id, item->frames->parent,
			item->frames->address, item->frames->count, ts_ns);
		return;
	}
	if (item->frames) {
		stack_define(drain->collect, item->chunk->image->family, process->pid, item->frames->id,
			item->frames->address, item->frames->count, ts_ns);
		return;
	}
	item_emit(drain, item, process, ts_ns);
	if (handlers[item->record.head.type])
		handlers[item->record.head.type](drain, process, item, ts_ns);
}
