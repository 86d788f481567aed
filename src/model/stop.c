/* stop.c: what threads were in when the program was asked to stop. What they do then (tracebacks, joins at exit) hides
 * what they waited for, so only stays that began before are kept. */
#include "model/internal.h"
#include "wire/calls.h"

/* The program may have got the signal so much earlier than mpwatch did, or than its death was seen. */
#define EARLIER_NS 50000000u

/* A program that goes on for so long did not end for that. */
#define GOES_ON_NS 10000000000u

void stop_noted(struct model *model, int32_t sig, uint64_t ts_ns)
{
	if (model->asked_ns && ts_ns - model->asked_ns < GOES_ON_NS)
		return;
	model->asked_ns = ts_ns;
	model->asked_sig = sig;
}

void apply_asked(struct model *model, struct process *process, const struct event *event)
{
	(void)process;
	stop_noted(model, event->u.asked.sig, event->ts_ns);
}

static uint64_t before(uint64_t ts_ns)
{
	return ts_ns > EARLIER_NS ? ts_ns - EARLIER_NS : 0;
}

static const struct channel *channel_at(struct model *model, const struct thread *thread, const struct stay *stay)
{
	enum call_class class = wait_class_of(stay->call, stay->fd);
	const struct channel_end *end;

	if (class != CLASS_INPUT && class != CLASS_OUTPUT)
		return NULL;
	end = channel_end_at(model, thread->process, stay->fd, class == CLASS_OUTPUT);
	return end ? end->channel : NULL;
}

void stay_noted(struct model *model, struct thread *thread, const struct stay *stay)
{
	if (model->asked_ns && stay->since_ns > before(model->asked_ns) &&
		stay->since_ns < model->asked_ns + GOES_ON_NS)
		return;
	if (stay->since_ns < thread->stay.since_ns)
		return;
	thread->stay = *stay;
	thread->stay.channel = channel_at(model, thread, stay);
}

uint64_t model_stop_ns(const struct model *model, int32_t *sig)
{
	const struct process *root = model_root(model);
	uint64_t end = root ? process_end_ns(model, root) : model_now_ns(model);

	*sig = model->asked_sig;
	if (model->asked_ns && (end < model->asked_ns || end - model->asked_ns < GOES_ON_NS))
		return model->asked_ns;
	*sig = 0;
	return model->run.ended || (root && root->dead) ? 0 : model_now_ns(model);
}

const struct stay *thread_stay(const struct model *model, const struct thread *thread)
{
	const struct process *process = thread->process;
	const struct stay *stay = &thread->stay;
	int32_t sig;
	uint64_t stop = model_stop_ns(model, &sig), at = before(stop);

	if (!stop || !stay->call || stay->since_ns > at)
		return NULL;
	if (stay->until_ns ? stay->until_ns < at : process->dead && process->dead_ns < at)
		return NULL;
	return stay;
}

void run_noted(const struct model *model, struct thread *thread)
{
	if (!model->asked_ns || thread->run.ts_ns <= before(model->asked_ns) ||
		thread->run.ts_ns >= model->asked_ns + GOES_ON_NS)
		thread->run_before = thread->run;
}

uint32_t thread_ran_at(const struct model *model, const struct thread *thread)
{
	const struct process *process = thread->process;
	uint64_t ran = thread->run_before.ts_ns, stop, at;
	int32_t sig;

	stop = model_stop_ns(model, &sig);
	at = before(stop);
	if (!stop || !ran || at - ran > RUN_FRESH_NS || thread_stay(model, thread) ||
		(process->dead && process->dead_ns < at) || (thread->left_ns > ran && thread->left_ns <= at))
		return 0;
	return thread->run_before.stack;
}
