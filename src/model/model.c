/* model.c: takes events one by one and hands each to its family. Owns the texts; knows no family's rules. */
#include "model/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct text_entry {
	UT_hash_handle hh;
	char text[];
};

const char *model_intern(struct model *model, const char *text)
{
	struct text_entry *entry;
	size_t length;

	if (!text)
		return NULL;
	length = strlen(text);
	HASH_FIND(hh, model->texts, text, length, entry);
	if (!entry) {
		entry = mem_alloc(sizeof(*entry) + length + 1);
		memcpy(entry->text, text, length + 1);
		HASH_ADD_KEYPTR(hh, model->texts, entry->text, length, entry);
	}
	return entry->text;
}

struct model *model_new(void)
{
	return mem_zalloc(1, sizeof(struct model));
}

static void texts_free(struct model *model)
{
	struct text_entry *entry, *next;

	HASH_ITER(hh, model->texts, entry, next)
	{
		HASH_DEL(model->texts, entry);
		mem_free(entry);
	}
}

void model_free(struct model *model)
{
	if (!model)
		return;
	channels_free(model);
	locks_free(model);
	segments_free(model);
	threads_free(model);
	hang_free(model);
	processes_free(model);
	stacks_free(model);
	pyfails_free(model);
	names_free(model);
	while (model->losses) {
		struct loss *next = model->losses->next;

		mem_free(model->losses);
		model->losses = next;
	}
	texts_free(model);
	mem_free(model);
}

static void apply_run(struct model *model, struct process *process, const struct event *event)
{
	struct ev_run *run = &model->run.run;

	(void)process;
	*run = event->u.run;
	run->command = model_intern(model, run->command);
	run->cwd = model_intern(model, run->cwd);
	run->version = model_intern(model, run->version);
	run->kernel = model_intern(model, run->kernel);
	model->run.known = true;
}

static void apply_end(struct model *model, struct process *process, const struct event *event)
{
	(void)process;
	model->run.end = event->u.end;
	model->run.end_ns = event->ts_ns;
	model->run.ended = true;
}

static void apply_own(struct model *model, struct process *process, const struct event *event)
{
	(void)process;
	model->run.own = event->u.own;
}

static void apply_clock(struct model *model, struct process *process, const struct event *event)
{
	(void)process;
	model->run.clamped = event->u.clock.clamped;
}

static void apply_nothing(struct model *model, struct process *process, const struct event *event)
{
	(void)model;
	(void)process;
	(void)event;
}

/* clang-format off */
static const struct {
	apply_function *apply;
	bool session; /* also when the event names no process */
} handlers[EV_COUNT] = {
	[EV_START] = {apply_start, 0}, [EV_FORK] = {apply_fork, 0}, [EV_EXIT] = {apply_exit, 0}, [EV_WAITED] = {apply_waited, 0},
	[EV_KILL] = {apply_kill, 0}, [EV_THREAD] = {apply_thread, 0}, [EV_FD_OPEN] = {apply_fd_open, 0}, [EV_PIPE] = {apply_pipe, 0},
	[EV_SOCKPAIR] = {apply_socketpair, 0}, [EV_FD_DUP] = {apply_fd_dup, 0}, [EV_FD_CLOSE] = {apply_fd_close, 0},
	[EV_FD_CLOSE_RANGE] = {apply_fd_close_range, 0}, [EV_FD_CLOEXEC] = {apply_fd_cloexec, 0}, [EV_FD_STAT] = {apply_fd_stat, 0},
	[EV_FAIL] = {apply_fail, 0}, [EV_BLOCK] = {apply_block, 0}, [EV_LOCK_OPEN] = {apply_lock_open, 0},
	[EV_LOCK_STAT] = {apply_lock_stat, 0}, [EV_LOCK_TOTAL] = {apply_lock_total, 0}, [EV_MAP] = {apply_map, 0},
	[EV_UNMAP] = {apply_unmap, 0}, [EV_RESIZE] = {apply_resize, 0}, [EV_UNLINK] = {apply_unlink, 0}, [EV_SYSV] = {apply_sysv, 0},
	[EV_PROC] = {apply_proc, 0}, [EV_PROC_EXIT] = {apply_proc_exit, 0}, [EV_UNWATCHED] = {apply_unwatched, 0},
	[EV_LIMITS] = {apply_limits, 0}, [EV_PROC_SAMPLE] = {apply_proc_sample, 0}, [EV_THREAD_STATE] = {apply_thread_state, 0},
	[EV_THREAD_STAT] = {apply_thread_stat, 0}, [EV_FD_TOTAL] = {apply_fd_total, 0}, [EV_FD_SEEN] = {apply_fd_seen, 0},
	[EV_FD_COUNT] = {apply_fd_count, 0}, [EV_LOSS] = {apply_loss, 1}, [EV_MODULE] = {apply_module, 1}, [EV_STACK] = {apply_stack, 1},
	[EV_SYMBOL] = {apply_symbol, 1}, [EV_SOURCE] = {apply_source, 1}, [EV_RUN] = {apply_run, 1}, [EV_END] = {apply_end, 1},
	[EV_PYTHON] = {apply_python, 0}, [EV_PYFAIL] = {apply_pyfail, 0}, [EV_PYMAIN] = {apply_pymain, 0}, [EV_PYCOST] = {apply_pycost, 0},
	[EV_PYNAME] = {apply_pyname, 1}, [EV_PYPROC] = {apply_pyproc, 0}, [EV_PYTHREAD] = {apply_pythread, 0},
	[EV_PYTASK] = {apply_pytask, 0}, [EV_PYWORK] = {apply_pywork, 0}, [EV_PYMSG] = {apply_pymsg, 0},
	[EV_PYCOPY] = {apply_pycopy, 0}, [EV_PYNOW] = {apply_pynow, 0}, [EV_ASKED] = {apply_asked, 1},
	[EV_PYRUN] = {apply_pyrun, 0},
	[EV_OWN] = {apply_own, 1}, [EV_CLOCK] = {apply_clock, 1},
	/* EXEC and EXEC_FAIL: the new image speaks for itself. */
	[EV_EXEC] = {apply_nothing, 0}, [EV_EXEC_FAIL] = {apply_nothing, 0},
	/* Time goes on; nothing else is asked of these yet. */
	[EV_TICK] = {apply_nothing, 1}, [EV_SNAPSHOT] = {apply_snapshot, 1}, [EV_NOTE] = {apply_nothing, 1}, [EV_LOCK_CLOSE] = {apply_nothing, 0},
	[EV_FD_PASS] = {apply_nothing, 0},
};
/* clang-format on */

/* The call an event names, for "the last thing this thread did"; 0 for the rest. */
static uint32_t event_call(const struct event *event)
{
	switch (event->type) {
	case EV_FAIL:
		return event->u.fail.call;
	case EV_BLOCK:
		return event->u.block.call;
	case EV_FD_OPEN:
		return event->u.fd_open.call;
	case EV_FORK:
		return event->u.fork.call;
	default:
		return 0;
	}
}

static void note_stack(struct model *model, struct process *process, const struct event *event)
{
	struct thread *thread = thread_of(model, process, event->tid, event->ts_ns);

	thread->last_stack = event->stack;
	thread->last_call = event_call(event);
}

void model_apply(struct model *model, const struct event *event)
{
	struct process *process = NULL;

	if (event->type >= EV_COUNT || !handlers[event->type].apply)
		return;
	model->run.events++;
	if (event->ts_ns > model->now_ns)
		model->now_ns = event->ts_ns;
	if (event->proc)
		process = process_of(model, event->proc);
	else if (!handlers[event->type].session)
		return;
	handlers[event->type].apply(model, process, event);
	if (process && event->stack && event->tid && !process->dead)
		note_stack(model, process, event);
}

const struct run_facts *model_run(const struct model *model)
{
	return &model->run;
}

uint64_t model_now_ns(const struct model *model)
{
	return model->run.ended ? model->run.end_ns : model->now_ns;
}

void apply_loss(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_loss *ev = &event->u.loss;
	uint64_t key = (uint64_t)event->proc << 32 | event->tid;
	struct loss *loss;

	(void)process;
	for (loss = model->losses; loss; loss = loss->next)
		if (loss->key == key && loss->reason == ev->reason)
			break;
	if (!loss) {
		loss = mem_zalloc(1, sizeof(*loss));
		loss->key = key;
		loss->reason = ev->reason;
		loss->proc = event->proc;
		loss->next = model->losses;
		model->losses = loss;
	}
	loss->records = ev->records;
	loss->what = model_intern(model, ev->what);
}

const struct loss *model_losses(const struct model *model)
{
	return model->losses;
}
