/* run.c: where Python threads were seen running: samples, by the innermost line of the program's own code. */
#include "model/internal.h"

#include "base/mem.h"

#define PLACES_MAX 64u

static struct run_place *place_of(struct process *process, const struct frame *frame)
{
	struct run_place **at = &process->run_places;
	unsigned count = 0;

	for (; *at; at = &(*at)->next, count++)
		if ((*at)->frame.file == frame->file && (*at)->frame.line == frame->line &&
			(*at)->frame.function == frame->function)
			return *at;
	if (count >= PLACES_MAX)
		return NULL;
	*at = mem_zalloc(1, sizeof(**at));
	(*at)->frame = *frame;
	return *at;
}

void apply_pyrun(struct model *model, struct process *process, const struct event *event)
{
	struct thread *thread = thread_of(model, process, event->tid, event->ts_ns);
	struct run_place *place;
	struct frame frame;

	thread->run = (struct run_seen){event->stack, event->ts_ns};
	run_noted(model, thread);
	process->run_samples += event->u.pyrun.samples;
	if (model_user_frame(model, event->stack, &frame) < 0 && !model_frame(model, event->stack, 0, &frame))
		return;
	place = place_of(process, &frame);
	if (place)
		place->samples += event->u.pyrun.samples;
}

void run_places_free(struct process *process)
{
	while (process->run_places) {
		struct run_place *next = process->run_places->next;

		mem_free(process->run_places);
		process->run_places = next;
	}
}

uint32_t thread_runs_at(const struct model *model, const struct thread *thread)
{
	uint64_t now = model_now_ns(model);

	if (!thread->run.ts_ns || thread->state.call || thread->ended || thread->process->dead ||
		now - thread->run.ts_ns > RUN_FRESH_NS || thread->left_ns > thread->run.ts_ns)
		return 0;
	return thread->run.stack;
}
