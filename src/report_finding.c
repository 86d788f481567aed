/* report_finding.c: one finding as text: level and title, place with its source line, what was seen, why, fix, more. */
#include <stdlib.h>
#include <string.h>

#include "report_print.h"

static const char *last_part(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && slash[1] ? slash + 1 : path;
}

static void print_title(const struct finding *finding, struct paper *paper)
{
	static const enum paper_style styles[] = {
		[LEVEL_ERROR] = STYLE_ERROR, [LEVEL_WARNING] = STYLE_WARNING, [LEVEL_NOTE] = STYLE_NOTE};
	char *head = str_make("%s[MPW-%s]:", finding_level_name(finding->level), finding->kind->code);
	char *line = finding->count > 1 ? str_make("%s %s (x%u)", head, finding->title, finding->count)
					: str_make("%s %s", head, finding->title);

	paper_empty(paper);
	paper_wrap_styled(paper, 0, 4, styles[finding->level], strlen(head), line);
	free(line);
	free(head);
}

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

/* The carets below the marked part, and the note behind them. `shown`: the source line as printed, from column
 * `column` on. */
static void print_mark(
	struct paper *paper, const struct finding *finding, const char *shown, unsigned digits, unsigned column)
{
	const char *at = finding->mark ? strstr(shown, finding->mark) : NULL, *note = finding->mark_note;
	size_t before, length;
	struct str line = {0};

	if (!at)
		return;
	before = text_width(shown, (size_t)(at - shown));
	length = text_width(finding->mark, strlen(finding->mark));
	if (column + before + length > paper->width)
		return;
	str_printf(&line, "%*s | %*s", (int)digits, "", (int)before, "");
	while (length--)
		str_puts(&line, "^");
	if (note && line.length + 21 <= paper->width) {
		unsigned hang = (unsigned)line.length + 1;

		do {
			size_t fits = text_fit(note, paper->width - hang), cut = fits;

			while (note[fits] && cut && note[cut] != ' ')
				cut--;
			if (!cut)
				cut = fits ? fits : strlen(note);
			paper_row(paper, "%s %.*s", line.data, (int)cut, note);
			note += cut + strspn(note + cut, " ");
			str_clear(&line);
			str_printf(&line, "%*s |%*s", (int)digits, "", (int)(hang - digits - 3), "");
		} while (*note);
	} else {
		paper_row(paper, "%s", line.data);
		if (note)
			paper_wrap(paper, column, column, note);
	}
	str_fini(&line);
}

/* The line, the one above it for orientation, and what is wrong with it. */
static void print_source(const struct report_rows *rows, const struct finding *finding, struct paper *paper)
{
	struct source_line source, above;
	unsigned digits = digits_of(finding->line);
	size_t indent, more;
	bool has_above;

	if (rows->redact || !model_source(rows->model, finding->file, finding->line, &source))
		return;
	if (source.state == 1)
		paper_row(paper, "   (this file has changed since the program started)");
	if (source.state || !source.text)
		return;
	has_above = finding->line > 1 && model_source(rows->model, finding->file, finding->line - 1, &above) &&
		    !above.state && above.text && above.text[indent_of(above.text)];
	indent = indent_of(source.text);
	more = has_above ? indent_of(above.text) : indent;
	paper_row(paper, "%*s |", (int)digits, "");
	if (has_above)
		paper_row(paper, "%*u | %s", (int)digits, finding->line - 1,
			above.text + (more < indent ? more : indent));
	indent = more < indent ? more : indent;
	paper_row(paper, "%*u | %s", (int)digits, finding->line, source.text + indent);
	print_mark(paper, finding, source.text + indent, digits, digits + 3);
}

static void print_place(const struct report_rows *rows, const struct finding *finding, struct paper *paper)
{
	struct str line = {0};

	if (finding->file && finding->line) {
		str_printf(&line, "--> %s:%u", rows->redact ? last_part(finding->file) : finding->file, finding->line);
		if (finding->function)
			str_printf(&line, " in %s()", finding->function);
	} else if (finding->module) {
		str_printf(&line, "--> %s", rows->redact ? last_part(finding->module) : finding->module);
		if (finding->function)
			str_printf(&line, ", %s()", finding->function);
	} else {
		return;
	}
	paper_wrap_styled(paper, 2, 6, STYLE_BOLD, 3, line.data);
	str_fini(&line);
	if (finding->file && finding->line)
		print_source(rows, finding, paper);
}

#define PART_INDENT 11u

static void print_part(struct paper *paper, const char *name, const char *text)
{
	size_t length = strcspn(text, "\n");
	char *line = str_make("= %s%.*s", name, (int)length, text);

	paper_wrap_styled(paper, 3, PART_INDENT, STYLE_BOLD, strlen(name) + 2, line);
	free(line);
	while (text[length]) {
		size_t indent;

		text += length + 1;
		indent = strspn(text, " ");
		length = strcspn(text, "\n");
		line = str_make("%.*s", (int)(length - indent), text + indent);
		paper_wrap(paper, PART_INDENT + (unsigned)indent, PART_INDENT + (unsigned)indent + 2, line);
		free(line);
		length = strcspn(text, "\n");
	}
}

static void print_who(const struct finding *finding, struct paper *paper)
{
	char *line;

	if (finding->who_count < 2)
		return;
	line = str_make("%s%s", finding->who, finding->who_count > 8 ? ", ..." : "");
	print_part(paper, "who:  ", line);
	free(line);
}

void report_print_finding(const struct report_rows *rows, const struct finding *finding, struct paper *paper)
{
	char *more = str_make("mpwatch explain %s", finding->kind->code);

	print_title(finding, paper);
	print_place(rows, finding, paper);
	print_who(finding, paper);
	for (unsigned i = 0; i < finding->seen_count; i++)
		print_part(paper, "seen: ", finding->seen[i]);
	if (finding->why)
		print_part(paper, "why:  ", finding->why);
	if (finding->fix)
		print_part(paper, "fix:  ", finding->fix);
	if (finding->sure)
		print_part(paper, "sure: ", finding->sure);
	print_part(paper, "more: ", more);
	free(more);
}
