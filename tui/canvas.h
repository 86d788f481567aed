/* canvas.h: a screen in memory. Views draw on it; screen.c shows it on a terminal, canvas_print writes it as text.
 * All text passes the same cleaning: nothing of the program's text is ever interpreted by a terminal. */
#ifndef MPW_TUI_CANVAS_H
#define MPW_TUI_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ATTR_BOLD 1u
#define ATTR_DIM 2u
#define ATTR_REVERSE 4u

#define STYLE(id, attributes, fg, bg8, bg256) STYLE_##id,
enum style {
#include "styles.def"
	STYLE_COUNT
};
#undef STYLE

struct style_look {
	unsigned attributes;
	int fg, bg8, bg256;
};
extern const struct style_look style_looks[STYLE_COUNT];

enum palette { PALETTE_MONO, PALETTE_8, PALETTE_256, PALETTE_CONTRAST };

/* clang-format off */
#define GLYPHS(X) \
	X(RULE, "-", "─") X(TIMES, "x", "×") X(CUT, "~", "…") X(FULL, "#", "█") X(FREE, ".", "·") X(OTHER, ".", "·") \
	X(LEVEL1, "1", "▁") X(LEVEL2, "2", "▂") X(LEVEL3, "3", "▃") X(LEVEL4, "4", "▄") \
	X(LEVEL5, "5", "▅") X(LEVEL6, "6", "▆") X(LEVEL7, "7", "▇") X(LEVEL8, "9", "█") \
	X(TEE, "|-", "├─") X(CORNER, "`-", "└─") X(STEM, "| ", "│ ") X(ARROW, "->", "→") X(BACK, "<-", "←")
/* clang-format on */
#define GLYPH(id, ascii, utf8) GLYPH_##id,
enum glyph { GLYPHS(GLYPH) GLYPH_COUNT };
#undef GLYPH

struct rect {
	int x, y, w, h;
};

struct canvas_cell {
	char text[5]; /* one character; empty: the right half of the wide one before */
	uint8_t style;
};

struct canvas {
	int w, h;
	bool ascii;        /* texts and glyphs */
	bool plain_glyphs; /* only glyphs: frames and bars */
	struct rect clip;
	int cursor_x, cursor_y; /* the selected row, for magnifiers and Braille displays */
	struct canvas_cell *cells;
};

/* Sizes below 1 become 1. */
void canvas_init(struct canvas *canvas, int w, int h, bool ascii);
/* Colours of a look and what else it takes: attributes, and colour numbers or -1. */
struct style_now {
	unsigned attributes;
	int fg, bg;
};
struct style_now style_now(enum style style, enum palette palette);
void canvas_fini(struct canvas *canvas);
void canvas_clear(struct canvas *canvas); /* and no clip */
void canvas_clip(struct canvas *canvas, struct rect rect);

/* Text from column x on, cut at the clip; returns the column behind it (even when that is outside). */
int canvas_put(struct canvas *canvas, int x, int y, enum style style, const char *text);
int canvas_printf(struct canvas *canvas, int x, int y, enum style style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Exactly `width` columns: padded, or cut with the mark of cutting at its end. */
enum align { ALIGN_LEFT, ALIGN_RIGHT };
void canvas_put_cell(
	struct canvas *canvas, int x, int y, int width, enum align align, enum style style, const char *text);
void canvas_fill(struct canvas *canvas, struct rect rect, enum style style);
/* "-- title -------" over the whole width of the rect's first row. */
void canvas_rule(struct canvas *canvas, struct rect rect, const char *title);
const char *canvas_glyph(const struct canvas *canvas, enum glyph glyph);

/* The screen as lines; mono and plain: no SGR, trailing blanks cut. */
void canvas_print(const struct canvas *canvas, FILE *file, enum palette palette, bool plain);

#endif
