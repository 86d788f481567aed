/* view_timeline.c: screen 2: what each process did over the whole run, and what happened at the moment of the picture.
 */
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/mem.h"
#include "short.h"
#include "view.h"

#define NAME_WIDTH 9
#define TICK_COLUMNS 20

struct axis {
	uint64_t from_ns, step_ns;
	int x, width;
};

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
	struct axis axis = {.x = NAME_WIDTH + 1, .width = width - NAME_WIDTH - 2};
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

static bool is_track(const struct tui *tui, const struct snap_process *process)
{
	if (tui->show == SHOW_PROBLEMS && !process->bad_end && process->state != 'L')
		return false;
	if (process->role == SNAP_COMMAND && player_last(tui->player)->workers)
		return tui->show == SHOW_INTERNAL || process->bad_end;
	return process->role != SNAP_INTERNAL || tui->show == SHOW_INTERNAL;
}

/* --- tracks: one process each, or neighbours merged when there are many more than rows --- */

struct cell {
	char letter;
	uint8_t style;
};

#define SUMS 5

struct sum {
	uint64_t ns[SNAP_STATE_COUNT], known;
};

/* What the rows show, kept between frames: with many processes it is too much to find out each time. */
static struct grid {
	const struct snapshot *all;
	uint64_t from_ns, step_ns, end_ns;
	int width, rows, top, show;
	size_t tracks, merged; /* merged: processes to a row */
	struct cell *cells;    /* rows * width */
	char (*names)[24];     /* rows */
	bool has_sums;
	struct sum *sums; /* width: of all workers */
} grid;

/* The most common letter of some neighbours, small below two thirds of those that lived then. */
static struct cell common_cell(const uint64_t ns[SNAP_STATE_COUNT], uint64_t known)
{
	unsigned best = 0;
	char letter;

	for (unsigned i = 1; i < SNAP_STATE_COUNT; i++)
		if (ns[i] > ns[best])
			best = i;
	letter = SNAP_STATES[best];
	if (!known)
		return (struct cell){' ', STYLE_PLAIN};
	if (ns[best] < known / 3 * 2 && letter != '.')
		return (struct cell){(char)(letter + ('a' - 'A')), (uint8_t)style_of_state(letter)};
	return (struct cell){letter, (uint8_t)style_of_state(letter)};
}

/* Adds what a worker did in a column to what all did. */
static void sum_add(struct sum *sum, const uint64_t ns[SNAP_STATE_COUNT], uint64_t known)
{
	for (unsigned i = 0; i < SNAP_STATE_COUNT; i++)
		sum->ns[i] += ns[i];
	sum->known += known;
}

static void fill_merged(const struct snap_process **list, size_t count, struct cell *out)
{
	for (int x = 0; x < grid.width; x++) {
		uint64_t from = grid.from_ns + (uint64_t)x * grid.step_ns, all[SNAP_STATE_COUNT] = {0}, known = 0;

		for (size_t i = 0; i < count; i++) {
			uint64_t ns[SNAP_STATE_COUNT] = {0},
				 part = snapshot_shares(grid.all, list[i]->number, from, from + grid.step_ns, ns);

			for (unsigned j = 0; j < SNAP_STATE_COUNT; j++)
				all[j] += ns[j];
			known += part;
			if (list[i]->role == SNAP_WORKER)
				sum_add(&grid.sums[x], ns, part);
		}
		out[x] = common_cell(all, known);
	}
}

static void fill_row(const struct snap_process *process, struct cell *out)
{
	for (int x = 0; x < grid.width; x++) {
		uint64_t from = grid.from_ns + (uint64_t)x * grid.step_ns;
		enum style style = STYLE_PLAIN;

		out[x].letter = process->shares_known || process->state != SNAP_NOT_KNOWN
					? column_state(grid.all, process, from, from + grid.step_ns, &style)
					: ' ';
		out[x].style = (uint8_t)style;
	}
}

static void name_row(const struct snap_process **list, size_t count, char out[24])
{
	const struct snap_process *first = list[0], *last = list[count - 1];

	if (count > 1 && first->worker && last->worker)
		snprintf(out, 24, "w%u-%u", first->worker, last->worker);
	else if (count > 1)
		snprintf(out, 24, "%.10s +%u", first->name, (unsigned)(count - 1));
	else
		snprintf(out, 24, "%s", first->name);
}

static void fill_sums(const struct snap_process *process)
{
	for (int x = 0; x < grid.width; x++) {
		uint64_t from = grid.from_ns + (uint64_t)x * grid.step_ns, ns[SNAP_STATE_COUNT] = {0},
			 known = snapshot_shares(grid.all, process->number, from, from + grid.step_ns, ns);

		sum_add(&grid.sums[x], ns, known);
	}
}

static bool grid_is_fresh(const struct grid *wanted)
{
	return grid.all == wanted->all && grid.end_ns == wanted->end_ns && grid.from_ns == wanted->from_ns &&
	       grid.step_ns == wanted->step_ns && grid.width == wanted->width && grid.rows == wanted->rows &&
	       grid.top == wanted->top && grid.show == wanted->show && grid.has_sums == wanted->has_sums && grid.cells;
}

static size_t collect_tracks(const struct tui *tui, const struct snap_process **out)
{
	const struct snapshot *all = player_last(tui->player);
	size_t count = 0;

	for (size_t i = 0; i < all->process_count; i++)
		if (is_track(tui, &all->processes[i])) {
			if (out)
				out[count] = &all->processes[i];
			count++;
		}
	return count;
}

/* Main has its own row; the others share rows evenly. */
static void fill_grid(const struct tui *tui, const struct grid *wanted)
{
	const struct snap_process **list = mem_alloc((wanted->tracks + 1) * sizeof(const struct snap_process *));
	size_t at = 0;

	free(grid.cells);
	free(grid.names);
	free(grid.sums);
	grid = *wanted;
	grid.cells = mem_zalloc((size_t)grid.rows * (size_t)grid.width, sizeof(*grid.cells));
	grid.names = mem_zalloc((size_t)grid.rows, sizeof(*grid.names));
	grid.sums = mem_zalloc((size_t)grid.width, sizeof(*grid.sums));
	collect_tracks(tui, list);
	if (grid.merged == 1)
		at = (size_t)grid.top;
	for (int row = 0; row < grid.rows && at < grid.tracks; row++) {
		size_t count = row == 0 && list[at]->role == SNAP_MAIN ? 1 : grid.merged;

		count = count > grid.tracks - at ? grid.tracks - at : count;
		if (count > 1)
			fill_merged(list + at, count, grid.cells + (size_t)row * (size_t)grid.width);
		else
			fill_row(list[at], grid.cells + (size_t)row * (size_t)grid.width);
		name_row(list + at, count, grid.names[row]);
		at += count;
	}
	for (size_t i = 0; grid.has_sums && grid.merged == 1 && i < grid.all->process_count; i++)
		if (grid.all->processes[i].role == SNAP_WORKER)
			fill_sums(&grid.all->processes[i]);
	free(list);
}

static void draw_tracks(struct tui *tui, const struct axis *axis, struct rect rect, bool sums)
{
	size_t rows = (size_t)(rect.h > 0 ? rect.h : 0);
	struct grid wanted = {.all = player_last(tui->player),
		.end_ns = player_end_ns(tui->player),
		.from_ns = axis->from_ns,
		.step_ns = axis->step_ns,
		.width = axis->width,
		.show = (int)tui->show,
		.has_sums = sums,
		.merged = 1};
	int *top = &tui->scroll[VIEW_TIMELINE];

	wanted.tracks = collect_tracks(tui, NULL);
	if (!wanted.tracks || !rows)
		return;
	if (wanted.tracks > 2 * rows && rows > 1)
		wanted.merged = (wanted.tracks - 1 + rows - 2) / (rows - 1);
	else if ((size_t)*top + rows > wanted.tracks)
		*top = wanted.tracks > rows ? (int)(wanted.tracks - rows) : 0;
	wanted.rows = (int)(rows < wanted.tracks ? rows : wanted.tracks);
	wanted.top = wanted.merged == 1 ? *top : 0;
	if (!grid_is_fresh(&wanted))
		fill_grid(tui, &wanted);
	for (int row = 0; row < grid.rows; row++) {
		canvas_put_cell(
			&tui->canvas, 1, rect.y + row, NAME_WIDTH - 1, ALIGN_LEFT, STYLE_PLAIN, grid.names[row]);
		for (int x = 0; x < grid.width; x++) {
			const struct cell *cell = &grid.cells[row * grid.width + x];
			char letter[2] = {cell->letter, 0};

			if (letter[0] && letter[0] != ' ')
				canvas_put(&tui->canvas, axis->x + x, rect.y + row, (enum style)cell->style,
					letter[0] == '.' ? canvas_glyph(&tui->canvas, GLYPH_OTHER) : letter);
		}
	}
}

/* All workers together: a level for each column and the share of the whole. */
static void draw_sums(struct tui *tui, const struct axis *axis, struct rect rect)
{
	static const struct {
		const char *word;
		unsigned share;
	} rows[SUMS] = {{"run", 0}, {"copy", 1}, {"output", 3}, {"input", 2}, {"lock", 4}};

	canvas_rule(&tui->canvas, rect, "all workers together: share of their time in each state");
	for (int i = 0; i < SUMS && i + 1 < rect.h; i++) {
		uint64_t all = 0, known = 0;
		int y = rect.y + 1 + i;

		canvas_put(&tui->canvas, 1, y, STYLE_PLAIN, rows[i].word);
		for (int x = 0; x < grid.width; x++) {
			const struct sum *sum = &grid.sums[x];
			uint64_t ns = sum->ns[rows[i].share],
				 level = sum->known ? (ns * 8 + sum->known / 2) / sum->known : 0;

			all += ns;
			known += sum->known;
			if (level)
				canvas_put(&tui->canvas, axis->x + x, y, STYLE_PLAIN,
					canvas_glyph(&tui->canvas,
						(enum glyph)(GLYPH_LEVEL1 + (int)(level > 8 ? 8 : level) - 1)));
		}
		if (known)
			canvas_printf(&tui->canvas, axis->x + axis->width + 1, y, STYLE_PLAIN, "%3d%%",
				(int)((double)all * 100 / (double)known));
	}
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
		body.h -= SUMS + 2;
		place = (struct rect){body.x, body.y + body.h, body.w, SUMS + 1};
	}
	lines_init(&lines, &tui->canvas);
	lines_moments(&lines, tui, &axis, 6);
	layout_split(body, (int)collect_tracks(tui, NULL) + 1, lines_height(&lines, body.w - 1), 2, &split);
	row = split.list;
	row.h--;
	draw_tracks(tui, &axis, row, sums);
	tui->hit.timeline = (struct rect){axis.x, row.y, axis.width, row.h + 1};
	tui->hit.from_ns = axis.from_ns;
	tui->hit.step_ns = axis.step_ns;
	if (split.list.h > 0)
		draw_cursor(tui, &axis, split.list.y + split.list.h - 1);
	lines_draw(&lines, &tui->canvas, split.detail, 0);
	lines_fini(&lines);
	if (sums)
		draw_sums(tui, &axis, place);
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
