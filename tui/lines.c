/* lines.c: text that is wrapped to the width of its place. */
#include "lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum line_kind { LINE_WRAP, LINE_ROW, LINE_RULE };

struct line {
	char *text; /* clean */
	enum style style;
	enum line_kind kind;
	int indent, hang;
};

void lines_init(struct lines *lines, const struct canvas *canvas)
{
	*lines = (struct lines){.ascii = canvas->ascii};
}

void lines_fini(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->list[i].text);
	free(lines->list);
}

static void add(struct lines *lines, enum style style, enum line_kind kind, int indent, int hang, const char *format,
	va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		die_no_memory();
	lines->list = mem_resize(lines->list, (lines->count + 1) * sizeof(*lines->list));
	lines->list[lines->count++] =
		(struct line){text_cleaned(text, lines->ascii ? TEXT_ASCII : TEXT_UTF8), style, kind, indent, hang};
	free(text);
}

void lines_add(struct lines *lines, enum style style, int indent, int hang, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(lines, style, LINE_WRAP, indent, hang, format, arguments);
	va_end(arguments);
}

void lines_row(struct lines *lines, enum style style, int indent, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(lines, style, LINE_ROW, indent, indent, format, arguments);
	va_end(arguments);
}

void lines_rule(struct lines *lines, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(lines, STYLE_BOLD, LINE_RULE, 0, 0, format, arguments);
	va_end(arguments);
}

/* Draws the paragraph's rows `top`.. that fall into the rect, or only counts them (canvas NULL). */
static int paragraph(const struct line *line, struct canvas *canvas, struct rect rect, int row)
{
	const char *at = line->text;
	int indent = line->indent, rows = 0;

	do {
		int width = rect.w - indent;
		size_t bytes = line->kind == LINE_ROW ? strlen(at) : text_break(at, width > 1 ? (size_t)width : 1);

		if (canvas && row + rows >= 0 && row + rows < rect.h) {
			char *part = strndup(at, bytes);

			if (!part)
				die_no_memory();
			canvas_put_cell(
				canvas, rect.x + indent, rect.y + row + rows, width, ALIGN_LEFT, line->style, part);
			free(part);
		}
		rows++;
		at += bytes;
		at += strspn(at, " ");
		indent = line->hang < rect.w / 2 ? line->hang : rect.w / 2;
	} while (*at);
	return rows;
}

int lines_height(const struct lines *lines, int width)
{
	int height = 0;

	for (size_t i = 0; i < lines->count; i++)
		height += lines->list[i].kind == LINE_WRAP
				  ? paragraph(&lines->list[i], NULL, (struct rect){0, 0, width, 0}, 0)
				  : 1;
	return height;
}

void lines_draw(const struct lines *lines, struct canvas *canvas, struct rect rect, int top)
{
	int row = -top;

	for (size_t i = 0; i < lines->count && row < rect.h; i++) {
		const struct line *line = &lines->list[i];

		if (line->kind != LINE_RULE) {
			row += paragraph(line, canvas, rect, row);
			continue;
		}
		if (row >= 0)
			canvas_rule(canvas, (struct rect){rect.x, rect.y + row, rect.w, 1}, line->text);
		row++;
	}
}
