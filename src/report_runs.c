/* report_runs.c: lines where Python code was seen running, over all processes. */
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "report_print.h"

#define RUNS_SHOWN 5
#define RUNS_LEAST 20 /* fewer samples are no share of anything */

static struct run_row *row_of(struct report_rows *rows, const struct frame *frame)
{
	struct run_row *row;

	for (size_t i = 0; i < rows->run_count; i++) {
		row = &rows->runs[i];
		if (row->frame.file == frame->file && row->frame.line == frame->line &&
			row->frame.function == frame->function)
			return row;
	}
	rows->runs = rows_grow(rows->runs, &rows->run_count, sizeof(*row));
	row = &rows->runs[rows->run_count - 1];
	row->frame = *frame;
	return row;
}

static int most_samples_first(const void *a, const void *b)
{
	const struct run_row *x = a, *y = b;

	if (x->samples != y->samples)
		return x->samples > y->samples ? -1 : 1;
	if (x->frame.line != y->frame.line)
		return x->frame.line < y->frame.line ? -1 : 1;
	return strcmp(x->frame.file ? x->frame.file : "", y->frame.file ? y->frame.file : "");
}

void rows_make_runs(struct report_rows *rows)
{
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p)) {
		rows->run_samples += p->run_samples;
		for (const struct run_place *place = p->run_places; place; place = place->next) {
			struct run_row *row = row_of(rows, &place->frame);

			row->samples += place->samples;
			row->who = mem_resize(row->who, (row->who_count + 1) * sizeof(const struct process *));
			row->who[row->who_count++] = p;
		}
	}
	if (rows->run_count)
		qsort(rows->runs, rows->run_count, sizeof(*rows->runs), most_samples_first);
}

unsigned report_run_percent(const struct report_rows *rows, const struct run_row *row)
{
	return (unsigned)((double)row->samples * 100 / (double)rows->run_samples + 0.5);
}

static void print_run(const struct report_rows *rows, const struct run_row *row, struct paper *paper)
{
	char *who = process_names(rows->model, row->who, row->who_count), *first, *last;
	struct source_line source = {0};
	struct str place = {0};

	str_printf(&place, "%s:%u %s", text_last_part(row->frame.file ? row->frame.file : "?"), row->frame.line,
		row->frame.function ? row->frame.function : "");
	if (rows->redact || !model_source(rows->model, row->frame.file, row->frame.line, &source) || source.state)
		source.text = NULL;
	first = paper_cell(paper, place.data, 28);
	last = paper_cell(paper, who, 8);
	paper_row(paper, "   %4u%%  %s %s %s", report_run_percent(rows, row), first, last,
		source.text ? source.text + strspn(source.text, " \t") : "");
	free(first);
	free(last);
	free(who);
	str_fini(&place);
}

bool report_shows_runs(const struct report_rows *rows)
{
	return rows->run_samples >= RUNS_LEAST;
}

void report_print_runs(const struct report_rows *rows, struct paper *paper)
{
	char count[FORMAT_SIZE], *words;

	if (!report_shows_runs(rows))
		return;
	words = str_make("  where Python code ran, about: %s samples", format_count(rows->run_samples, count));
	paper_heading(paper, "LINES", words);
	free(words);
	for (size_t i = 0; i < rows->run_count && i < RUNS_SHOWN; i++)
		if (i == 0 || report_run_percent(rows, &rows->runs[i]))
			print_run(rows, &rows->runs[i], paper);
}
