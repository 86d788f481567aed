/* snapshot_runs.c: where the threads of a process were seen running. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "snapshot_make.h"

static int most_samples_first(const void *a, const void *b)
{
	const struct snap_run *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples > y->samples ? -1 : 1;
	return (x > y) - (x < y);
}

void snap_make_runs(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	size_t count = 0;

	for (const struct run_place *place = process->run_places; place; place = place->next)
		count++;
	out->run_samples = process->run_samples;
	if (!count)
		return;
	out->runs = snap_alloc(maker->memory, count, sizeof(*out->runs));
	for (const struct run_place *place = process->run_places; place; place = place->next) {
		struct snap_run *run = &out->runs[out->run_count++];
		const struct frame *frame = &place->frame;
		struct source_line source;

		run->where = snap_text(maker->memory, "%s:%u %s", text_last_part(frame->file), frame->line,
			frame->function ? frame->function : "");
		if (model_source(maker->model, frame->file, frame->line, &source) && !source.state && source.text)
			run->source = snap_copy(maker->memory, source.text + strspn(source.text, " \t"));
		run->samples = place->samples;
		run->percent = (unsigned)(((double)place->samples * 100) / (double)process->run_samples + 0.5);
	}
	qsort(out->runs, out->run_count, sizeof(*out->runs), most_samples_first);
}
