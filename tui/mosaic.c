/* mosaic.c: one letter for each process: hundreds of workers at one look. */
#include <string.h>

#include "short.h"
#include "view.h"

static const struct snap_process *process_at(const struct table *table, size_t index)
{
	return table->rows[index].data;
}

/* How many are in each state now. */
static void draw_census(struct tui *tui, struct rect row)
{
	static const char letters[] = SNAP_STATES "-?";
	size_t count[sizeof(letters)] = {0};
	int x;

	for (size_t i = 0; i < tui->table.count; i++) {
		const char *at = strchr(letters, process_at(&tui->table, i)->state);

		if (at && *at)
			count[at - letters]++;
	}
	x = canvas_printf(&tui->canvas, row.x + 1, row.y, STYLE_PLAIN, "%zu processes  ", tui->table.count);
	for (size_t i = 0; letters[i]; i++) {
		char letter[2] = {letters[i], 0};

		if (letters[i] == '?' && !count[i])
			continue;
		x = canvas_put(&tui->canvas, x, row.y, style_of_state(letters[i]),
			letters[i] == '.' ? canvas_glyph(&tui->canvas, GLYPH_OTHER) : letter);
		x = canvas_printf(&tui->canvas, x, row.y, STYLE_PLAIN, " %zu  ", count[i]);
	}
	if (row.w - x > 22)
		canvas_put_cell(&tui->canvas, x, row.y, row.w - x - 1, ALIGN_RIGHT, STYLE_DIM, "one letter each");
}

#define MOSAIC_X 7

int mosaic_cells(int width)
{
	return width > 24 ? (width - MOSAIC_X - 1) / 16 * 16 : 16;
}

static void draw_cell(struct tui *tui, const struct snap_process *process, bool selected, int x, int y)
{
	char letter[2] = {process->state, 0};

	canvas_put(&tui->canvas, x, y, selected ? STYLE_REVERSE : style_of_state(letter[0]),
		letter[0] == '.' ? canvas_glyph(&tui->canvas, GLYPH_OTHER) : letter);
	if (selected) {
		tui->canvas.cursor_x = x;
		tui->canvas.cursor_y = y;
	}
}

/* One letter for each process, in rows that start with a name. */
void draw_mosaic(struct tui *tui, struct rect body)
{
	const struct table *table = &tui->table;
	int cells = mosaic_cells(body.w), height = body.h - 3, at = (int)table->state->index / cells,
	    first = height > 0 && at >= height ? at - height + 1 : 0;
	const struct snap_process *selected = table_selected(table);
	char time[SHORT_SIZE];

	draw_census(tui, body);
	tui->hit.mosaic = (struct rect){body.x + MOSAIC_X, body.y + 1, cells, height > 0 ? height : 0};
	tui->hit.cells = cells;
	tui->hit.top = (size_t)first * (size_t)cells;
	for (size_t i = tui->hit.top; i < table->count; i++) {
		const struct snap_process *process = process_at(table, i);
		int y = body.y + 1 + (int)i / cells - first;

		if (y > body.y + height)
			break;
		if (i % (size_t)cells == 0)
			canvas_put_cell(&tui->canvas, body.x, y, MOSAIC_X - 1, ALIGN_RIGHT, STYLE_PLAIN, process->name);
		draw_cell(tui, process, process == selected, body.x + MOSAIC_X + (int)i % cells, y);
	}
	if (selected && body.h > 1)
		canvas_printf(&tui->canvas, body.x, body.y + body.h - 1, STYLE_BOLD, ">%s pid %d  %s%s%s",
			selected->name, selected->pid,
			selected->doing   ? selected->doing
			: selected->ended ? selected->ended
					  : "",
			selected->doing && selected->for_ns != UNKNOWN ? " for " : "",
			selected->doing && selected->for_ns != UNKNOWN ? short_seconds(selected->for_ns, time) : "");
}
