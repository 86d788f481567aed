/* snapshot_findings.c: what the detectors say, copied: nothing in the picture belongs to the model. */
#include "snapshot_make.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Screens wrap by themselves: lines of a finding's text become one. */
static const char *flat(struct snap_memory *memory, const char *text)
{
	char *one = text ? mem_copy_text(text) : NULL;
	const char *copy;

	for (char *at = one ? strchr(one, '\n') : NULL; at; at = strchr(at, '\n'))
		*at = ' ';
	copy = snap_copy(memory, one);
	free(one);
	return copy;
}

static void make_finding(struct snap_maker *maker, const struct finding *from, struct snap_finding *out)
{
	struct snap_memory *memory = maker->memory;
	const char **seen = snap_alloc(memory, from->seen_count, sizeof(*seen));
	struct source_line source;

	for (unsigned i = 0; i < from->seen_count; i++)
		seen[i] = flat(memory, from->seen[i]);
	*out = (struct snap_finding){.level = (enum snap_level)from->level,
		.level_name = finding_level_name(from->level),
		.code = snap_text(memory, "MPW-%s", from->kind->code),
		.title = snap_copy(memory, from->title),
		.who = snap_copy(memory, from->who),
		.why = flat(memory, from->why),
		.fix = flat(memory, from->fix),
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
	if (from->file && from->line && model_source(maker->model, from->file, from->line, &source)) {
		out->source_changed = source.state == 1;
		if (!source.state && source.text)
			out->source = snap_copy(memory, source.text + strspn(source.text, " \t"));
	}
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
