/* report_paper.c: lines of a report. Every byte of foreign text passes through here on its way to a terminal. */
#include "report_paper.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const codes[] = {
	[STYLE_PLAIN] = "",
	[STYLE_BOLD] = "\033[1m",
	[STYLE_ERROR] = "\033[1;31m",
	[STYLE_WARNING] = "\033[1;33m",
	[STYLE_NOTE] = "\033[1;36m",
	[STYLE_DIM] = "\033[2m",
};

void paper_init(struct paper *paper, FILE *file, const struct report_options *options)
{
	paper->file = file;
	paper->width = options->width ? options->width : 80;
	if (paper->width < 20)
		paper->width = 20;
	paper->mode = options->ascii ? TEXT_ASCII : TEXT_UTF8;
	paper->color = options->color;
}

static void put_line(
	struct paper *paper, unsigned indent, enum paper_style style, size_t styled, const char *text, size_t length)
{
	fprintf(paper->file, "%*s", (int)indent, "");
	if (paper->color && style != STYLE_PLAIN && styled) {
		styled = styled < length ? styled : length;
		fprintf(paper->file, "%s%.*s\033[0m", codes[style], (int)styled, text);
		text += styled;
		length -= styled;
	}
	fprintf(paper->file, "%.*s\n", (int)length, text);
}

void paper_wrap_styled(
	struct paper *paper, unsigned indent, unsigned hang, enum paper_style style, size_t styled, const char *text)
{
	char *clean = text_cleaned(text, paper->mode), *at = clean;

	do {
		size_t columns = paper->width > indent + 10 ? paper->width - indent : 10;
		size_t length = text_break(at, columns), used = length;

		while (used && at[used - 1] == ' ')
			used--;
		put_line(paper, indent, style, styled, at, used);
		styled = styled > length ? styled - length : 0;
		at += length;
		while (*at == ' ')
			at++;
		indent = hang;
	} while (*at);
	free(clean);
}

void paper_wrap(struct paper *paper, unsigned indent, unsigned hang, const char *text)
{
	paper_wrap_styled(paper, indent, hang, STYLE_PLAIN, 0, text);
}

void paper_row(struct paper *paper, const char *format, ...)
{
	char line[1024];
	char *clean;
	size_t length;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	clean = text_cleaned(line, paper->mode);
	length = text_fit(clean, paper->width);
	while (length && clean[length - 1] == ' ')
		length--;
	fprintf(paper->file, "%.*s\n", (int)length, clean);
	free(clean);
}

void paper_heading(struct paper *paper, const char *text, const char *rest)
{
	char *line = str_make("%s%s", text, rest);

	paper_empty(paper);
	paper_wrap_styled(paper, 0, 3, STYLE_BOLD, strlen(text), line);
	free(line);
}

void paper_empty(struct paper *paper)
{
	fputc('\n', paper->file);
}

char *paper_cell(const struct paper *paper, const char *text, unsigned columns)
{
	struct str cell = {0};
	char *clean = text_cleaned(text ? text : "", paper->mode);
	size_t length = text_fit(clean, columns), width;
	bool cut = clean[length] && columns;

	str_put(&cell, clean, cut ? text_fit(clean, columns - 1) : length);
	if (cut)
		str_puts(&cell, "~");
	width = text_width(cell.data, cell.length);
	while (width++ < columns)
		str_put(&cell, " ", 1);
	free(clean);
	return str_take(&cell);
}
