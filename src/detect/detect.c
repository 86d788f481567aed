/* detect.c: runs the detectors, folds equal findings, sorts them. Knows no rule. */
#include "detect/detector.h"

#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "explain_texts.h"

/* clang-format off */
#define LEVEL_OF(level) LEVEL_##level
#define FINDING(code_, slug_, level_, title_, sample_) \
	[FINDING_##code_] = {.code = #code_, .slug = slug_, .level = LEVEL_OF(level_), .title = title_, .sample = sample_, .explain = explain_##code_},
const struct finding_kind finding_kinds[FINDING_COUNT] = {
#include "detect/findings.def"
};
#undef FINDING

/* In this order: causes before what they explain, and what the findings lack at the end. */
static detector *const detectors[] = {detect_descriptors, detect_deaths, detect_starting, detect_sending, detect_receiving, detect_exceptions, detect_semaphores, detect_pools, detect_hangs, detect_unwatched, detect_helper, detect_losses, detect_symbols, detect_texts};
/* clang-format on */

const char *finding_level_name(enum finding_level level)
{
	static const char *const names[] = {
		[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning", [LEVEL_NOTE] = "note"};

	return names[level];
}

const struct finding_kind *finding_kind_by_name(const char *text, size_t length)
{
	if (length > 4 && strncasecmp(text, "MPW-", 4) == 0) {
		text += 4;
		length -= 4;
	}
	for (unsigned i = 0; i < FINDING_COUNT; i++) {
		const struct finding_kind *kind = &finding_kinds[i];

		if (strlen(kind->code) == length && strncasecmp(kind->code, text, length) == 0)
			return kind;
		if (strlen(kind->slug) == length && strncasecmp(kind->slug, text, length) == 0)
			return kind;
	}
	return NULL;
}

struct finding *finding_add(
	struct detection *detection, enum finding_code code, char *key, uint64_t ts_ns, bool *is_new)
{
	struct findings *all = detection->findings;
	struct finding *finding;

	for (size_t i = 0; i < all->count; i++) {
		finding = all->list[i];
		if (finding->kind == &finding_kinds[code] && strcmp(finding->key, key) == 0) {
			free(key);
			finding->count++;
			*is_new = false;
			return finding;
		}
	}
	finding = mem_zalloc(1, sizeof(*finding));
	finding->kind = &finding_kinds[code];
	finding->level = finding->kind->level;
	finding->count = 1;
	finding->ts_ns = ts_ns;
	finding->key = key;
	all->list = mem_resize(all->list, (all->count + 1) * sizeof(struct finding *));
	all->list[all->count++] = finding;
	*is_new = true;
	return finding;
}

void finding_seen(struct finding *finding, char *text)
{
	if (finding->seen_count == FINDING_SEEN_MAX) {
		free(text);
		return;
	}
	finding->seen[finding->seen_count++] = text;
}

void finding_fact(struct finding *finding, const char *name, uint64_t value)
{
	struct finding_fact *fact = finding->facts;

	while (fact < finding->facts + finding->fact_count && strcmp(fact->name, name) != 0)
		fact++;
	if (fact == finding->facts + FINDING_FACTS_MAX)
		return;
	if (fact == finding->facts + finding->fact_count) {
		snprintf(fact->name, sizeof(fact->name), "%s", name);
		finding->fact_count++;
	}
	fact->value += value;
}

#define WHO_MAX 8

/* Is it one of "w1, w2"? Commands of the same name come in rows, threads and tasks of one process, too: they are named
 * once. */
static bool is_named(const char *list, const char *label)
{
	size_t length = strlen(label);

	for (const char *at = list; (at = strstr(at, label)); at++)
		if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

void finding_who(struct detection *detection, struct finding *finding, const struct process *process)
{
	char label[64];
	char *longer;

	process_label(detection->model, process, label, sizeof(label));
	if (finding->who_count >= WHO_MAX || (finding->who && is_named(finding->who, label))) {
		finding->who_count += finding->who_count >= WHO_MAX;
		return;
	}
	finding->who_count++;
	longer = finding->who ? str_make("%s, %s", finding->who, label) : str_make("%s", label);
	free(finding->who);
	finding->who = longer;
}

void finding_place(struct detection *detection, struct finding *finding, uint32_t stack)
{
	struct frame frame;

	if (finding->line || model_user_frame(detection->model, stack, &frame) < 0)
		return;
	if (finding->module && !frame.line)
		return;
	finding->file = frame.file;
	finding->function = frame.function;
	finding->module = frame.module;
	finding->line = frame.line;
}

const char *shown_path(const struct detection *detection, const char *path)
{
	if (!path)
		return "?";
	return detection->redact ? text_last_part(path) : path;
}

void put_frame(struct str *text, const struct frame *frame)
{
	if (frame->file && frame->line)
		str_printf(text, "%s:%u", text_last_part(frame->file), frame->line);
	else if (!frame->function)
		str_printf(text, "%s+0x%llx", frame->module ? text_last_part(frame->module) : "?",
			(unsigned long long)frame->offset);
	if (frame->function)
		str_printf(text, "%s%s()", frame->file && frame->line ? " " : "", frame->function);
}

/* The first frame worth showing: libc's own in front of the user's say only what the call is called. */
static unsigned known_from(struct model *model, uint32_t stack)
{
	struct frame frame;
	int user = model_user_frame(model, stack, &frame);
	unsigned first = 0;

	while ((int)first < user && model_frame(model, stack, first, &frame) && !frame.line)
		first++;
	return first;
}

/* Who called main, or a thread's function, says nothing. */
static unsigned known_until(struct model *model, uint32_t stack)
{
	struct frame frame;
	int outer = model_outer_user_frame(model, stack, &frame);

	return outer >= 0 && !frame.python ? (unsigned)outer : UINT_MAX;
}

void put_stack(struct detection *detection, struct str *text, uint32_t stack, unsigned limit)
{
	unsigned first = known_from(detection->model, stack), shown = 0;
	struct frame frame;
	int user = model_user_frame(detection->model, stack, &frame);
	unsigned last = known_until(detection->model, stack);

	/* The program's own line is never the one that is left out. */
	for (unsigned i = first; shown < limit && i <= last && model_frame(detection->model, stack, i, &frame);
		i++, shown++) {
		if (shown + 1 == limit && user > (int)i) {
			i = (unsigned)user;
			str_puts(text, " <- ...");
			if (!model_frame(detection->model, stack, i, &frame))
				return;
		}
		if (shown)
			str_puts(text, " <- ");
		put_frame(text, &frame);
	}
}

void put_process(struct detection *detection, struct str *text, const struct process *process)
{
	char label[64];

	str_printf(text, "%s (pid %d)", process_label(detection->model, process, label, sizeof(label)), process->pid);
}

static int compare(const void *a, const void *b)
{
	const struct finding *x = *(const struct finding *const *)a, *y = *(const struct finding *const *)b;

	if (x->level != y->level)
		return x->level < y->level ? -1 : 1;
	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return strcmp(x->kind->code, y->kind->code);
}

void detect_run(struct model *model, bool redact, struct findings *out)
{
	struct detection detection = {.model = model, .redact = redact, .findings = out};

	memset(out, 0, sizeof(*out));
	model_worker_count(model); /* gives the processes their roles, which rules ask for */
	for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++)
		detectors[i](&detection);
	if (out->count)
		qsort(out->list, out->count, sizeof(struct finding *), compare);
}

static void finding_free(struct finding *finding)
{
	for (unsigned i = 0; i < finding->seen_count; i++)
		free(finding->seen[i]);
	free(finding->key);
	free(finding->title);
	free(finding->verdict);
	free(finding->mark);
	free(finding->mark_note);
	free(finding->why);
	free(finding->fix);
	free(finding->who);
	free(finding);
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_free(findings->list[i]);
	free(findings->list);
	memset(findings, 0, sizeof(*findings));
}
