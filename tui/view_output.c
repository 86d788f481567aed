/* view_output.c: screen 9: the program's output: never in a recording. */
#include "live.h"
#include "pane.h"
#include "short.h"
#include "view.h"

static void draw_text(struct tui *tui, struct rect body, const char *text)
{
	struct lines lines;

	lines_init(&lines, &tui->canvas);
	lines_add(&lines, STYLE_PLAIN, 1, 1, "%s", text);
	lines_draw(&lines, &tui->canvas, body, 0);
	lines_fini(&lines);
}

/* scroll counts from the last line upwards: new lines push the others. */
static void draw_pane(struct tui *tui, struct rect body)
{
	const struct pane *pane = tui->session->pane;
	size_t lines = pane_lines(pane), height = (size_t)body.h, top, cursor;
	int *scroll = &tui->scroll[VIEW_OUTPUT], most = lines > height ? (int)(lines - height) : 0, column;

	*scroll = *scroll > most ? most : *scroll;
	top = (size_t)(most - *scroll);
	for (size_t i = 0; i < height; i++)
		pane_draw_line(pane, top + i, &tui->canvas, body.x, body.y + (int)i, body.w);
	pane_cursor(pane, &cursor, &column);
	if (cursor >= top && cursor < top + height) {
		tui->canvas.cursor_x = body.x + (column < body.w ? column : body.w - 1);
		tui->canvas.cursor_y = body.y + (int)(cursor - top);
	}
}

static void draw(struct tui *tui, struct rect body)
{
	const struct live *live = tui->session;

	if (!live)
		draw_text(tui, body, "Not recorded: what the program prints is never part of a recording.");
	else if (live->output < 0 && live->options.owner)
		draw_text(tui, body, "Redirected: not shown here.");
	else if (live->output < 0)
		draw_text(tui, body, "On the terminal where the program was started: not shown here.");
	else if (!live->output_read)
		draw_text(tui, body, live->ended ? "The program printed nothing." : "Nothing printed yet.");
	else
		draw_pane(tui, body);
}

/* The last lines are the first that one wants to see: up goes back. */
static bool act(struct tui *tui, enum action action)
{
	int *scroll = &tui->scroll[VIEW_OUTPUT], page = tui->frame.body.h > 4 ? tui->frame.body.h / 2 : 1, by;

	if (!tui->session || tui->session->output < 0)
		return false;
	if (action == ACTION_FIRST || action == ACTION_LAST) {
		*scroll = action == ACTION_FIRST ? 1000000 : 0;
		return true;
	}
	by = action == ACTION_UP          ? 1
	     : action == ACTION_DOWN      ? -1
	     : action == ACTION_PAGE_UP   ? page
	     : action == ACTION_PAGE_DOWN ? -page
					  : 0;
	*scroll = *scroll + by > 0 ? *scroll + by : 0;
	return by != 0;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	const struct live *live = tui->session;
	char bytes[SHORT_SIZE];

	text[0] = 0;
	if (!live || live->output < 0)
		return;
	if (live_draws_itself(live))
		snprintf(text, size, "%s",
			tui->canvas.w > 105
				? "This program draws its own screen. Better: mpwatch -n CMD here and mpwatch attach "
				  "in a "
				  "second terminal."
				: "It draws its own screen. Better: mpwatch -n CMD, and mpwatch attach elsewhere");
	else
		snprintf(text, size, "%s%s printed.%s%s",
			tui->scroll[VIEW_OUTPUT] ? "Scrolled back (G: latest).  " : "",
			long_bytes(live->output_read, bytes),
			live->options.owner && !live->ended ? "  i: keys go to the program." : "",
			live->options.owner && !live->ended && tui->canvas.w >= 100 ? "  Ctrl-] brings them back."
										    : "");
}

const struct view view_output = {.draw = draw, .act = act, .status = status};
