/* timeline_grid.c: the rows of Timeline. With many processes it is too much to find out in each frame what they did, so
 * the letters are kept; there is one Timeline. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "short.h"
#include "view.h"

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

/* What the rows show, kept between frames: with many processes it is too much to find out each time. */
static struct grid {
	const struct snapshot *picture;
	uint64_t from_ns, step_ns, end_ns;
	int width, rows, top, show;
	size_t tracks, merged; /* merged: processes to a row */
	struct cell *cells;    /* rows * width */
	char (*names)[24];     /* rows */
	bool has_sums;
	struct snap_mix *sums;        /* width: of all workers */
	struct snap_mix *mixes, *all; /* width: of the process at hand, of the neighbours of a row */
} grid;

/* The most common letter of some neighbours, small below two thirds of those that lived then. */
static struct cell common_cell(const struct snap_mix *mix)
{
	unsigned best = 0;
	char letter;

	for (unsigned i = 1; i < SNAP_STATE_COUNT; i++)
		if (mix->ns[i] > mix->ns[best])
			best = i;
	letter = SNAP_STATES[best];
	if (!mix->known_ns)
		return (struct cell){' ', STYLE_PLAIN};
	if (mix->ns[best] < mix->known_ns / 3 * 2 && letter != '.')
		return (struct cell){(char)(letter + ('a' - 'A')), (uint8_t)style_of_state(letter)};
	return (struct cell){letter, (uint8_t)style_of_state(letter)};
}

static void columns_of(const struct snap_process *process)
{
	snapshot_columns(grid.picture, process->number, grid.from_ns, grid.step_ns, (size_t)grid.width, grid.mixes);
}

/* Adds what the process at hand did to what others did. */
static void columns_add(struct snap_mix *sums)
{
	for (int x = 0; x < grid.width; x++) {
		for (unsigned i = 0; i < SNAP_STATE_COUNT; i++)
			sums[x].ns[i] += grid.mixes[x].ns[i];
		sums[x].known_ns += grid.mixes[x].known_ns;
	}
}

static void fill_merged(const struct snap_process **list, size_t count, struct cell *out)
{
	memset(grid.all, 0, (size_t)grid.width * sizeof(*grid.all));
	for (size_t i = 0; i < count; i++) {
		columns_of(list[i]);
		columns_add(grid.all);
		if (grid.has_sums && list[i]->role == SNAP_WORKER)
			columns_add(grid.sums);
	}
	for (int x = 0; x < grid.width; x++)
		out[x] = common_cell(&grid.all[x]);
}

static void fill_row(const struct snap_process *process, struct cell *out)
{
	columns_of(process);
	for (int x = 0; x < grid.width; x++) {
		uint64_t from = grid.from_ns + (uint64_t)x * grid.step_ns;
		enum style style = STYLE_PLAIN;

		out[x].letter =
			process->shares_known || process->state != SNAP_NOT_KNOWN
				? column_state(grid.picture, process, from, from + grid.step_ns, &grid.mixes[x], &style)
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

static bool grid_is_fresh(const struct grid *wanted)
{
	return grid.picture == wanted->picture && grid.end_ns == wanted->end_ns && grid.from_ns == wanted->from_ns &&
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
	free(grid.mixes);
	free(grid.all);
	grid = *wanted;
	grid.cells = mem_zalloc((size_t)grid.rows * (size_t)grid.width, sizeof(*grid.cells));
	grid.names = mem_zalloc((size_t)grid.rows, sizeof(*grid.names));
	grid.sums = mem_zalloc((size_t)grid.width, sizeof(*grid.sums));
	grid.mixes = mem_zalloc((size_t)grid.width, sizeof(*grid.mixes));
	grid.all = mem_zalloc((size_t)grid.width, sizeof(*grid.all));
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
	for (size_t i = 0; grid.has_sums && grid.merged == 1 && i < grid.picture->process_count; i++)
		if (grid.picture->processes[i].role == SNAP_WORKER) {
			columns_of(&grid.picture->processes[i]);
			columns_add(grid.sums);
		}
	free(list);
}

void timeline_draw_tracks(struct tui *tui, const struct axis *axis, struct rect rect, bool sums)
{
	size_t rows = (size_t)(rect.h > 0 ? rect.h : 0);
	struct grid wanted = {.picture = player_last(tui->player),
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
			&tui->canvas, 1, rect.y + row, TIMELINE_NAMES - 1, ALIGN_LEFT, STYLE_PLAIN, grid.names[row]);
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
void timeline_draw_sums(struct tui *tui, const struct axis *axis, struct rect rect)
{
	static const struct {
		const char *word;
		unsigned share;
	} rows[TIMELINE_SUMS] = {{"run", 0}, {"copy", 1}, {"output", 3}, {"input", 2}, {"lock", 4}};

	canvas_rule(&tui->canvas, rect, "all workers together: share of their time in each state");
	for (int i = 0; i < TIMELINE_SUMS && i + 1 < rect.h; i++) {
		uint64_t all = 0, known = 0;
		int y = rect.y + 1 + i;

		canvas_put(&tui->canvas, 1, y, STYLE_PLAIN, rows[i].word);
		for (int x = 0; x < grid.width; x++) {
			const struct snap_mix *sum = &grid.sums[x];
			uint64_t ns = sum->ns[rows[i].share],
				 level = sum->known_ns ? (ns * 8 + sum->known_ns / 2) / sum->known_ns : 0;

			all += ns;
			known += sum->known_ns;
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

int timeline_track_count(const struct tui *tui)
{
	return (int)collect_tracks(tui, NULL);
}
