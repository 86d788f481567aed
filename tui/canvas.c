/* canvas.c: a screen in memory. */
#include "canvas.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"

#define STYLE(id, attributes, fg, bg8, bg256) {attributes, fg, bg8, bg256},
const struct style_look style_looks[STYLE_COUNT] = {
#include "styles.def"
};
#undef STYLE

#define GLYPH(id, ascii, utf8) {ascii, utf8},
static const char *const glyphs[GLYPH_COUNT][2] = {GLYPHS(GLYPH)};
#undef GLYPH

void canvas_init(struct canvas *canvas, int w, int h, bool ascii)
{
	memset(canvas, 0, sizeof(*canvas));
	canvas->w = w < 1 ? 1 : w;
	canvas->h = h < 1 ? 1 : h;
	canvas->ascii = ascii;
	canvas->cells = mem_zalloc((size_t)canvas->w * (size_t)canvas->h, sizeof(*canvas->cells));
	canvas_clear(canvas);
}

void canvas_fini(struct canvas *canvas)
{
	free(canvas->cells);
	canvas->cells = NULL;
}

void canvas_clear(struct canvas *canvas)
{
	static const struct canvas_cell blank = {" ", STYLE_PLAIN};

	canvas->clip = (struct rect){0, 0, canvas->w, canvas->h};
	canvas->cursor_x = 0;
	canvas->cursor_y = canvas->h - 1;
	for (int i = 0; i < canvas->w * canvas->h; i++)
		canvas->cells[i] = blank;
}

void canvas_clip(struct canvas *canvas, struct rect rect)
{
	int right = rect.x + rect.w, bottom = rect.y + rect.h;

	rect.x = rect.x < 0 ? 0 : rect.x;
	rect.y = rect.y < 0 ? 0 : rect.y;
	rect.w = (right > canvas->w ? canvas->w : right) - rect.x;
	rect.h = (bottom > canvas->h ? canvas->h : bottom) - rect.y;
	canvas->clip = rect;
}

static bool inside(const struct canvas *canvas, int x, int y, int width)
{
	const struct rect *clip = &canvas->clip;

	return x >= clip->x && x + width <= clip->x + clip->w && y >= clip->y && y < clip->y + clip->h;
}

static struct canvas_cell *cell_at(struct canvas *canvas, int x, int y)
{
	return &canvas->cells[y * canvas->w + x];
}

static void set_blank(struct canvas *canvas, int x, int y)
{
	struct canvas_cell *cell = cell_at(canvas, x, y);

	cell->text[0] = ' ';
	cell->text[1] = 0;
}

/* Overwriting half of a wide character leaves a blank where the other half was. */
static void set_cell(struct canvas *canvas, int x, int y, enum style style, const char *bytes, size_t length, int width)
{
	if (!inside(canvas, x, y, width))
		return;
	if (!cell_at(canvas, x, y)->text[0] && x > 0)
		set_blank(canvas, x - 1, y);
	if (x + width < canvas->w && !cell_at(canvas, x + width, y)->text[0])
		set_blank(canvas, x + width, y);
	for (int i = 0; i < width; i++) {
		struct canvas_cell *cell = cell_at(canvas, x + i, y);

		memset(cell->text, 0, sizeof(cell->text));
		if (i == 0)
			memcpy(cell->text, bytes, length);
		cell->style = (uint8_t)style;
	}
}

static int put_clean(struct canvas *canvas, int x, int y, enum style style, const char *text)
{
	while (*text) {
		size_t length = utf8_decode(text, strlen(text), NULL);
		int width;

		length = length ? length : 1;
		width = (int)text_width(text, length);
		set_cell(canvas, x, y, style, text, length, width);
		x += width;
		text += length;
	}
	return x;
}

static char *clean(const struct canvas *canvas, const char *text)
{
	return text_cleaned(text ? text : "-", canvas->ascii ? TEXT_ASCII : TEXT_UTF8);
}

int canvas_put(struct canvas *canvas, int x, int y, enum style style, const char *text)
{
	char *cleaned = clean(canvas, text);

	x = put_clean(canvas, x, y, style, cleaned);
	free(cleaned);
	return x;
}

int canvas_printf(struct canvas *canvas, int x, int y, enum style style, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		die_no_memory();
	va_end(arguments);
	x = canvas_put(canvas, x, y, style, text);
	free(text);
	return x;
}

void canvas_put_cell(
	struct canvas *canvas, int x, int y, int width, enum align align, enum style style, const char *text)
{
	char *cleaned = clean(canvas, text);
	int length = (int)text_width(cleaned, strlen(cleaned));

	if (width <= 0)
		goto out;
	if (length > width) {
		cleaned[text_fit(cleaned, (size_t)width - 1)] = 0;
		length = put_clean(canvas, x, y, style, cleaned) - x;
		canvas_put(canvas, x + length, y, style, canvas_glyph(canvas, GLYPH_CUT));
		goto out;
	}
	put_clean(canvas, align == ALIGN_RIGHT ? x + width - length : x, y, style, cleaned);
out:
	free(cleaned);
}

void canvas_fill(struct canvas *canvas, struct rect rect, enum style style)
{
	for (int y = rect.y; y < rect.y + rect.h; y++)
		for (int x = rect.x; x < rect.x + rect.w; x++)
			set_cell(canvas, x, y, style, " ", 1, 1);
}

void canvas_rule(struct canvas *canvas, struct rect rect, const char *title)
{
	const char *rule = canvas_glyph(canvas, GLYPH_RULE);
	int x = rect.x;

	x = canvas_put(canvas, x, rect.y, STYLE_DIM, rule);
	x = canvas_put(canvas, x, rect.y, STYLE_DIM, rule);
	if (title && *title)
		x = canvas_printf(canvas, x, rect.y, STYLE_BOLD, " %s ", title);
	while (x < rect.x + rect.w)
		x = canvas_put(canvas, x, rect.y, STYLE_DIM, rule);
}

const char *canvas_glyph(const struct canvas *canvas, enum glyph glyph)
{
	return glyphs[glyph][canvas->ascii || canvas->plain_glyphs ? 0 : 1];
}

/* --- as text
 * ------------------------------------------------------------------------------------------------------------ */

struct style_now style_now(enum style style, enum palette palette)
{
	const struct style_look *look = &style_looks[style];
	bool state = look->bg8 >= 0, colored = palette == PALETTE_8 || palette == PALETTE_256;
	struct style_now now = {.attributes = look->attributes, .fg = -1, .bg = -1};

	/* Every state stands out, nothing is dim: for eyes and screens that need it. */
	if (palette == PALETTE_CONTRAST)
		now.attributes =
			state || style == STYLE_ERROR ? ATTR_REVERSE | ATTR_BOLD : look->attributes & ~ATTR_DIM;
	if (!colored)
		return now;
	now.fg = look->fg;
	if (state) {
		now.attributes = 0;
		now.bg = palette == PALETTE_256 ? look->bg256 : look->bg8;
	}
	return now;
}

static void print_look(FILE *file, enum style style, enum palette palette)
{
	struct style_now now = style_now(style, palette);

	fputs("\033[0", file);
	if (now.attributes & ATTR_BOLD)
		fputs(";1", file);
	if (now.attributes & ATTR_DIM)
		fputs(";2", file);
	if (now.attributes & ATTR_REVERSE)
		fputs(";7", file);
	if (now.fg >= 0)
		fprintf(file, ";%d", 30 + now.fg);
	if (now.bg >= 0 && palette == PALETTE_256)
		fprintf(file, ";48;5;%d", now.bg);
	else if (now.bg >= 0)
		fprintf(file, ";%d", 40 + now.bg);
	fputs("m", file);
}

static int row_length(const struct canvas *canvas, int y, bool plain)
{
	int length = canvas->w;

	while (length > 0) {
		const struct canvas_cell *cell = &canvas->cells[y * canvas->w + length - 1];

		if (strcmp(cell->text, " ") != 0 || (!plain && cell->style != STYLE_PLAIN))
			break;
		length--;
	}
	return length;
}

void canvas_print(const struct canvas *canvas, FILE *file, enum palette palette, bool plain)
{
	for (int y = 0; y < canvas->h; y++) {
		int length = row_length(canvas, y, plain);
		enum style style = STYLE_PLAIN;

		for (int x = 0; x < length; x++) {
			const struct canvas_cell *cell = &canvas->cells[y * canvas->w + x];

			if (!plain && cell->style != style)
				print_look(file, style = (enum style)cell->style, palette);
			fputs(cell->text, file);
		}
		if (!plain && style != STYLE_PLAIN)
			fputs("\033[0m", file);
		fputc('\n', file);
	}
}
