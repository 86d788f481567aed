/* view_findings.c: screen 6: the findings, the selected one in full. */
#include <string.h>

#include "base/text.h"
#include "short.h"
#include "view.h"

static const struct snap_finding *finding_of(const void *row)
{
	return row;
}

static void get_level(const struct tui *tui, const void *row, struct value *out)
{
	(void)tui;
	value_text(out, finding_of(row)->level_name);
	if (finding_of(row)->level == SNAP_ERROR)
		out->style = STYLE_ERROR;
}

static void get_code(const struct tui *tui, const void *row, struct value *out)
{
	(void)tui;
	value_text(out, finding_of(row)->code);
}

static void get_seen(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, (double)finding_of(row)->ts_ns, short_clock(finding_of(row)->ts_ns, text));
}

static void get_times(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, finding_of(row)->count, short_count(finding_of(row)->count, text));
}

static void get_what(const struct tui *tui, const void *row, struct value *out)
{
	value_text(out, finding_of(row)->title);
	if (tui_is_muted(tui, finding_of(row)))
		snprintf(out->text, sizeof(out->text), "(muted) %s", finding_of(row)->title);
}

static void get_where(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_finding *finding = finding_of(row);

	(void)tui;
	if (finding->file && finding->line)
		snprintf(out->text, sizeof(out->text), "%s:%u", text_last_part(finding->file), finding->line);
	else
		value_text(out, text_last_part(finding->module));
}

#define COLUMNS_FINDINGS
#include "columns.h"

static void rows(const struct tui *tui, struct table *table)
{
	for (size_t i = 0; i < tui->picture->finding_count; i++)
		if (tui->show == SHOW_INTERNAL || !tui_is_muted(tui, &tui->picture->findings[i]))
			table_add(table, &tui->picture->findings[i], i + 1);
}

static void lines_place(struct lines *lines, const struct snap_finding *finding, const struct line_taker *out)
{
	if (finding->file && finding->line)
		lines_add(lines, STYLE_PLAIN, 3, 7, "--> %s:%u%s%s%s", finding->file, finding->line,
			finding->function ? " in " : "", finding->function ? finding->function : "",
			finding->function ? "()" : "");
	else if (finding->module)
		lines_add(lines, STYLE_PLAIN, 3, 7, "--> %s%s%s", finding->module, finding->function ? ", " : "",
			finding->function ? finding->function : "");
	if (finding->source_changed)
		lines_row(lines, STYLE_DIM, 3, "(this file has changed since the program started)");
	finding_lines_quote(&finding->quote, out);
}

static void take_paragraph(void *lines, unsigned indent, unsigned hang, size_t bold, const char *text)
{
	(void)bold;
	lines_add(lines, STYLE_PLAIN, (int)indent, (int)hang, "%s", text);
}

static void take_row(void *lines, const char *text)
{
	lines_row(lines, STYLE_PLAIN, 1, "%s", text);
}

static void lines_part(const struct line_taker *out, const char *name, const char *text)
{
	char label[16];

	snprintf(label, sizeof(label), "%-6s", name);
	if (text)
		finding_lines_part(label, text, out);
}

static void lines_finding(struct lines *lines, const struct snap_finding *finding, int width)
{
	bool in_rule = (int)strlen(finding->title) + 34 < width;
	struct line_taker out = {lines, width > 22 ? (unsigned)width - 2 : 20, take_paragraph, take_row};

	char times[24] = "";

	if (finding->count > 1)
		snprintf(times, sizeof(times), " (x%u)", finding->count);
	lines_rule(lines, "%s %s%s%s%s", finding->level_name, finding->code, in_rule ? ": " : "",
		in_rule ? finding->title : "", in_rule ? times : "");
	if (!in_rule)
		lines_add(lines, STYLE_BOLD, 1, 3, "%s%s", finding->title, times);
	lines_place(lines, finding, &out);
	lines_part(&out, "who:", finding->who);
	for (size_t i = 0; i < finding->seen_count; i++)
		lines_part(&out, "seen:", finding->seen[i]);
	lines_part(&out, "why:", finding->why);
	lines_part(&out, "fix:", finding->fix);
	lines_part(&out, "sure:", finding->sure);
	lines_add(lines, STYLE_PLAIN, 3, 11, "= %-6smpwatch explain %s", "more:", finding->code);
}

/* The text of `explain`, line by line: it is wrapped already. */
static void lines_explain(struct lines *lines, const struct snap_finding *finding)
{
	const char *at = finding->explain ? finding->explain : "";

	while (*at) {
		size_t length = strcspn(at, "\n");

		lines_add(lines, STYLE_PLAIN, 1, 1 + (int)strspn(at, " "), "%.*s", (int)length, at);
		at += length + (at[length] == '\n');
	}
}

static void draw_full(struct tui *tui, struct rect body, const struct lines *lines)
{
	int height = lines_height(lines, body.w - 1), last = height > body.h ? height - body.h : 0;
	int *scroll = &tui->scroll[VIEW_FINDINGS];

	*scroll = *scroll > last ? last : *scroll;
	lines_draw(lines, &tui->canvas, body, *scroll);
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_finding *selected = table_selected(&tui->table);
	struct lines detail;
	struct rect row;

	if (body.h > 12)
		view_take_row(&body, &row);
	lines_init(&detail, &tui->canvas);
	if (selected && tui->explained)
		lines_explain(&detail, selected);
	else if (selected)
		lines_finding(&detail, selected, body.w);
	else
		lines_add(&detail, STYLE_PLAIN, 1, 1, "No findings%s%s. %u rules checked%s.",
			tui->picture->finding_count ? " that are not muted" : "", tui->picture->ended ? "" : " so far",
			tui->picture->rules, tui->picture->ended ? "" : "; slow ones need 10 s of data");
	if (!selected)
		lines_still(&detail, tui);
	if (selected && (tui->explained || tui->opened[VIEW_FINDINGS]))
		draw_full(tui, body, &detail);
	else
		view_draw_table(tui, body, &detail);
	lines_fini(&detail);
}

/* All of a code, so that a flood of them is gone at once; what is muted is counted. */
static void mute(struct tui *tui, const struct snap_finding *finding)
{
	for (unsigned i = 0; i < tui->muted_count; i++)
		if (strcmp(tui->muted[i], finding->code) == 0) {
			memmove(tui->muted[i], tui->muted[--tui->muted_count], CODE_SIZE);
			tui_message(tui, "%s counts again.", finding->code);
			return;
		}
	if (tui->muted_count == MUTED_MAX) {
		tui_message(tui, "No more than %d codes can be muted.", MUTED_MAX);
		return;
	}
	snprintf(tui->muted[tui->muted_count++], CODE_SIZE, "%s", finding->code);
	tui_message(tui, "%s is muted on these screens. a shows it again; in reports: --ignore %s", finding->code,
		finding->code + strlen("MPW-"));
}

static bool act(struct tui *tui, enum action action)
{
	const struct snap_finding *finding = table_selected(&tui->table);

	if (!finding)
		return false;
	if (action == ACTION_MUTE) {
		mute(tui, finding);
		return true;
	}
	if (action == ACTION_OPEN)
		tui->opened[VIEW_FINDINGS] = true;
	else if (action == ACTION_EXPLAIN)
		tui->explained = tui->opened[VIEW_FINDINGS] = true;
	else
		return false;
	tui->scroll[VIEW_FINDINGS] = 0;
	return true;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	const struct snapshot *picture = tui->picture;
	unsigned count[3] = {0}, muted = 0;

	for (size_t i = 0; i < picture->finding_count; i++) {
		bool is_muted = tui_is_muted(tui, &picture->findings[i]);

		muted += is_muted;
		count[picture->findings[i].level] += !is_muted;
	}
	snprintf(text, size, "%zu finding%s (%u error%s, %u warning%s, %u note%s).  %u rules checked, %u muted.",
		picture->finding_count - muted, picture->finding_count - muted == 1 ? "" : "s", count[0],
		count[0] == 1 ? "" : "s", count[1], count[1] == 1 ? "" : "s", count[2], count[2] == 1 ? "" : "s",
		picture->rules, muted);
}

static bool place(const struct tui *tui, struct place *out)
{
	const struct snap_finding *selected = table_selected(&tui->table);

	if (!selected || !selected->file)
		return false;
	*out = (struct place){selected->file, selected->line};
	return true;
}

static const struct snap_process *process(const struct tui *tui)
{
	const struct snap_finding *selected = table_selected(&tui->table);

	return selected && selected->process ? snapshot_process(tui->picture, selected->process) : NULL;
}

const struct view view_findings = {.columns = columns,
	.column_count = COLUMN_COUNT,
	.rows = rows,
	.draw = draw,
	.act = act,
	.status = status,
	.place = place,
	.process = process};
