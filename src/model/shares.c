/* shares.c: where the time of a worker place went.
 *
 * A place is the main thread of a process, from birth to death. Its time is, from exact totals:
 *   starting  from birth until the first code of its first own image reported
 *   copying   calls that moved data and did not block; in Python, making messages of objects and back
 *   input     blocked in read, recv, poll and the like;  output: in write, send;  lock: in semaphores and shared
 * mutexes; the locks that queues have for themselves are input and output, too running   on a CPU (kernel's figure)
 * without copying; for a process of one thread also the time it was ready but had no CPU other     the rest: sleep,
 * wait for a child, disk, page faults A call still in progress at the end counts with the time since it began. When
 * rounding or clocks make the parts longer than the life, all parts shrink alike: no share is ever negative and they
 * always add up. */
#include "model/internal.h"

#include <string.h>

#include "wire/calls.h"

/* clang-format off */
static const enum share share_of_class[CLASS_COUNT] = {
	[CLASS_NONE] = SHARE_OTHER, [CLASS_INPUT] = SHARE_INPUT, [CLASS_OUTPUT] = SHARE_OUTPUT, [CLASS_LOCK] = SHARE_LOCK,
	[CLASS_SLEEP] = SHARE_OTHER, [CLASS_WAIT] = SHARE_OTHER, [CLASS_POLL] = SHARE_INPUT, [CLASS_OTHER] = SHARE_OTHER,
};
/* clang-format on */

enum share thread_share(const struct model *model, const struct thread *thread)
{
	enum call_class class = wait_class_of(thread->state.call, thread->state.fd);
	const struct lock *lock =
		class == CLASS_LOCK ? model_lock_at(model, thread->process, thread->state.object) : NULL;
	enum lock_role role = lock ? lock_role(model, lock) : LOCK_ROLE_OWN;

	if (role != LOCK_ROLE_OWN)
		return role == LOCK_ROLE_INPUT ? SHARE_INPUT : SHARE_OUTPUT;
	return share_of_class[class];
}

/* Adds a call that has begun and not ended, when the latest word about the thread says so. */
static void add_open_call(const struct model *model, struct shares *out, const struct thread *thread, uint64_t end_ns)
{
	uint64_t since = thread->state.since_ns;

	if (thread->state.call && thread->state_ns >= thread->stat_ns && since && since < end_ns)
		out->ns[thread_share(model, thread)] += end_ns - since;
}

/* Waiting for the lock of a queue is waiting for the queue; it was counted as lock. The main thread of a program is not
 * who waits there: those are threads of its pools. */
static void move_queue_waits(const struct model *model, const struct process *process, struct shares *out)
{
	uint64_t in = process->queue_in_ns, room;

	if (process == model_root(model))
		return;
	in = in < out->ns[SHARE_LOCK] ? in : out->ns[SHARE_LOCK];
	out->ns[SHARE_LOCK] -= in;
	out->ns[SHARE_INPUT] += in;
	room = process->queue_out_ns < out->ns[SHARE_LOCK] ? process->queue_out_ns : out->ns[SHARE_LOCK];
	out->ns[SHARE_LOCK] -= room;
	out->ns[SHARE_OUTPUT] += room;
}

static void add_totals(struct shares *out, const struct ev_thread_stat *stat)
{
	out->ns[SHARE_COPY] = stat->move_ns;
	out->ns[SHARE_INPUT] = stat->input_ns + stat->poll_ns;
	out->ns[SHARE_OUTPUT] = stat->output_ns;
	out->ns[SHARE_LOCK] = stat->lock_ns;
	out->ns[SHARE_OTHER] = stat->sleep_ns + stat->wait_ns + stat->other_ns;
	out->ns[SHARE_RUN] = stat->run_ns > stat->move_ns ? stat->run_ns - stat->move_ns : 0;
}

/* Making messages of objects and back is copying, too; it was counted as running. */
static void add_pickling(struct shares *out, uint64_t copy_ns)
{
	uint64_t moved = copy_ns < out->ns[SHARE_RUN] ? copy_ns : out->ns[SHARE_RUN];

	out->ns[SHARE_RUN] -= moved;
	out->ns[SHARE_COPY] += moved;
}

static uint64_t parts_sum(const struct shares *shares)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < SHARE_COUNT; i++)
		sum += shares->ns[i];
	return sum;
}

/* Makes the parts add up to the life: the missing is `other`, an excess shrinks all. */
static void fit_parts(struct shares *shares)
{
	uint64_t sum = parts_sum(shares);

	if (sum > shares->life_ns) {
		for (unsigned i = 0; i < SHARE_COUNT; i++)
			shares->ns[i] = (uint64_t)((unsigned __int128)shares->ns[i] * shares->life_ns / sum);
		sum = parts_sum(shares);
	}
	shares->ns[SHARE_OTHER] += shares->life_ns - sum;
}

/* Whole percents that add up to 100: what rounding down leaves over goes to the largest remainders. */
void shares_round(struct shares *shares)
{
	uint64_t rest[SHARE_COUNT];
	unsigned left = 100;

	memset(shares->percent, 0, sizeof(shares->percent));
	if (shares->life_ns == 0)
		return;
	for (unsigned i = 0; i < SHARE_COUNT; i++) {
		unsigned __int128 scaled = (unsigned __int128)shares->ns[i] * 100;

		shares->percent[i] = (unsigned)(scaled / shares->life_ns);
		rest[i] = (uint64_t)(scaled % shares->life_ns);
		left -= shares->percent[i];
	}
	while (left--) {
		unsigned best = 0;

		for (unsigned i = 1; i < SHARE_COUNT; i++)
			if (rest[i] > rest[best])
				best = i;
		shares->percent[best]++;
		rest[best] = 0;
	}
}

void shares_add(struct shares *sum, const struct shares *more)
{
	for (unsigned i = 0; i < SHARE_COUNT; i++)
		sum->ns[i] += more->ns[i];
	sum->life_ns += more->life_ns;
}

static uint64_t starting_ns(const struct process *process, uint64_t end_ns)
{
	uint64_t from = process->born_ns, to = process->started_ns;

	return to > from && to <= end_ns ? to - from : 0;
}

static void clamp_times(struct ev_thread_stat *stat, uint64_t limit)
{
	uint64_t *times[] = {&stat->run_ns, &stat->move_ns, &stat->input_ns, &stat->output_ns, &stat->lock_ns,
		&stat->sleep_ns, &stat->wait_ns, &stat->poll_ns, &stat->other_ns};

	/* No thread can do one thing longer than it lived; a damaged recording may say so. */
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (*times[i] > limit)
			*times[i] = limit;
}

void process_shares(struct model *model, const struct process *process, struct shares *out)
{
	const struct thread *thread = process_main_thread(process);
	uint64_t end = process_end_ns(model, process), sum;

	memset(out, 0, sizeof(*out));
	out->life_ns = end - process->born_ns;
	if (thread) {
		struct ev_thread_stat stat = thread->stat;

		clamp_times(&stat, out->life_ns);
		add_totals(out, &stat);
		add_pickling(out, process->copy_ns);
		move_queue_waits(model, process, out);
		add_open_call(model, out, thread, end);
	}
	out->ns[SHARE_START] = starting_ns(process, end);
	sum = parts_sum(out);
	if (thread && sum < out->life_ns && process->threads_peak <= 1 && !thread->next) {
		uint64_t room = out->life_ns - sum;

		out->ns[SHARE_RUN] += process->delay_ns < room ? process->delay_ns : room;
	}
	fit_parts(out);
	shares_round(out);
}
