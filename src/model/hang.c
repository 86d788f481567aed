/* hang.c: the moment when nothing had moved for long (--hang-after): what every process was in then, since what comes
 * after it (signals, exceptions) is no evidence of it. */
#include "model/internal.h"

#include <string.h>

#include "base/mem.h"
#include "wire/calls.h"

static void hang_forget(struct hang_facts *hang)
{
	mem_free(hang->waits);
	memset(hang, 0, sizeof(*hang));
}

static void note_lock(struct model *model, struct hang_wait *wait)
{
	if (wait_class_of(wait->state.call, wait->state.fd) == CLASS_LOCK)
		wait->lock = model_lock_at(model, wait->process, wait->state.object);
	wait->holder = wait->lock ? wait->lock->holder : NULL;
	wait->holder_ended = wait->holder && wait->holder->dead;
}

static void hang_take(struct model *model, const struct event *event)
{
	struct hang_facts *hang = &model->hang;

	hang_forget(hang);
	hang->ts_ns = event->ts_ns;
	hang->since_ns = event->u.snapshot.since_ns;
	for (struct process *p = model->processes; p; p = p->hh.next) {
		const struct thread *thread = process_main_thread(p);

		if (p->dead)
			continue;
		hang->waits = mem_resize(hang->waits, (hang->wait_count + 1) * sizeof(*hang->waits));
		hang->waits[hang->wait_count++] = (struct hang_wait){.process = p};
		if (!thread || thread->ended || !thread->state.call || thread->state_ns < thread->stat_ns)
			continue;
		hang->waits[hang->wait_count - 1].state = thread->state;
		hang->waits[hang->wait_count - 1].stack = thread->state_stack;
		note_lock(model, &hang->waits[hang->wait_count - 1]);
	}
}

void apply_snapshot(struct model *model, struct process *process, const struct event *event)
{
	(void)process;
	switch (event->u.snapshot.cause) {
	case SNAPSHOT_HANG:
		hang_take(model, event);
		break;
	case SNAPSHOT_GOES_ON:
		hang_forget(&model->hang);
		break;
	case SNAPSHOT_STOP:
		model->hang.stopped_ns = event->ts_ns;
		break;
	default:
		break;
	}
}

const struct hang_facts *model_hang(const struct model *model)
{
	return model->hang.ts_ns ? &model->hang : NULL;
}

void hang_free(struct model *model)
{
	hang_forget(&model->hang);
}
