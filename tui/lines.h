/* lines.h: text that is wrapped to the width of its place: details, findings, help. */
#ifndef MPW_TUI_LINES_H
#define MPW_TUI_LINES_H

#include <stddef.h>

#include "canvas.h"

struct lines {
	struct line *list;
	size_t count;
	bool ascii;
};

void lines_init(struct lines *lines, const struct canvas *canvas);
void lines_fini(struct lines *lines);

/* A paragraph: starts in column `indent`, goes on in column `hang`. Foreign text is welcome. */
void lines_add(struct lines *lines, enum style style, int indent, int hang, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* The same, text is cut instead of wrapped: tables and source. */
void lines_row(struct lines *lines, enum style style, int indent, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A rule with a title, over the whole width. */
void lines_rule(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Rows on a screen of this width. */
int lines_height(const struct lines *lines, int width);
/* Draws from row `top` on. */
void lines_draw(const struct lines *lines, struct canvas *canvas, struct rect rect, int top);

#endif
