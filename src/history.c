/* history.c: what each process was doing over time, as spans between the totals of its main thread. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PART_WHOLE 60000u
#define PART_SLACK 600u /* parts that differ by less are the same: a busy worker's hour is a few spans */

/* Ends where the next begins; begins where the one before ended. */
struct span {
	uint64_t end_ns;
	uint16_t part[SHARE_COUNT]; /* of PART_WHOLE; all 0: not known */
};

struct track {
	uint32_t process;
	uint64_t begin_ns;
	struct span *spans;
	size_t count, room;
	struct span tail; /* behind the last total, made by history_finish; end_ns 0: none */
	uint64_t base_ns,
		latest_ns; /* the latest two totals and their times; the span between them is not stored yet */
	uint64_t base[SHARE_COUNT], latest[SHARE_COUNT];
	bool known; /* there was a total */
	UT_hash_handle hh;
};

struct history {
	struct track *tracks;
};

struct history *history_new(void)
{
	return mem_zalloc(1, sizeof(struct history));
}

void history_free(struct history *history)
{
	struct track *track, *next;

	if (!history)
		return;
	HASH_ITER(hh, history->tracks, track, next)
	{
		HASH_DEL(history->tracks, track);
		free(track->spans);
		free(track);
	}
	free(history);
}

static struct track *track_of(struct history *history, const struct process *process)
{
	struct track *track;

	HASH_FIND(hh, history->tracks, &process->number, sizeof(process->number), track);
	if (track)
		return track;
	track = mem_zalloc(1, sizeof(*track));
	track->process = process->number;
	track->begin_ns = track->base_ns = track->latest_ns = process->born_ns;
	HASH_ADD(hh, history->tracks, process, sizeof(track->process), track);
	return track;
}

static void span_make(
	struct span *span, uint64_t end_ns, const uint64_t before[SHARE_COUNT], const uint64_t after[SHARE_COUNT])
{
	uint64_t delta[SHARE_COUNT], sum = 0;

	memset(span, 0, sizeof(*span));
	span->end_ns = end_ns;
	for (unsigned i = 0; i < SHARE_COUNT; i++) {
		delta[i] = after[i] > before[i] ? after[i] - before[i] : 0;
		sum += delta[i];
	}
	for (unsigned i = 0; i < SHARE_COUNT && sum; i++)
		span->part[i] = (uint16_t)((unsigned __int128)delta[i] * PART_WHOLE / sum);
}

static bool span_alike(const struct span *a, const struct span *b)
{
	for (unsigned i = 0; i < SHARE_COUNT; i++)
		if (abs((int)a->part[i] - (int)b->part[i]) > (int)PART_SLACK)
			return false;
	return true;
}

static void track_store(struct track *track, const struct span *span)
{
	if (track->count && span_alike(&track->spans[track->count - 1], span)) {
		track->spans[track->count - 1].end_ns = span->end_ns;
		return;
	}
	if (track->count == track->room) {
		track->room = track->room ? 2 * track->room : 8;
		track->spans = mem_resize(track->spans, track->room * sizeof(*track->spans));
	}
	track->spans[track->count++] = *span;
}

/* New totals: those of an earlier moment close the span before; of the same moment they replace. */
static void track_point(struct track *track, uint64_t ts_ns, const uint64_t total[SHARE_COUNT])
{
	struct span span;

	if (ts_ns < track->latest_ns || ts_ns <= track->begin_ns)
		return;
	if (ts_ns > track->latest_ns && track->latest_ns > track->base_ns) {
		span_make(&span, track->latest_ns, track->base, track->latest);
		track_store(track, &span);
		track->base_ns = track->latest_ns;
		memcpy(track->base, track->latest, sizeof(track->base));
	}
	track->latest_ns = ts_ns;
	memcpy(track->latest, total, sizeof(track->latest));
	track->known = true;
	track->tail.end_ns = 0;
}

void history_apply(struct history *history, struct model *model, const struct event *event)
{
	const struct process *process = event->proc ? model_process(model, event->proc) : NULL;
	const struct thread *thread;
	struct shares shares;
	uint64_t end;

	if (!process)
		return;
	if (event->type == EV_PROC || event->type == EV_START)
		track_of(history, process);
	if (event->type != EV_THREAD_STAT && event->type != EV_THREAD_STATE && event->type != EV_PROC_EXIT &&
		event->type != EV_LOCK_TOTAL)
		return;
	thread = process_main_thread(process);
	if (!thread || !thread->stat_ns)
		return;
	/* A state without new totals moves nothing: what it adds is known when the call ends, or at the end. */
	if (event->type == EV_LOCK_TOTAL && thread->stat_ns != event->ts_ns)
		return;
	if (event->type == EV_THREAD_STATE && (event->tid != thread->tid || thread->stat_ns != event->ts_ns))
		return;
	if (event->type == EV_THREAD_STAT && event->tid != thread->tid)
		return;
	end = process_end_ns(model, process);
	process_shares(model, process, &shares);
	track_point(track_of(history, process), event->ts_ns < end ? event->ts_ns : end, shares.ns);
}

/* Behind the last totals only a call that is still in progress tells something. */
static void track_finish(struct track *track, struct model *model, const struct process *process)
{
	const struct thread *thread = process_main_thread(process);
	struct shares shares;
	uint64_t now = process_end_ns(model, process);

	track->tail.end_ns = 0;
	if (!thread || process->dead || !thread->state.call || thread->state_ns < thread->stat_ns)
		return;
	process_shares(model, process, &shares);
	if (now > track->latest_ns)
		span_make(&track->tail, now, track->latest, shares.ns);
}

void history_finish(struct history *history, struct model *model)
{
	struct track *track, *next;

	HASH_ITER(hh, history->tracks, track, next)
	{
		const struct process *process = model_process(model, track->process);

		if (process)
			track_finish(track, model, process);
	}
}

/* --- questions
 * -------------------------------------------------------------------------------------------------------------------
 */

static void mix_add(struct shares *out, const struct span *span, uint64_t begin_ns, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t from = begin_ns > from_ns ? begin_ns : from_ns, to = span->end_ns < to_ns ? span->end_ns : to_ns;
	uint64_t known = 0;

	if (from >= to)
		return;
	for (unsigned i = 0; i < SHARE_COUNT; i++) {
		/* Short of three days plain numbers do: a timeline asks for millions of spans. */
		out->ns[i] += to - from < (uint64_t)1 << 48
				      ? (to - from) * span->part[i] / PART_WHOLE
				      : (uint64_t)((unsigned __int128)(to - from) * span->part[i] / PART_WHOLE);
		known += span->part[i];
	}
	if (known)
		out->life_ns += to - from;
}

/* First span that ends behind `ts_ns`. */
static size_t span_at(const struct track *track, uint64_t ts_ns)
{
	size_t low = 0, high = track->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (track->spans[middle].end_ns <= ts_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* `first`: no span before it reaches behind from_ns. */
static void mix_spans(const struct track *track, size_t first, uint64_t from_ns, uint64_t to_ns, struct shares *out)
{
	for (size_t at = first; at < track->count; at++) {
		uint64_t begin = at ? track->spans[at - 1].end_ns : track->begin_ns;

		if (begin >= to_ns)
			return;
		mix_add(out, &track->spans[at], begin, from_ns, to_ns);
	}
}

void history_columns(const struct history *history, uint32_t process, uint64_t from_ns, uint64_t step_ns, size_t count,
	struct shares *out)
{
	struct track *track;
	struct span pending = {0};
	size_t at;

	memset(out, 0, count * sizeof(*out));
	HASH_FIND(hh, history->tracks, &process, sizeof(process), track);
	if (!track)
		return;
	if (track->latest_ns > track->base_ns)
		span_make(&pending, track->latest_ns, track->base, track->latest);
	at = span_at(track, from_ns);
	for (size_t i = 0; i < count; i++) {
		uint64_t from = from_ns + i * step_ns, to = from + step_ns;

		while (at < track->count && track->spans[at].end_ns <= from)
			at++;
		mix_spans(track, at, from, to, &out[i]);
		if (pending.end_ns)
			mix_add(&out[i], &pending, track->base_ns, from, to);
		if (track->tail.end_ns)
			mix_add(&out[i], &track->tail, track->latest_ns, from, to);
	}
}

void history_mix(const struct history *history, uint32_t process, uint64_t from_ns, uint64_t to_ns, struct shares *out)
{
	history_columns(history, process, from_ns, to_ns > from_ns ? to_ns - from_ns : 0, 1, out);
}
