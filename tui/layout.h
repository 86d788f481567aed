/* layout.h: where things go: pure functions of the size and of how much there is to show. */
#ifndef MPW_TUI_LAYOUT_H
#define MPW_TUI_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "canvas.h"

enum size_class {
	SIZE_NOTHING, /* below 20x2: "too small" */
	SIZE_LINE,    /* below 40x8: one line with the worst */
	SIZE_COMPACT, /* no tabs, no legend */
	SIZE_FULL,
};

/* Rects of height 0 are not shown. All lie inside of the screen and none overlap. */
struct frame_layout {
	enum size_class size;
	bool wide; /* long words in tabs and header */
	struct rect header, tabs, body, message, hints;
};

void layout_frame(int w, int h, struct frame_layout *out);

/* Divides a body between a list of `rows` rows and what tells more about the selected one, which wants `wanted` rows
 * and is left out when it would have less than `least`. The list keeps at least half. */
struct split_layout {
	struct rect list, detail;
};
void layout_split(struct rect body, int rows, int wanted, int least, struct split_layout *out);

/* Which columns of a table fit, and where: width[] 0 means not shown. Columns with the highest priority number go
 * first, all of them together; a stretching column takes what is left. Priority 0 is always tried. */
struct column_size {
	int width, priority;
	bool stretch;
};
void layout_columns(const struct column_size *columns, size_t count, int total, int *x, int *width);

/* First row to show so that `selected` is visible, moving as little as needed from `top`. */
size_t layout_scroll(size_t top, size_t selected, size_t count, size_t visible);

#endif
