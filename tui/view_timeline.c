/* view_timeline.c: screen 2: what each process did over the whole run, and what happened at the moment of the picture.
 */
#include <string.h>

#include "base/format.h"
#include "short.h"
#include "view.h"

#define TICK_COLUMNS 20

static uint64_t round_up_step(uint64_t span_ns, int width)
{
	uint64_t step = span_ns / (uint64_t)width + 1, unit = 1;
	static const unsigned parts[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100};

	/* One and a half digits: columns that people can count with, and little of the screen left empty. */
	while (unit * 10 < step)
		unit *= 10;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (unit * parts[i] / 10 >= step)
			return unit * parts[i] / 10;
	return step;
}

static struct axis axis_of(const struct tui *tui, int width)
{
	struct axis axis = {.x = TIMELINE_NAMES + 1, .width = width - TIMELINE_NAMES - 2};
	uint64_t end = player_end_ns(tui->player), now = tui->picture->now_ns, half;

	if (width >= 100)
		axis.width -= 5; /* the shares stand behind */
	axis.width = axis.width > 1 ? axis.width : 1;
	axis.step_ns = round_up_step(tui->zoom_ns ? tui->zoom_ns : end, axis.width);
	half = axis.step_ns * (uint64_t)axis.width / 2;
	if (tui->zoom_ns && now > half)
		axis.from_ns = (now - half) / axis.step_ns * axis.step_ns;
	return axis;
}

static int column_of(const struct axis *axis, uint64_t ts_ns)
{
	uint64_t column;

	if (ts_ns < axis->from_ns)
		return -1;
	column = (ts_ns - axis->from_ns) / axis->step_ns;
	if (column == (uint64_t)axis->width && (ts_ns - axis->from_ns) % axis->step_ns == 0)
		column--;
	return column < (uint64_t)axis->width ? (int)column : -1;
}

static void draw_ticks(struct tui *tui, const struct axis *axis, int y)
{
	char text[FORMAT_SIZE];

	for (int i = 0; i + 9 < axis->width; i += TICK_COLUMNS) {
		uint64_t ts = axis->from_ns + (uint64_t)i * axis->step_ns;

		format_clock(ts, text);
		if (axis->step_ns < 50000000) /* ticks less than a second apart */
			snprintf(strrchr(text, '.'), 8, ".%03u", (unsigned)(ts / 1000000 % 1000));
		canvas_printf(&tui->canvas, axis->x + i, y, STYLE_DIM, "|%s", text);
	}
}

static void draw_events(struct tui *tui, const struct axis *axis, int y)
{
	const struct snapshot *all = player_last(tui->player);
	static const char order[] = "-+N!WE"; /* later ones hide earlier ones */

	canvas_put(&tui->canvas, 1, y, STYLE_PLAIN, "events");
	for (const char *mark = order; *mark; mark++)
		for (size_t i = 0; i < all->moment_count; i++) {
			char text[2] = {all->moments[i].mark, 0};
			int column = column_of(axis, all->moments[i].ts_ns);

			if (text[0] == *mark && column >= 0)
				canvas_put(&tui->canvas, axis->x + column, y,
					text[0] == 'E' || text[0] == '!' ? STYLE_ERROR : STYLE_PLAIN, text);
		}
}

static void lines_moment(struct lines *lines, const struct snap_moment *moment, bool with_clock)
{
	char clock[FORMAT_SIZE];

	lines_row(lines, moment->mark == 'E' || moment->mark == '!' ? STYLE_ERROR : STYLE_PLAIN, 1, "%s%s%-8s %s",
		with_clock ? format_clock(moment->ts_ns, clock) : "", with_clock ? "  " : "", moment->who,
		moment->text ? moment->text : "");
}

/* What happened in the cursor's column; when nothing did, the last things before it. */
static void lines_moments(struct lines *lines, const struct tui *tui, const struct axis *axis, size_t limit)
{
	const struct snapshot *all = player_last(tui->player);
	uint64_t now = tui->picture->now_ns,
		 from = axis->from_ns + (now - axis->from_ns) / axis->step_ns * axis->step_ns;
	size_t last = 0, first = 0;
	char clock[FORMAT_SIZE];

	while (last < all->moment_count && all->moments[last].ts_ns < from + axis->step_ns)
		last++;
	while (first < last && all->moments[first].ts_ns < from)
		first++;
	lines_rule(lines, first < last ? "at %s" : "until %s", format_clock(now, clock));
	if (first < last) {
		for (size_t i = first; i < last && i < first + limit; i++)
			lines_moment(lines, &all->moments[i], false);
		if (last - first > limit)
			lines_row(lines, STYLE_DIM, 1, "and %zu more: + zooms in", last - first - limit);
		return;
	}
	for (size_t i = last, told = 0; i-- > 0 && told < limit; told++)
		lines_moment(lines, &all->moments[i], true);
	if (!last)
		lines_row(lines, STYLE_DIM, 1, all->moment_count ? "Nothing happened yet." : "Nothing recorded yet.");
}

/* The row of the cursor, and of the marked range. */
static void draw_cursor(struct tui *tui, const struct axis *axis, int y)
{
	int column = column_of(axis, tui->picture->now_ns), from = -1;

	if (tui->ranged)
		from = column_of(axis, tui->picture->from_ns);
	else if (tui->mark_ns != UNKNOWN)
		from = column_of(axis, tui->mark_ns);
	if (from >= 0 && column >= 0) {
		int low = from < column ? from : column, high = from < column ? column : from;

		for (int x = low; x <= high; x++)
			canvas_put(&tui->canvas, axis->x + x, y, STYLE_PLAIN, x == low ? "[" : x == high ? "]" : "=");
	}
	if (column < 0)
		return;
	canvas_put(&tui->canvas, axis->x + column, y, STYLE_BOLD, "^");
	tui->canvas.cursor_x = axis->x + column;
	tui->canvas.cursor_y = y;
}

/* Where there is room: what a range is for, and how to get about in time. */
static void lines_range(struct lines *lines, const struct tui *tui)
{
	char from[FORMAT_SIZE], to[FORMAT_SIZE];

	lines_row(lines, STYLE_PLAIN, 0, " ");
	if (tui->ranged)
		lines_rule(lines, "marked range: %s to %s (m gives it up)", format_clock(tui->picture->from_ns, from),
			format_clock(tui->picture->now_ns, to));
	else
		lines_rule(lines, "marked range: none (m starts a range, m again ends it; all screens then show that "
				  "range only)");
	lines_row(lines, STYLE_PLAIN, 1,
		"Replay keys:  [ ] 0.1 s   { } 10 s   , . event before, next   < > speed   t go to time   Space play, "
		"pause   L end");
}

static void draw(struct tui *tui, struct rect body)
{
	bool sums = body.w >= 100 && body.h >= 28 && player_last(tui->player)->workers;
	struct axis axis = axis_of(tui, body.w);
	struct split_layout split;
	struct rect row, place;
	struct lines lines;

	if (body.h >= 14 && view_take_row(&body, &row)) {
		draw_legend(tui, row);
		view_take_row(&body, &row);
	}
	if (view_take_row(&body, &row))
		draw_ticks(tui, &axis, row.y);
	if (view_take_row(&body, &row))
		draw_events(tui, &axis, row.y);
	if (sums) {
		body.h -= TIMELINE_SUMS + 2;
		place = (struct rect){body.x, body.y + body.h, body.w, TIMELINE_SUMS + 1};
	}
	lines_init(&lines, &tui->canvas);
	lines_moments(&lines, tui, &axis, 6);
	if (tui->frame.wide && body.h >= 24)
		lines_range(&lines, tui);
	layout_split(body, timeline_track_count(tui) + 1, lines_height(&lines, body.w - 1), 2, &split);
	row = split.list;
	row.h--;
	timeline_draw_tracks(tui, &axis, row, sums);
	tui->hit.timeline = (struct rect){axis.x, row.y, axis.width, row.h + 1};
	tui->hit.from_ns = axis.from_ns;
	tui->hit.step_ns = axis.step_ns;
	if (split.list.h > 0)
		draw_cursor(tui, &axis, split.list.y + split.list.h - 1);
	lines_draw(&lines, &tui->canvas, split.detail, 0);
	lines_fini(&lines);
	if (sums)
		timeline_draw_sums(tui, &axis, place);
}

static void zoom(struct tui *tui, bool in)
{
	uint64_t end = player_end_ns(tui->player), span = tui->zoom_ns ? tui->zoom_ns : end;

	span = in ? span / 2 : span * 2;
	tui->zoom_ns = span >= end ? 0 : span < 1000000 ? 1000000 : span;
}

static bool act(struct tui *tui, enum action action)
{
	struct axis axis = axis_of(tui, tui->canvas.w);
	uint64_t now = tui->picture->now_ns;

	if (action == ACTION_LEFT)
		tui_goto_time(tui, now > axis.step_ns ? now - axis.step_ns : 0);
	else if (action == ACTION_RIGHT)
		tui_goto_time(tui, now + axis.step_ns);
	else if (action == ACTION_ZOOM_IN || action == ACTION_ZOOM_OUT)
		zoom(tui, action == ACTION_ZOOM_IN);
	else if (action == ACTION_FIT)
		tui->zoom_ns = 0;
	else if (action == ACTION_OPEN)
		tui_go(tui, VIEW_STACKS);
	else
		return false;
	tui->playing = false;
	return true;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	struct axis axis = axis_of(tui, tui->canvas.w);
	char step[FORMAT_SIZE], clock[FORMAT_SIZE];

	snprintf(text, size, "1 column = %s.  Small letter: less than 2/3 of the column.  ^ is %s",
		format_seconds(axis.step_ns, step), format_clock(tui->picture->now_ns, clock));
}

const struct view view_timeline = {.draw = draw, .act = act, .status = status};
