/* view_output.c: screen 9: the program's output: never in a recording. */
#include "view.h"

static void draw(struct tui *tui, struct rect body)
{
	struct lines lines;

	lines_init(&lines, &tui->canvas);
	lines_add(&lines, STYLE_PLAIN, 1, 1, "Not recorded: what the program prints is never part of a recording.");
	lines_draw(&lines, &tui->canvas, body, 0);
	lines_fini(&lines);
}

const struct view view_output = {.draw = draw};
