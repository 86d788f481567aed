/* report_finding.c: one finding as text: level and title, place with its source line, what was seen, why, fix, more. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "finding_lines.h"
#include "report_print.h"

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

static void take_paragraph(void *paper, unsigned indent, unsigned hang, size_t bold, const char *text)
{
	paper_wrap_styled(paper, indent, hang, STYLE_BOLD, bold, text);
}

static void take_row(void *paper, const char *text)
{
	paper_row(paper, "%s", text);
}

static struct line_taker taker_of(struct paper *paper)
{
	return (struct line_taker){paper, paper->width, take_paragraph, take_row};
}

static void print_source(const struct report_rows *rows, const struct finding *finding, struct paper *paper)
{
	struct finding_quote quote = {.line = finding->line, .mark = finding->mark, .note = finding->mark_note};
	struct line_taker out = taker_of(paper);
	struct source_line source, above;

	if (rows->redact || !model_source(rows->model, finding->file, finding->line, &source))
		return;
	if (source.state == 1)
		paper_row(paper, "   (this file has changed since the program started)");
	if (source.state)
		return;
	quote.source = source.text;
	if (finding->line > 1 && model_source(rows->model, finding->file, finding->line - 1, &above) && !above.state)
		quote.above = above.text;
	finding_lines_quote(&quote, &out);
}

static void print_place(const struct report_rows *rows, const struct finding *finding, struct paper *paper)
{
	struct str line = {0};

	if (finding->file && finding->line) {
		str_printf(&line, "--> %s:%u", rows->redact ? text_last_part(finding->file) : finding->file,
			finding->line);
		if (finding->function)
			str_printf(&line, " in %s()", finding->function);
	} else if (finding->module) {
		str_printf(&line, "--> %s", rows->redact ? text_last_part(finding->module) : finding->module);
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

static void print_part(struct paper *paper, const char *name, const char *text)
{
	struct line_taker out = taker_of(paper);

	finding_lines_part(name, text, &out);
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
