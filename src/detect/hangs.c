/* hangs.c: D005, nothing has moved for as long as the user would wait, and no cause is proved. */
#include "detect/detector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/calls.h"

/* A finding that was there before explains why nothing moves: one cause, one finding. */
static bool is_explained(const struct findings *all, uint64_t ts_ns)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i]->ts_ns <= ts_ns &&
			(all->list[i]->level == LEVEL_ERROR || all->list[i]->kind->code[0] == 'D'))
			return true;
	return false;
}

static bool is_same(const struct hang_wait *a, const struct hang_wait *b)
{
	return a->state.call == b->state.call && a->stack == b->stack && a->process->role == b->process->role &&
	       (a->stack || a->state.object == b->state.object) && a->lock == b->lock;
}

/* "waits for db_lock (multiprocessing.Lock made at app.py:2), taken by w1, which had ended," */
static void put_wait(struct detection *detection, const struct hang_wait *wait, struct str *text)
{
	if (!wait->lock) {
		str_printf(text, "%s %s()", wait_words(wait->state.call, wait->state.fd), call_name(wait->state.call));
		return;
	}
	str_puts(text, "waits for ");
	lock_put_wait(detection->model, wait->lock, !detection->redact, text);
	if (!wait->holder)
		return;
	str_puts(text, wait->holder_ended ? ", taken by " : ", held by ");
	put_process(detection, text, wait->holder);
	str_puts(text, wait->holder_ended ? ", which had ended," : ",");
}

/* "w1, w2: waits for a lock in sem_wait() for 61 s, in queue.py:103 get() <- work.py:9 work()", one line for all that
 * do the same at the same place. */
static void seen_waits(struct detection *detection, struct finding *finding, const struct hang_facts *hang)
{
	for (size_t i = 0; i < hang->wait_count; i++) {
		const struct hang_wait *wait = &hang->waits[i];
		const struct process **same = NULL;
		struct str text = {0};
		size_t count = 0;
		bool first = true;
		char *names, time[FORMAT_SIZE];

		for (size_t k = 0; k < hang->wait_count; k++) {
			if (!is_same(wait, &hang->waits[k]))
				continue;
			first = first && k >= i;
			same = mem_resize(same, (count + 1) * sizeof(*same));
			same[count++] = hang->waits[k].process;
		}
		names = process_names(detection->model, same, count);
		str_printf(&text, "%s: ", names);
		if (wait->state.call == 0)
			str_puts(&text, "what it waits for is not known");
		else
			put_wait(detection, wait, &text);
		if (wait->state.call && wait->state.since_ns && wait->state.since_ns < hang->ts_ns)
			str_printf(&text, " for %s", format_seconds(hang->ts_ns - wait->state.since_ns, time));
		if (wait->stack) {
			str_puts(&text, ", in ");
			put_stack(detection, &text, wait->stack, 4);
		}
		free(names);
		free(same);
		if (!first) {
			str_fini(&text);
			continue;
		}
		finding_seen(finding, str_take(&text));
		finding_place(detection, finding, wait->stack);
	}
}

void detect_hangs(struct detection *detection)
{
	const struct hang_facts *hang = model_hang(detection->model);
	struct finding *finding;
	char time[FORMAT_SIZE], clock[FORMAT_SIZE];
	bool is_new;

	if (!hang || is_explained(detection->findings, hang->ts_ns))
		return;
	finding = finding_add(detection, FINDING_D005, str_make("hang"), hang->since_ns, &is_new);
	format_seconds(hang->ts_ns - hang->since_ns, time);
	finding->title = str_make("nothing moved for %s", time);
	finding->verdict =
		str_make("Nothing has moved since %s; why is not proved.", format_clock(hang->since_ns, clock));
	finding->sure = "likely";
	seen_waits(detection, finding, hang);
	if (hang->stopped_ns)
		finding_seen(finding, str_make("the program was ended for it (--on-hang=stop)"));
	finding->why =
		str_make("no byte went through a descriptor, no lock was taken, no process was born or ended, and "
			 "no CPU was used worth the name: everybody waits for somebody else, or for something "
			 "outside.");
	finding->fix =
		str_make("follow the waits above from main on: the one that waits for nobody of them is where to "
			 "look. A program that waits for the world outside needs a longer --hang-after.");
}
