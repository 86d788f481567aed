/* finding_lines.c: see finding_lines.h. */
#include "finding_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

static unsigned digits_of(uint32_t number)
{
	unsigned digits = 2;

	for (number /= 100; number; number /= 10)
		digits++;
	return digits;
}

static size_t indent_of(const char *text)
{
	return strspn(text, " \t");
}

/* Takes the line's memory. */
static void put_row(const struct line_taker *out, char *line)
{
	out->row(out->context, line);
	free(line);
}

/* The note behind the carets of `line`, in a column of its own. */
static void put_note(const char *note, struct str *line, unsigned digits, const struct line_taker *out)
{
	unsigned hang = (unsigned)line->length + 1;

	do {
		size_t fits = text_fit(note, out->width - hang), cut = fits;

		while (note[fits] && cut && note[cut] != ' ')
			cut--;
		if (!cut)
			cut = fits ? fits : strlen(note);
		put_row(out, str_make("%s %.*s", line->data, (int)cut, note));
		note += cut + strspn(note + cut, " ");
		str_clear(line);
		str_printf(line, "%*s |%*s", (int)digits, "", (int)(hang - digits - 3), "");
	} while (*note);
}

/* The carets below the marked part, and the note behind them. `shown`: the source line as printed, from column
 * `column` on. */
static void put_mark(
	const struct finding_quote *quote, const char *shown, unsigned digits, const struct line_taker *out)
{
	const char *at = quote->mark ? strstr(shown, quote->mark) : NULL;
	unsigned column = digits + 3;
	struct str line = {0};
	size_t before, length;

	if (!at)
		return;
	before = text_width(shown, (size_t)(at - shown));
	length = text_width(quote->mark, strlen(quote->mark));
	if (column + before + length > out->width)
		return;
	str_printf(&line, "%*s | %*s", (int)digits, "", (int)before, "");
	while (length--)
		str_puts(&line, "^");
	if (quote->note && line.length + 21 <= out->width) {
		put_note(quote->note, &line, digits, out);
	} else {
		out->row(out->context, line.data);
		if (quote->note)
			out->paragraph(out->context, column, column, 0, quote->note);
	}
	str_fini(&line);
}

void finding_lines_quote(const struct finding_quote *quote, const struct line_taker *out)
{
	unsigned digits = digits_of(quote->line);
	const char *above = quote->above && quote->above[indent_of(quote->above)] ? quote->above : NULL;
	size_t indent, more;

	if (!quote->source)
		return;
	indent = indent_of(quote->source);
	more = above ? indent_of(above) : indent;
	put_row(out, str_make("%*s |", (int)digits, ""));
	if (above)
		put_row(out,
			str_make("%*u | %s", (int)digits, quote->line - 1, above + (more < indent ? more : indent)));
	indent = more < indent ? more : indent;
	put_row(out, str_make("%*u | %s", (int)digits, quote->line, quote->source + indent));
	put_mark(quote, quote->source + indent, digits, out);
}

#define PART_INDENT 3u
#define PART_HANG 11u

void finding_lines_part(const char *name, const char *text, const struct line_taker *out)
{
	size_t length = strcspn(text, "\n");
	char *line = str_make("= %s%.*s", name, (int)length, text);

	out->paragraph(out->context, PART_INDENT, PART_HANG, strlen(name) + 2, line);
	free(line);
	while (text[length]) {
		unsigned indent;

		text += length + 1;
		indent = (unsigned)strspn(text, " ");
		length = strcspn(text, "\n");
		line = str_make("%.*s", (int)(length - indent), text + indent);
		out->paragraph(out->context, PART_HANG + indent, PART_HANG + indent + 2, 0, line);
		free(line);
	}
}
