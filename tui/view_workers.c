/* view_workers.c: screen 1: one row per worker: what it does now, how it spent its time, the worst problems. */
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "short.h"
#include "view.h"
#include "worker_rows.h"

#define COLUMN_NOW 2 /* of columns.def */

static const struct snap_process *process_of(const void *row)
{
	return row;
}

static void get_name(const struct tui *tui, const void *row, struct value *out)
{
	(void)tui;
	value_text(out, process_of(row)->name);
	if (process_of(row)->bad_end)
		out->style = STYLE_ERROR;
}

/* Who stands for several has a long name and no pid: it goes on there. */
static void draw_name(struct tui *tui, const void *row, int x, int y, int width)
{
	struct value value = {0};

	get_name(tui, row, &value);
	if (worker_fold_of(row) && tui->hit.column_x[COLUMN_NOW] > width)
		width = tui->hit.column_x[COLUMN_NOW] - 1;
	if (row == table_selected(&tui->table) && value.style == STYLE_PLAIN)
		value.style = STYLE_BOLD;
	canvas_put_cell(&tui->canvas, x, y, width, ALIGN_LEFT, value.style, value.text);
}

static void get_pid(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, process_of(row)->pid, short_count((uint64_t)process_of(row)->pid, text));
}

static void draw_pid(struct tui *tui, const void *row, int x, int y, int width)
{
	struct value value = {0};

	if (worker_fold_of(row))
		return;
	get_pid(tui, row, &value);
	if (row == table_selected(&tui->table))
		value.style = STYLE_BOLD;
	canvas_put_cell(&tui->canvas, x, y, width, ALIGN_RIGHT, value.style, value.text);
}

static void get_done(const struct tui *tui, const void *row, struct value *out)
{
	uint64_t done = process_of(row)->done;
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, done == UNKNOWN ? -1 : (double)done, short_count(done, text));
}

static void get_now(const struct tui *tui, const void *row, struct value *out)
{
	char text[2] = {process_of(row)->state, 0};

	(void)tui;
	value_text(out, text);
	out->style = style_of_state(text[0]);
}

/* Only the letter has a background, not the whole cell. */
static void draw_now(struct tui *tui, const void *row, int x, int y, int width)
{
	struct value value = {0};

	get_now(tui, row, &value);
	canvas_put(&tui->canvas, x + width - 1, y, value.style,
		value.text[0] == '.' ? canvas_glyph(&tui->canvas, GLYPH_OTHER) : value.text);
}

static void get_for(const struct tui *tui, const void *row, struct value *out)
{
	uint64_t ns = process_of(row)->for_ns;
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, ns == UNKNOWN ? -1 : (double)ns, short_seconds(ns, text));
}

static void get_share(const void *row, unsigned percent, struct value *out)
{
	char text[SHORT_SIZE];

	if (process_of(row)->shares_known)
		value_number(out, percent, short_count(percent, text));
	else
		value_number(out, -1, NULL);
}

#define GET_SHARE(name, share)                                                                                         \
	static void get_##name(const struct tui *tui, const void *row, struct value *out)                              \
	{                                                                                                              \
		(void)tui;                                                                                             \
		get_share(row, process_of(row)->percent[share], out);                                                  \
	}
GET_SHARE(run, 0)
GET_SHARE(copy, 1)
GET_SHARE(input, 2)
GET_SHARE(output, 3)
GET_SHARE(lock, 4)

static void get_other(const struct tui *tui, const void *row, struct value *out)
{
	(void)tui;
	get_share(row, process_of(row)->percent[5] + process_of(row)->percent[6], out);
}

static void get_fds(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE];
	uint64_t fds = process_of(row)->fds_at_failure ? UNKNOWN : process_of(row)->fds;

	(void)tui;
	value_number(out, fds == UNKNOWN ? -1 : (double)fds, short_count(fds, text));
}

static void get_rss(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE];
	uint64_t rss = process_of(row)->rss_bytes;

	(void)tui;
	value_number(out, rss == UNKNOWN ? -1 : (double)rss, short_bytes(rss, text));
}

static void get_where(const struct tui *tui, const void *row, struct value *out)
{
	(void)tui;
	value_text(out, process_of(row)->ended ? process_of(row)->ended : process_of(row)->where);
}

static void get_bar(const struct tui *tui, const void *row, struct value *out)
{
	get_where(tui, row, out);
}

/* The whole run if it fits, else its last part; steps that people can count with. */
static uint64_t bar_step(uint64_t now_ns, int width)
{
	static const uint64_t steps[] = {
		1000000, 2000000, 5000000, 10000000, 20000000, 50000000, 100000000, 200000000, 500000000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i] * (uint64_t)width >= now_ns)
			return steps[i];
	return 1000000000;
}

/* "500 ms", "1 s" */
static const char *format_step(uint64_t step_ns, char out[SHORT_SIZE])
{
	if (step_ns < 1000000000)
		snprintf(out, SHORT_SIZE, "%u ms", (unsigned)(step_ns / 1000000));
	else
		snprintf(out, SHORT_SIZE, "%u s", (unsigned)(step_ns / 1000000000));
	return out;
}

/* What the bars show: a marked range, the whole run if it fits, else its last part. */
static uint64_t bar_from(const struct snapshot *picture, int width, uint64_t *step)
{
	uint64_t span = picture->now_ns - picture->from_ns, all;

	*step = bar_step(span, width);
	all = *step * (uint64_t)width;
	return span > all ? picture->now_ns - all : picture->from_ns;
}

/* How it ended matters more than when. */
static const char *end_that_fits(const char *ended, int width)
{
	const char *how = strstr(ended, ": ");

	return how && strlen(ended) > (size_t)width ? how + 2 : ended;
}

static void draw_bar(struct tui *tui, const void *row, int x, int y, int width)
{
	uint64_t step, from = bar_from(tui->picture, width, &step);

	const struct worker_fold *fold = worker_fold_of(row);

	if (process_of(row)->bad_end || (fold && fold->sum.ended)) {
		canvas_put_cell(&tui->canvas, x, y, width, ALIGN_LEFT,
			process_of(row)->bad_end ? STYLE_ERROR : STYLE_PLAIN,
			end_that_fits(process_of(row)->ended, width));
		return;
	}
	if (fold) {
		canvas_put_cell(&tui->canvas, x, y, width, ALIGN_LEFT, STYLE_DIM, "Enter shows each");
		return;
	}
	draw_states(tui, process_of(row), from, step, x, y, width);
}

static void head_bar(const struct tui *tui, int width, char title[VALUE_SIZE])
{
	uint64_t step, from = bar_from(tui->picture, width, &step);
	const char *what = from > tui->picture->from_ns ? "LAST" : tui->picture->from_ns ? "RANGE" : "ALL";
	char span[SHORT_SIZE], column[SHORT_SIZE], all[64];

	snprintf(title, VALUE_SIZE, "%s %s", what, short_seconds(tui->picture->now_ns - from, span));
	snprintf(all, sizeof(all), "%s (1 col = %s)", title, format_step(step, column));
	if ((int)strlen(all) <= width)
		snprintf(title, VALUE_SIZE, "%s", all);
}

#define COLUMNS_WORKERS
#include "columns.h"

/* The place of the efficiency figures; until they are measured, what the totals of the workers say. */
static void draw_summary(struct tui *tui, struct rect row)
{
	const struct snapshot *picture = tui->picture;
	const unsigned *percent = picture->percent;
	const char *who = picture->workers ? "Workers" : "Processes";

	if (!picture->shares_known)
		canvas_put(&tui->canvas, row.x + 1, row.y, STYLE_PLAIN, "How the time was spent is not known yet.");
	else if (tui->frame.size == SIZE_COMPACT)
		canvas_printf(&tui->canvas, row.x + 1, row.y, STYLE_PLAIN,
			"run %u%%  copy %u%%  in %u%%  out %u%%  lock %u%%", percent[0], percent[1], percent[2],
			percent[3], percent[4]);
	else
		canvas_printf(&tui->canvas, row.x + 1, row.y, STYLE_PLAIN,
			"%s: run %u%%  copy %u%%  wait input %u%%  output %u%%  lock %u%%  other %u%%", who, percent[0],
			percent[1], percent[2], percent[3], percent[4], percent[5] + percent[6]);
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_process *selected = table_selected(&tui->table);
	const struct worker_fold *fold = worker_fold_of(selected);
	struct lines detail;
	struct rect row;

	if (view_take_row(&body, &row))
		draw_summary(tui, row);
	if (body.h >= 14 && view_take_row(&body, &row))
		draw_legend(tui, row);
	if (body.h >= 14)
		view_take_row(&body, &row);
	if (tui->mosaic) {
		draw_mosaic(tui, body);
		return;
	}
	lines_init(&detail, &tui->canvas);
	if (tui->frame.size == SIZE_COMPACT) {
		lines_worker_compact(&detail, tui, selected);
	} else {
		if (fold)
			lines_worker_fold(&detail, tui, fold);
		else if (selected)
			lines_worker(&detail, tui, selected);
		lines_healthy(&detail, tui);
		if (tui->frame.wide && tui->frame.body.h >= 30 && unmuted_findings(tui))
			lines_rule(&detail, "Problems");
		lines_problems(&detail, tui, 5);
	}
	view_draw_table(tui, body, &detail);
	lines_fini(&detail);
	tui->tables[VIEW_WORKERS].instead = fold ? fold->first->number : 0;
}

static bool act(struct tui *tui, enum action action)
{
	const struct snap_process *selected = table_selected(&tui->table);

	if (action == ACTION_MOSAIC) {
		tui->mosaic = !tui->mosaic;
		table_forget(&tui->tables[VIEW_WORKERS]);
		return true;
	}
	if (action == ACTION_LEFT || action == ACTION_RIGHT) {
		if (tui->mosaic)
			tui_move(tui, action == ACTION_LEFT ? -1 : 1);
		else
			tui_message(tui, "%s", action_infos[action].why_not);
		return true;
	}
	if (tui->mosaic && (action == ACTION_UP || action == ACTION_DOWN)) {
		int cells = mosaic_cells(tui->canvas.w);

		tui_move(tui, action == ACTION_UP ? -cells : cells);
		return true;
	}
	if (action == ACTION_ZOOM_OUT) {
		worker_fold_all(tui);
		return true;
	}
	if ((action == ACTION_OPEN || action == ACTION_ZOOM_IN) && worker_fold_of(selected)) {
		worker_unfold(tui, worker_fold_of(selected));
		return true;
	}
	if (action == ACTION_ZOOM_IN) {
		tui_message(tui, "This row stands for one process only.");
		return true;
	}
	if (action == ACTION_OPEN && selected) {
		tui->focus = selected->number;
		tui_go(tui, VIEW_STACKS);
		return true;
	}
	return false;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	const struct snapshot *picture = tui->picture;
	int sort = tui->tables[VIEW_WORKERS].sort;
	size_t hidden = picture->process_count - worker_rows_count(&tui->table) - tui->table.hidden;
	size_t used;

	used = (size_t)snprintf(text, size, "%zu worker%s.  Processes: %zu alive, %zu ended.  Sort: %s.",
		picture->workers, picture->workers == 1 ? "" : "s", picture->alive, picture->dead,
		sort >= 0 ? columns[sort].title : "family");
	if (hidden && used < size)
		snprintf(text + used, size - used, "  %zu hidden (a).", hidden);
}

/* A row that stands for several is none. */
static const struct snap_process *process_selected(const struct tui *tui)
{
	const struct snap_process *selected = table_selected(&tui->table);

	return worker_fold_of(selected) ? NULL : selected;
}

const struct view view_workers = {.columns = columns,
	.column_count = COLUMN_COUNT,
	.rows = worker_rows,
	.draw = draw,
	.act = act,
	.status = status,
	.place = place_of_process,
	.process = process_selected,
	.rows_are_processes = true};
