/* wait.c: calls that have begun and not ended, as time blocked at a channel or lock.
 *
 * Totals count a call when it ends. What a thread is in (THREAD_STATE) adds the time since it began, so that a writer
 * that is blocked for ever shows. When the call ends, its time stays here until the totals that contain it are told;
 * when its process ends in it, no totals ever will, and the time goes to the account for good. */
#include "model/internal.h"

#include <string.h>

#include "wire/calls.h"

static uint64_t open_waits_ns(const struct open_waits *waits, uint64_t now_ns)
{
	uint64_t running = waits->count * now_ns;

	return waits->ended_ns + (running > waits->since_sum_ns ? running - waits->since_sum_ns : 0);
}

struct account {
	struct open_waits *open;
	uint64_t *blocked_ns;
};

/* A channel is accounted for twice: the end's own and the whole. Returns how many accounts there are. */
static unsigned accounts_of(const struct thread_wait *wait, struct account out[2])
{
	struct channel_end *ends[2] = {wait->end, wait->end ? &wait->end->channel->total : NULL};

	if (wait->lock) {
		out[0] = (struct account){&wait->lock->open, &wait->lock->waited_ns};
		return 1;
	}
	for (unsigned i = 0; i < 2 && wait->end; i++)
		out[i] = wait->is_output ? (struct account){&ends[i]->open_out, &ends[i]->blocked_out_ns}
					 : (struct account){&ends[i]->open_in, &ends[i]->blocked_in_ns};
	return wait->end ? 2 : 0;
}

void wait_begin(struct model *model, struct thread *thread)
{
	const struct ev_thread_state *state = &thread->state;
	enum call_class class = wait_class_of(state->call, state->fd);
	struct thread_wait *wait = &thread->wait;
	struct account accounts[2];
	unsigned count;

	wait_drop(thread);
	if (state->call == 0 || state->since_ns == 0 || thread->process->dead)
		return;
	if (class == CLASS_LOCK)
		wait->lock = lock_waited_for(model, thread->process, state->object);
	else if (class == CLASS_INPUT || class == CLASS_OUTPUT)
		wait->end = channel_end_at(model, thread->process, state->fd, class == CLASS_OUTPUT);
	wait->is_output = class == CLASS_OUTPUT;
	wait->since_ns = state->since_ns < thread->state_ns ? state->since_ns : thread->state_ns;
	wait->is_open = true;
	count = accounts_of(wait, accounts);
	for (unsigned i = 0; i < count; i++) {
		accounts[i].open->count++;
		accounts[i].open->since_sum_ns += wait->since_ns;
	}
}

void wait_ended(struct thread *thread, uint64_t end_ns)
{
	struct thread_wait *wait = &thread->wait;
	struct account accounts[2];
	unsigned count = accounts_of(wait, accounts);

	if (!wait->is_open)
		return;
	wait->is_open = false;
	wait->took_ns = end_ns > wait->since_ns ? end_ns - wait->since_ns : 0;
	for (unsigned i = 0; i < count; i++) {
		accounts[i].open->count--;
		accounts[i].open->since_sum_ns -= wait->since_ns;
		accounts[i].open->ended_ns += wait->took_ns;
	}
}

void wait_drop(struct thread *thread)
{
	struct thread_wait *wait = &thread->wait;
	struct account accounts[2];
	unsigned count;

	wait_ended(thread, wait->since_ns);
	count = accounts_of(wait, accounts);
	for (unsigned i = 0; i < count; i++)
		accounts[i].open->ended_ns -= wait->took_ns;
	memset(wait, 0, sizeof(*wait));
}

/* Only what is still open: what has ended is in totals that were told before. */
static void wait_keep(struct thread *thread, uint64_t end_ns)
{
	struct thread_wait *wait = &thread->wait;
	struct account accounts[2];
	unsigned count = wait->is_open ? accounts_of(wait, accounts) : 0;

	wait_ended(thread, end_ns);
	for (unsigned i = 0; i < count; i++)
		*accounts[i].blocked_ns += wait->took_ns;
	if (count && wait->lock) {
		wait->lock->waits++;
		if (wait->took_ns > wait->lock->longest_ns)
			wait->lock->longest_ns = wait->took_ns;
	}
	wait_drop(thread);
}

void waits_die(struct process *process, uint64_t end_ns)
{
	for (struct thread *thread = process->thread_list; thread; thread = thread->next)
		wait_keep(thread, end_ns);
}

struct channel_end channel_end_now(const struct model *model, const struct channel_end *end)
{
	struct channel_end out = *end;
	uint64_t now = model_now_ns(model);

	out.blocked_in_ns += open_waits_ns(&end->open_in, now);
	out.blocked_out_ns += open_waits_ns(&end->open_out, now);
	return out;
}

uint64_t lock_waited_now(const struct model *model, const struct lock *lock)
{
	return lock->waited_ns + open_waits_ns(&lock->open, model_now_ns(model));
}

uint64_t lock_longest_now(const struct model *model, const struct lock *lock)
{
	uint64_t now = model_now_ns(model), longest = lock->longest_ns, all = lock_waited_now(model, lock);

	for (const struct process *p = lock->open.count ? model_processes(model) : NULL; p; p = process_next(p))
		for (const struct thread *thread = p->thread_list; thread; thread = thread->next)
			if (thread->wait.is_open && thread->wait.lock == lock && now > thread->wait.since_ns &&
				now - thread->wait.since_ns > longest)
				longest = now - thread->wait.since_ns;
	return longest < all ? longest : all; /* time that the program was stopped is in no sum */
}
