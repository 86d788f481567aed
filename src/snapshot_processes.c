/* snapshot_processes.c: the processes of a picture, as a tree, with their shares, ends and threads. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/format.h"
#include "base/mem.h"
#include "detect/death.h"
#include "model/exchange.h"
#include "snapshot_make.h"
#include "wire/arena.h"
#include "wire/calls.h"

/* A state younger than this is what the thread did in the last second. */
#define RECENT_NS 1000000000ull
#define TOLD_NS 300000000ull /* a wait that lasts is told by then */

/* --- threads --------------------------------------------------------------------------------------------------------
 */

bool snap_thread_waits(const struct thread *thread)
{
	return !thread->ended && !thread->process->dead && thread->state.call && thread->state_ns >= thread->stat_ns;
}

static bool is_main_thread(const struct thread *thread)
{
	return process_main_thread(thread->process) == thread;
}

/* It came out of a long wait, and totals are not yet told of a whole second since: those of before say that it waits.
 */
static bool was_away(const struct thread *thread, uint64_t now)
{
	return thread->left_ns && thread->stat_ns < thread->left_ns + RECENT_NS && now >= thread->left_ns;
}

/* ... and went on: by now another wait would have been told, and those that were short were not most of the time. */
static bool has_gone_on(const struct thread *thread, uint64_t now)
{
	return was_away(thread, now) && now - thread->left_ns >= TOLD_NS &&
	       thread->brief_ns <= (now - thread->left_ns) / 2;
}

char snap_thread_state(const struct snap_maker *maker, const struct thread *thread)
{
	uint64_t now = maker->out->now_ns, from = now > RECENT_NS ? now - RECENT_NS : 0;
	struct snap_mix mix;
	bool mostly;
	char state;

	if (thread->ended || thread->process->dead)
		return SNAP_ENDED;
	if (snap_thread_waits(thread))
		return snap_share_letter(thread_share(maker->model, thread));
	if (!is_main_thread(thread))
		return SNAP_NOT_KNOWN;
	if (has_gone_on(thread, now))
		return snap_share_letter(SHARE_RUN);
	snapshot_columns(maker->out, thread->process->number, from, now - from, 1, &mix);
	state = snapshot_state(&mix, &mostly);
	if (!state && was_away(thread, now))
		return snap_share_letter(thread->left_share);
	return state ? state : SNAP_NOT_KNOWN;
}

static const char *file_words(struct snap_maker *maker, const struct thread *thread)
{
	const struct process *process = thread->process;
	const struct fd_slot *slot =
		process->fds && thread->state.fd >= 0 ? fdtable_get(process->fds, thread->state.fd) : NULL;
	const struct channel *channel = thread->wait.is_open && thread->wait.end ? thread->wait.end->channel : NULL;
	char variable[VARIABLE_SIZE];
	const char *use = NULL;

	if (!slot || !slot->file)
		return NULL;
	if (channel)
		channel_use(maker->model, channel, &use);
	if (use && !channel_use_folds(use) && model_variable(maker->model, channel->stack, variable, sizeof(variable)))
		return snap_text(maker->memory, "fd %d (%s %s)", thread->state.fd, use, variable);
	if (use)
		return snap_text(maker->memory, "fd %d (%s)", thread->state.fd, use);
	if (slot->file->name)
		return snap_text(maker->memory, "fd %d (%s)", thread->state.fd, slot->file->name);
	return snap_text(maker->memory, "fd %d (%s)", thread->state.fd, kind_name_fd(slot->file->kind));
}

/* "waits for db_lock in sem_wait", or for the queue that has the lock for itself. NULL: the lock is not known. */
static const char *lock_words(struct snap_maker *maker, const struct thread *thread)
{
	const struct lock *lock = thread->wait.is_open ? thread->wait.lock : NULL;
	enum lock_role role = lock ? lock_role(maker->model, lock) : LOCK_ROLE_OWN;
	char variable[VARIABLE_SIZE];
	bool named = lock && model_variable(maker->model, lock->stack, variable, sizeof(variable));

	if (role != LOCK_ROLE_OWN)
		return snap_text(maker->memory, "waits for %s%s lock%s%s", named ? "the " : "a queue's ",
			role == LOCK_ROLE_INPUT ? "read" : "write", named ? " of " : "", named ? variable : "");
	return named ? snap_text(maker->memory, "waits for %s in %s", variable, call_name(thread->state.call)) : NULL;
}

static const char *doing_of(struct snap_maker *maker, const struct thread *thread)
{
	enum call_class class = wait_class_of(thread->state.call, thread->state.fd);
	const char *name = call_name(thread->state.call), *file = NULL;
	const char *source = thread->state.sampled ? " (sampled)" : "";
	const char *words = wait_words(thread->state.call, thread->state.fd), *lock;

	if (!snap_thread_waits(thread))
		return NULL;
	if (class == CLASS_INPUT || class == CLASS_OUTPUT)
		file = file_words(maker, thread);
	lock = lock_words(maker, thread);
	if (lock)
		return lock;
	return file ? snap_text(maker->memory, "%s %s of %s%s", words, name, file, source)
		    : snap_text(maker->memory, "%s %s%s", words, name, source);
}

static uint64_t for_of(const struct snap_maker *maker, const struct thread *thread)
{
	uint64_t since = thread->state.since_ns, now = maker->out->now_ns;

	return snap_thread_waits(thread) && since && since <= now ? now - since : UNKNOWN;
}

void snap_make_threads(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	size_t at = 0;

	for (const struct thread *thread = process->thread_list; thread; thread = thread->next)
		out->thread_count++;
	out->thread_list = snap_alloc(maker->memory, out->thread_count, sizeof(*out->thread_list));
	for (const struct thread *thread = process->thread_list; thread; thread = thread->next) {
		struct snap_thread *to =
			&out->thread_list[out->thread_count - ++at]; /* the model has the newest first */

		to->tid = thread->tid;
		to->main = is_main_thread(thread);
		to->ended = thread->ended;
		to->state = snap_thread_state(maker, thread);
		to->for_ns = for_of(maker, thread);
		to->doing = doing_of(maker, thread);
		to->name = snap_copy(maker->memory, thread->name);
		if (snap_thread_waits(thread)) {
			snap_stack_make(maker, thread->state_stack, &to->stack);
		} else if (thread_runs_at(maker->model, thread)) {
			to->runs = true;
			snap_stack_make(maker, thread_runs_at(maker->model, thread), &to->stack);
		}
	}
}

/* --- ends -----------------------------------------------------------------------------------------------------------
 */

static const char *const cause_words[] = {
	[DEATH_CRASH] = "crashed with",
	[DEATH_BY_ITSELF] = "sent itself",
	[DEATH_BY_TREE] = "killed by another process of the run:",
	[DEATH_OUTSIDE] = "killed by",
	[DEATH_BY_LIMIT] = "stopped at a limit by",
	[DEATH_ON_PURPOSE] = "on purpose by",
};

static void make_end(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	char clock[FORMAT_SIZE], name[FORMAT_SIZE];
	struct death death;

	death_find(maker->model, process, &death);
	format_clock(process->dead_ns, clock);
	if (death.sig) {
		out->exit = snap_copy(maker->memory, format_signal(death.sig, name));
		out->ended = snap_text(maker->memory, "ended at %s: %s %s", clock,
			death.cause == DEATH_NONE ? "signal" : cause_words[death.cause], name);
		out->bad_end = death.cause != DEATH_NONE && death.cause != DEATH_ON_PURPOSE;
		return;
	}
	if (process->status_from == EXIT_UNSEEN || process->status < 0 || !WIFEXITED(process->status)) {
		out->exit = NULL;
		out->ended = snap_text(maker->memory, "ended at %s: status not seen", clock);
		return;
	}
	out->exit = snap_text(maker->memory, "%d", WEXITSTATUS(process->status));
	out->ended = snap_text(maker->memory, "ended at %s: exit status %s", clock, out->exit);
	out->bad_end = WEXITSTATUS(process->status) && out->role == SNAP_WORKER;
}

/* --- processes ------------------------------------------------------------------------------------------------------
 */

/* clang-format off */
static const enum snap_role roles[] = {
	[ROLE_MAIN] = SNAP_MAIN, [ROLE_WORKER] = SNAP_WORKER, [ROLE_COMMAND] = SNAP_COMMAND, [ROLE_FORKSERVER] = SNAP_INTERNAL,
	[ROLE_TRACKER] = SNAP_INTERNAL,
};
/* clang-format on */

static void make_shares(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	const struct thread *thread = process_main_thread(process);
	struct shares shares;

	process_shares(maker->model, process, &shares);
	out->life_ns = shares.life_ns;
	out->shares_known = thread && thread->stat_ns;
	memcpy(out->share_ns, shares.ns, sizeof(out->share_ns));
	memcpy(out->percent, shares.percent, sizeof(out->percent));
}

static void make_now(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	const struct thread *thread = process_main_thread(process);

	out->state = process->dead ? SNAP_ENDED : SNAP_NOT_KNOWN;
	out->for_ns = UNKNOWN;
	if (process->dead || !thread)
		return;
	out->state = snap_thread_state(maker, thread);
	out->for_ns = for_of(maker, thread);
	out->doing = doing_of(maker, thread);
	out->where = snap_place(
		maker, snap_thread_waits(thread) ? thread->state_stack : thread_runs_at(maker->model, thread));
}

static void make_task(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	uint64_t since = process->task.since_ns, now = maker->out->now_ns;
	char text[512];

	out->done = process_tasks_done(process);
	out->task_ns = UNKNOWN;
	if (!process_task_text(maker->model, process, text, sizeof(text)))
		return;
	out->task = snap_copy(maker->memory, text);
	if (since && since <= now && !process->dead)
		out->task_ns = now - since;
}

uint64_t snap_percent(uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)((double)part * 100 / (double)whole + 0.5) : UNKNOWN;
}

static uint64_t known(uint64_t value)
{
	return value ? value : UNKNOWN;
}

static void make_process(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	out->number = process->number;
	out->parent = process->parent ? process->parent->number : 0;
	out->pid = process->pid;
	out->role = roles[process->role];
	out->worker = process->worker_number;
	out->name = snap_label(maker, process);
	out->command = snap_copy(maker->memory, process->cmdline ? process->cmdline : process->comm);
	out->how = process->how == START_ROOT ? "mpwatch" : kind_name_how(process->how);
	out->probe = process->watched          ? "ok"
		     : process->unwatched_told ? kind_name_unwatched(process->unwatched_reason)
					       : NULL;
	out->called = snap_copy(maker->memory, process->process_name);
	out->made_at = process->parent ? snap_place(maker, process->birth_stack) : NULL;
	out->alive = !process->dead;
	out->born_ns = process->born_ns;
	out->dead_ns = process->dead ? process->dead_ns : UNKNOWN;
	out->cpu_ns = known(process->cpu_ns);
	out->cpu_percent = process->dead || !process->recent_ns
				   ? UNKNOWN
				   : snap_percent(process->cpu_recent_ns, process->recent_ns);
	out->rss_bytes = process->rss_kb && process->rss_kb < UINT64_MAX / 1024 ? process->rss_kb * 1024 : UNKNOWN;
	out->threads = known(process->threads_peak);
	out->fds = process->fds && !process->dead ? fdtable_count(process->fds) : UNKNOWN;
	out->fds_peak = process->fds_peak;
	out->fds_peak_ns = process->fds_peak_ns;
	out->limit_soft = known(process->nofile_soft);
	out->limit_hard = known(process->nofile_hard);
	out->inherited = process->fds_inherited;
	make_shares(maker, process, out);
	make_now(maker, process, out);
	make_task(maker, process, out);
	snap_make_wait(maker, process, out);
	snap_make_wait_sites(maker, process, out);
	snap_make_runs(maker, process, out);
	if (process->dead)
		make_end(maker, process, out);
	else
		snap_make_threads(maker, process, out);
	snap_make_descriptors(maker, process, out);
}

/* First child of each process and the next child of its parent, by position in order of birth. */
struct family {
	const struct process *process;
	size_t first, last, next;
	UT_hash_handle hh;
};

#define NOBODY SIZE_MAX

static size_t put_family(struct snap_maker *maker, struct family *all, size_t index, unsigned depth, size_t at)
{
	/* No recursion: a chain of children may be as long as the run. */
	size_t *stack = mem_alloc((maker->out->process_count + 1) * sizeof(*stack)), height = 0;

	stack[height++] = index;
	while (height) {
		size_t me = stack[height - 1];
		struct snap_process *out = &maker->out->processes[at++];

		make_process(maker, all[me].process, out);
		out->depth = depth + (unsigned)height - 1;
		out->last_child = all[me].next == NOBODY;
		if (all[me].first != NOBODY) {
			stack[height++] = all[me].first;
			continue;
		}
		while (height && all[stack[height - 1]].next == NOBODY)
			height--;
		if (height)
			stack[height - 1] = all[stack[height - 1]].next;
	}
	free(stack);
	return at;
}

static void link_families(struct family *all, size_t count)
{
	struct family *by_process = NULL, *parent;

	for (size_t i = 0; i < count; i++) {
		all[i].first = all[i].last = all[i].next = NOBODY;
		HASH_ADD_PTR(by_process, process, &all[i]);
	}
	for (size_t i = 0; i < count; i++) {
		HASH_FIND_PTR(by_process, &all[i].process->parent, parent);
		if (!parent)
			continue;
		if (parent->first == NOBODY)
			parent->first = i;
		else
			all[parent->last].next = i;
		parent->last = i;
	}
	HASH_CLEAR(hh, by_process);
}

static void sum_workers(struct snap_maker *maker)
{
	struct snapshot *out = maker->out;
	struct shares sum = {0};

	for (size_t i = 0; i < out->process_count; i++) {
		const struct snap_process *process = &out->processes[i];

		out->alive += process->alive;
		out->dead += !process->alive;
		out->workers += process->role == SNAP_WORKER;
		out->workers_alive += process->role == SNAP_WORKER && process->alive;
	}
	for (size_t i = 0; i < out->process_count; i++) {
		const struct snap_process *process = &out->processes[i];

		if (!process->shares_known || (out->workers && process->role != SNAP_WORKER))
			continue;
		out->shares_known = true;
		sum.life_ns += process->life_ns;
		for (unsigned share = 0; share < SHARE_COUNT; share++)
			sum.ns[share] += process->share_ns[share];
	}
	shares_round(&sum);
	memcpy(out->percent, sum.percent, sizeof(out->percent));
}

void snap_make_processes(struct snap_maker *maker)
{
	size_t count = model_process_count(maker->model), i = 0, at = 0;
	struct family *all = mem_zalloc(count + 1, sizeof(*all));

	for (const struct process *p = model_processes(maker->model); p && i < count; p = process_next(p))
		all[i++].process = p;
	count = maker->out->process_count = i;
	maker->out->processes = snap_alloc(maker->memory, count + 1, sizeof(*maker->out->processes));
	model_worker_count(maker->model); /* fixes the roles */
	link_families(all, count);
	for (i = 0; i < count; i++)
		if (!all[i].process->parent)
			at = put_family(maker, all, i, 0, at);
	maker->out->process_count = at; /* parents in a circle: a damaged recording */
	free(all);
	sum_workers(maker);
}
