/* thread.c: threads and their totals. */
#include "model/internal.h"

#include <stdlib.h>

#include "base/mem.h"

/* Shorter ones are no hang. */
#define LONG_STAY_NS 100000000u

struct thread *thread_of(struct model *model, struct process *process, uint32_t tid, uint64_t ts_ns)
{
	uint64_t key = (uint64_t)process->number << 32 | tid;
	struct thread *thread;

	HASH_FIND(hh, model->threads, &key, sizeof(key), thread);
	if (!thread) {
		thread = mem_zalloc(1, sizeof(*thread));
		thread->key = key;
		thread->process = process;
		thread->tid = tid;
		thread->first_ns = ts_ns;
		thread->next = process->thread_list;
		process->thread_list = thread;
		HASH_ADD(hh, model->threads, key, sizeof(thread->key), thread);
	}
	thread->last_ns = ts_ns;
	return thread;
}

void apply_thread(struct model *model, struct process *process, const struct event *event)
{
	uint32_t tid = event->u.thread.tid > 0 ? (uint32_t)event->u.thread.tid : event->tid;

	thread_of(model, process, tid, event->ts_ns)->ended = event->u.thread.begin == 0;
}

/* It is no longer in the call that was told last; how long that took is told later. */
static void note_gone_on(const struct model *model, struct thread *thread, uint64_t ts_ns)
{
	const struct ev_thread_state *state = &thread->state;

	if (!state->call || !state->since_ns || ts_ns < state->since_ns + LONG_STAY_NS)
		return;
	thread->left_ns = ts_ns;
	thread->brief_ns = 0;
	thread->left_share = thread_share(model, thread);
}

void apply_thread_stat(struct model *model, struct process *process, const struct event *event)
{
	struct thread *thread = thread_of(model, process, event->tid, event->ts_ns);

	/* One call more: that in which the thread was has ended. */
	if (!thread->wait.is_open || thread->stat.calls != event->u.thread_stat.calls)
		wait_drop(thread);
	if (thread->stat.calls != event->u.thread_stat.calls && thread->state_ns >= thread->stat_ns)
		note_gone_on(model, thread, event->ts_ns);
	thread->stat = event->u.thread_stat;
	thread->stat_ns = event->ts_ns;
}

void apply_thread_state(struct model *model, struct process *process, const struct event *event)
{
	struct thread *thread = thread_of(model, process, event->tid, event->ts_ns);

	if (!event->u.thread_state.call)
		note_gone_on(model, thread, event->ts_ns);
	thread->state = event->u.thread_state;
	thread->state_ns = event->ts_ns;
	thread->state_stack = event->stack;
	wait_begin(model, thread);
	if (thread->state.call && thread->state.since_ns && event->ts_ns - thread->state.since_ns >= LONG_STAY_NS) {
		const struct ev_thread_state *state = &thread->state;
		struct stay stay = {state->call, event->stack, state->fd, state->object, state->since_ns, 0, NULL};

		stay_noted(model, thread, &stay);
	}
}

static void stay_ended(struct model *model, struct thread *thread, const struct event *event)
{
	const struct ev_block *block = &event->u.block;
	struct stay stay = {block->call, event->stack, block->fd, block->object,
		event->ts_ns > block->dur ? event->ts_ns - block->dur : 0, event->ts_ns, NULL};

	/* The state that told of it was more exact about its begin, or less: it is the same call. */
	if (thread->stay.call == block->call && !thread->stay.until_ns &&
		thread->stay.since_ns + 1000000 >= stay.since_ns) {
		thread->stay.until_ns = event->ts_ns;
		return;
	}
	if (block->dur >= LONG_STAY_NS)
		stay_noted(model, thread, &stay);
}

#define SITES_MAX 32u

static struct wait_site *site_of(struct process *process, uint32_t call, uint32_t stack)
{
	struct wait_site **at = &process->wait_sites;

	for (unsigned count = 0; *at; at = &(*at)->next, count++) {
		if (count >= SITES_MAX)
			call = stack = 0;
		if ((*at)->call == call && (*at)->stack == stack)
			return *at;
	}
	*at = mem_zalloc(1, sizeof(**at));
	(*at)->call = call;
	(*at)->stack = stack;
	return *at;
}

/* Of main threads only: helper threads wait most of the time, and it means nothing. */
static void note_site(struct process *process, const struct event *event)
{
	uint32_t main_tid = (uint32_t)(process->inner_pid ? process->inner_pid : process->pid);
	struct wait_site *site;

	if (event->tid != main_tid || !event->u.block.call)
		return;
	site = site_of(process, event->u.block.call, event->stack);
	if (!site->count++)
		site->fd = event->u.block.fd;
	site->ns += event->u.block.dur;
	site->longest_ns = event->u.block.dur > site->longest_ns ? event->u.block.dur : site->longest_ns;
}

void wait_sites_free(struct process *process)
{
	while (process->wait_sites) {
		struct wait_site *next = process->wait_sites->next;

		mem_free(process->wait_sites);
		process->wait_sites = next;
	}
}

/* What it does since the latest long wait is told by how little it has waited since. */
static void note_left(const struct model *model, struct thread *thread, const struct event *event)
{
	if (event->u.block.dur >= LONG_STAY_NS) {
		if (thread->left_ns < event->ts_ns - event->u.block.dur) /* else it is the one that was noted */
			thread->left_share =
				thread->state.call == event->u.block.call ? thread_share(model, thread) : SHARE_COUNT;
		thread->left_ns = event->ts_ns;
		thread->brief_ns = 0;
	} else {
		thread->brief_ns += event->u.block.dur;
	}
}

void apply_block(struct model *model, struct process *process, const struct event *event)
{
	struct thread *thread = thread_of(model, process, event->tid, event->ts_ns);

	note_left(model, thread, event);
	/* The call that a state told of is over. */
	if (thread->state.call == event->u.block.call && thread->state_ns <= event->ts_ns) {
		thread->state.call = 0;
		wait_ended(thread, event->ts_ns);
	}
	stay_ended(model, thread, event);
	note_site(process, event);
}

const struct thread *process_main_thread(const struct process *process)
{
	const struct thread *best = NULL;
	uint32_t main_tid = (uint32_t)(process->inner_pid ? process->inner_pid : process->pid);

	for (const struct thread *thread = process->thread_list; thread; thread = thread->next) {
		if (thread->tid == main_tid)
			return thread;
		best = thread; /* the list is newest first: the oldest wins */
	}
	return best;
}

void threads_free(struct model *model)
{
	struct thread *thread, *next;

	HASH_ITER(hh, model->threads, thread, next)
	{
		HASH_DEL(model->threads, thread);
		mem_free(thread);
	}
}
