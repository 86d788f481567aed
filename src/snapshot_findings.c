/* snapshot_findings.c: what the detectors say, copied: nothing in the picture belongs to the model. */
#include "snapshot_make.h"

/* The place in its source, as it was when the program ran. */
static void make_quote(struct snap_maker *maker, const struct finding *from, struct snap_finding *out)
{
	struct source_line source;

	out->quote = (struct finding_quote){.line = from->line};
	if (!from->file || !from->line || !model_source(maker->model, from->file, from->line, &source))
		return;
	out->source_changed = source.state == 1;
	if (source.state)
		return;
	out->quote.source = snap_copy(maker->memory, source.text);
	out->quote.mark = snap_copy(maker->memory, from->mark);
	out->quote.note = snap_copy(maker->memory, from->mark_note);
	if (from->line > 1 && model_source(maker->model, from->file, from->line - 1, &source) && !source.state)
		out->quote.above = snap_copy(maker->memory, source.text);
}

static void make_finding(struct snap_maker *maker, const struct finding *from, struct snap_finding *out)
{
	struct snap_memory *memory = maker->memory;
	const char **seen = snap_alloc(memory, from->seen_count, sizeof(*seen));

	for (unsigned i = 0; i < from->seen_count; i++)
		seen[i] = snap_copy(memory, from->seen[i]);
	*out = (struct snap_finding){.level = (enum snap_level)from->level,
		.level_name = finding_level_name(from->level),
		.code = snap_text(memory, "MPW-%s", from->kind->code),
		.title = snap_copy(memory, from->title),
		.who = from->who_count > 8   ? snap_text(memory, "%s, ...", from->who)
		       : from->who_count > 1 ? snap_copy(memory, from->who)
					     : NULL,
		.why = snap_copy(memory, from->why),
		.fix = snap_copy(memory, from->fix),
		.sure = from->sure,
		.explain = from->kind->explain,
		.seen = seen,
		.seen_count = from->seen_count,
		.count = from->count,
		.ts_ns = from->ts_ns,
		.file = snap_copy(memory, from->file),
		.function = snap_copy(memory, from->function),
		.module = snap_copy(memory, from->module),
		.line = from->line};
	make_quote(maker, from, out);
}

void snap_make_findings(struct snap_maker *maker)
{
	struct snapshot *out = maker->out;

	out->findings = snap_alloc(maker->memory, maker->findings.count, sizeof(*out->findings));
	for (size_t i = 0; i < maker->findings.count; i++) {
		make_finding(maker, maker->findings.list[i], &out->findings[out->finding_count++]);
		out->level_count[maker->findings.list[i]->level]++;
	}
}
