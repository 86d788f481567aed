/* process.c: births, images, exits and signals. A process is known by its number; pids only help to find the target of
 * a kill and the child of a fork. */
#include "model/internal.h"

#include <sys/wait.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct pid_entry {
	int32_t pid;
	struct process *process;
	UT_hash_handle hh;
};

/* The table a parent had when it forked: the child's PROC may come when the parent has closed things already. */
struct fork_entry {
	uint64_t key; /* parent number << 32 | child pid as the parent sees it */
	struct fdtable *fds;
	uint32_t stack;
	UT_hash_handle hh;
};

struct kill_list {
	int32_t target;
	struct kill *latest;
	UT_hash_handle hh;
};

#define GROUP_KILLS_MAX 4096

static struct process *process_find(const struct model *model, uint32_t number)
{
	struct process *process;

	HASH_FIND(hh, model->processes, &number, sizeof(number), process);
	return process;
}

struct process *process_of(struct model *model, uint32_t number)
{
	struct process *process = model->last_process;

	if (process && process->number == number)
		return process;
	process = process_find(model, number);
	if (!process) {
		process = mem_zalloc(1, sizeof(*process));
		process->number = number;
		process->how = START_SEEN;
		process->status = -1;
		process->born_ns = model->now_ns;
		process->fds = fdtable_new();
		HASH_ADD(hh, model->processes, number, sizeof(process->number), process);
		model->workers_numbered = false;
	}
	model->last_process = process;
	return process;
}

struct process *process_by_pid(struct model *model, int32_t pid)
{
	struct pid_entry *entry;

	HASH_FIND_INT(model->pids, &pid, entry);
	return entry ? entry->process : NULL;
}

static void pid_set(struct model *model, int32_t pid, struct process *process)
{
	struct pid_entry *entry;

	HASH_FIND_INT(model->pids, &pid, entry);
	if (!entry) {
		entry = mem_zalloc(1, sizeof(*entry));
		entry->pid = pid;
		HASH_ADD_INT(model->pids, pid, entry);
	}
	entry->process = process;
}

static void pid_drop(struct model *model, const struct process *process)
{
	struct pid_entry *entry;

	HASH_FIND_INT(model->pids, &process->pid, entry);
	if (entry && entry->process == process) {
		HASH_DEL(model->pids, entry);
		mem_free(entry);
	}
}

static struct fdtable *fork_take(struct model *model, uint64_t key, uint32_t *stack)
{
	struct fork_entry *entry;
	struct fdtable *fds;

	HASH_FIND(hh, model->forks, &key, sizeof(key), entry);
	if (!entry)
		return NULL;
	fds = entry->fds;
	*stack = entry->stack;
	HASH_DEL(model->forks, entry);
	mem_free(entry);
	return fds;
}

static uint64_t fork_key(const struct process *parent, int32_t child)
{
	return (uint64_t)parent->number << 32 | (uint32_t)child;
}

void apply_fork(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fork *ev = &event->u.fork;
	struct process *child = process_by_pid(model, ev->child);
	struct fork_entry *entry;
	uint32_t stack;

	if (ev->child <= 0)
		return;
	process->last_child_ns = event->ts_ns;
	if (child && child->parent == process) { /* the child was faster */
		child->birth_stack = event->stack;
		return;
	}
	fdtable_free(fork_take(model, fork_key(process, ev->child), &stack));
	entry = mem_zalloc(1, sizeof(*entry));
	entry->key = fork_key(process, ev->child);
	entry->fds = fdtable_share(process->fds);
	entry->stack = event->stack;
	HASH_ADD(hh, model->forks, key, sizeof(entry->key), entry);
}

void apply_waited(struct model *model, struct process *process, const struct event *event)
{
	uint32_t stack;

	fdtable_free(fork_take(model, fork_key(process, event->u.waited.child), &stack));
}

static void process_be_born(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_proc *ev = &event->u.proc;
	struct process *parent = ev->parent && ev->parent != process->number ? process_find(model, ev->parent) : NULL;
	struct fdtable *at_fork;

	process->told = true;
	process->how = ev->how;
	process->pid = ev->pid;
	process->born_ns = event->ts_ns;
	process->parent = parent && !process_is_ancestor(process, parent) ? parent : NULL;
	pid_set(model, ev->pid, process);
	if (ev->how == START_ROOT || (!model->root && !process->parent))
		model->root = process;
	if (!process->parent)
		return;
	process->parent->children++;
	process->parent->last_child_ns = event->ts_ns;
	at_fork = fork_take(model, fork_key(process->parent, ev->pid), &process->birth_stack);
	if (fdtable_count(process->fds) == 0) {
		fdtable_free(process->fds);
		process->fds = at_fork ? at_fork : fdtable_share(process->parent->fds);
		descriptors_note_peak(process, event->ts_ns);
		process->fds_inherited = fdtable_count(process->fds);
	} else {
		fdtable_free(at_fork);
	}
	if (process->nofile_soft == 0) {
		process->nofile_soft = process->parent->nofile_soft;
		process->nofile_hard = process->parent->nofile_hard;
	}
	segments_inherit(model, process, process->parent);
}

/* Both the new image itself (START) and the collector (PROC) tell of an exec, in any order: the first one counts. */
static void process_new_image(
	struct model *model, struct process *process, uint32_t *mine, uint32_t *other, uint64_t ts_ns)
{
	(*mine)++;
	if (*mine > *other) {
		if (*other + 1 < *mine)
			*other = *mine - 1;
		waits_die(process, ts_ns);
		descriptors_exec(model, process, ts_ns);
		process->images = *mine;
		process->watched = false;
		process->unwatched_told = false;
	}
	model->workers_numbered = false;
}

void apply_proc(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_proc *ev = &event->u.proc;

	if (!process->told)
		process_be_born(model, process, event);
	else if (ev->how == START_IMAGE)
		process_new_image(model, process, &process->images_told, &process->images_started, event->ts_ns);
	if (ev->exe)
		process->exe = model_intern(model, ev->exe);
	if (ev->cmdline)
		process->cmdline = model_intern(model, ev->cmdline);
	if (ev->comm)
		process->comm = model_intern(model, ev->comm);
	model->workers_numbered = false;
}

void apply_start(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_start *ev = &event->u.start;

	process->inner_pid = ev->pid;
	process->inner_ppid = ev->ppid;
	if (ev->how == START_IMAGE && (process->how != START_ROOT || process->image_ns))
		process_new_image(model, process, &process->images_started, &process->images_told, event->ts_ns);
	process->start_flags = ev->flags;
	if (process->images <= 1 && (process->how != START_ROOT || !process->started_ns))
		process->started_ns = event->ts_ns;
	process->image_ns = event->ts_ns;
	process->watched = true;
}

void apply_exit(struct model *model, struct process *process, const struct event *event)
{
	struct thread *thread = thread_of(model, process, event->tid, event->ts_ns);

	/* Who calls exit is in no other call. */
	thread->state.call = 0;
	wait_ended(thread, event->ts_ns);
	process->exit_called = true;
	process->exit_status = event->u.exit.status;
	process->exit_stack = event->stack;
}

/* The latest dead keep their tables for a while: totals may arrive just behind the death. */
static void process_bury(struct model *model, struct process *process)
{
	struct process **grave = &model->graves[model->grave_next++ % 64];

	if (*grave) {
		traffic_seal(model, *grave);
		descriptors_die(*grave);
	}
	*grave = process;
}

void apply_proc_exit(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_proc_exit *ev = &event->u.proc_exit;

	if (ev->source != EXIT_UNSEEN || process->status_from == EXIT_UNSEEN) {
		process->status = ev->source == EXIT_UNSEEN ? -1 : ev->status;
		process->status_from = ev->source;
	}
	if (process->dead)
		return;
	process->dead = true;
	process->dead_ns = event->ts_ns;
	if (process == model_root(model) && ev->source != EXIT_UNSEEN && WIFSIGNALED(ev->status))
		stop_noted(model, WTERMSIG(ev->status), event->ts_ns);
	waits_die(process, event->ts_ns);
	pid_drop(model, process);
	segments_die(model, process);
	process_bury(model, process);
}

void apply_unwatched(struct model *model, struct process *process, const struct event *event)
{
	process->watched = false; /* the image that it has now, or from now on */
	process->unwatched_told = true;
	process->unwatched_reason = event->u.unwatched.reason;
	process->unwatched_what = model_intern(model, event->u.unwatched.what);
}

void apply_limits(struct model *model, struct process *process, const struct event *event)
{
	(void)model;
	process->nofile_soft = event->u.limits.nofile_soft;
	process->nofile_hard = event->u.limits.nofile_hard;
}

void apply_proc_sample(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_proc_sample *ev = &event->u.proc_sample;
	uint64_t before = process->sampled_ns ? process->sampled_ns : process->born_ns;

	(void)model;
	if (event->ts_ns > before) {
		process->recent_ns = event->ts_ns - before;
		process->cpu_recent_ns = ev->cpu_ns > process->cpu_ns ? ev->cpu_ns - process->cpu_ns : 0;
		process->sampled_ns = event->ts_ns;
	}
	process->cpu_ns = ev->cpu_ns;
	process->delay_ns = ev->delay_ns;
	process->rss_kb = ev->rss_kb;
	if (ev->rss_kb > process->rss_peak_kb)
		process->rss_peak_kb = ev->rss_kb;
	process->kernel_in = ev->rchar;
	process->kernel_out = ev->wchar;
	if (ev->threads > process->threads_peak)
		process->threads_peak = ev->threads;
}

void process_not_attributed(const struct process *process, uint64_t *in, uint64_t *out)
{
	const struct thread *thread = process_main_thread(process);
	uint64_t moved_in = thread ? thread->stat.bytes_in : 0, moved_out = thread ? thread->stat.bytes_out : 0;

	*in = process->watched && process->kernel_in > moved_in ? process->kernel_in - moved_in : 0;
	*out = process->watched && process->kernel_out > moved_out ? process->kernel_out - moved_out : 0;
}

static struct kill_list *kills_of(struct model *model, int32_t target)
{
	struct kill_list *list;

	HASH_FIND_INT(model->kills, &target, list);
	if (!list) {
		list = mem_zalloc(1, sizeof(*list));
		list->target = target;
		HASH_ADD_INT(model->kills, target, list);
	}
	return list;
}

void apply_kill(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_kill *ev = &event->u.kill;
	struct kill **at = ev->target > 0 ? &kills_of(model, ev->target)->latest : &model->group_kills;
	struct kill *kill;

	if (ev->sig == 0 || ev->err != 0 || (ev->target <= 0 && model->group_kill_count++ >= GROUP_KILLS_MAX))
		return;
	kill = mem_zalloc(1, sizeof(*kill));
	kill->sender = process;
	kill->ts_ns = event->ts_ns;
	kill->target = ev->target;
	kill->sig = ev->sig;
	kill->stack = event->stack;
	kill->older = *at;
	*at = kill;
}

const struct kill *model_kills(const struct model *model, int32_t target)
{
	struct kill_list *list;

	HASH_FIND_INT(model->kills, &target, list);
	return list ? list->latest : NULL;
}

const struct kill *model_group_kills(const struct model *model)
{
	return model->group_kills;
}

static void kills_free(struct kill *kill)
{
	while (kill) {
		struct kill *older = kill->older;

		mem_free(kill);
		kill = older;
	}
}

static void process_free(struct process *process)
{
	descriptors_die(process);
	fdtable_free(process->listed);
	while (process->failure_list) {
		struct failure *next = process->failure_list->next;

		fdtable_free(process->failure_list->fds);
		mem_free(process->failure_list);
		process->failure_list = next;
	}
	process_python_free(process);
	wait_sites_free(process);
	run_places_free(process);
	mem_free(process);
}

void processes_free(struct model *model)
{
	struct process *process, *next;
	struct pid_entry *pid, *next_pid;
	struct fork_entry *fork_, *next_fork;
	struct kill_list *list, *next_list;

	HASH_ITER(hh, model->processes, process, next)
	{
		HASH_DEL(model->processes, process);
		process_free(process);
	}
	HASH_ITER(hh, model->pids, pid, next_pid)
	{
		HASH_DEL(model->pids, pid);
		mem_free(pid);
	}
	HASH_ITER(hh, model->forks, fork_, next_fork)
	{
		HASH_DEL(model->forks, fork_);
		fdtable_free(fork_->fds);
		mem_free(fork_);
	}
	HASH_ITER(hh, model->kills, list, next_list)
	{
		HASH_DEL(model->kills, list);
		kills_free(list->latest);
		mem_free(list);
	}
	kills_free(model->group_kills);
}

const struct process *model_processes(const struct model *model)
{
	return model->processes;
}

const struct process *process_next(const struct process *process)
{
	return process->hh.next;
}

const struct process *model_process(const struct model *model, uint32_t number)
{
	return process_find(model, number);
}

const struct process *model_root(const struct model *model)
{
	return model->root;
}

uint32_t model_process_count(const struct model *model)
{
	return HASH_COUNT(model->processes);
}

uint64_t process_end_ns(const struct model *model, const struct process *process)
{
	uint64_t end = process->dead ? process->dead_ns : model_now_ns(model);

	return end > process->born_ns ? end : process->born_ns;
}

bool process_is_ancestor(const struct process *ancestor, const struct process *process)
{
	for (process = process->parent; process; process = process->parent)
		if (process == ancestor)
			return true;
	return false;
}
