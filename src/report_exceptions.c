/* report_exceptions.c: exceptions that nobody caught and that no finding tells, equal ones once. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "detect/pyfails.h"
#include "report_rows.h"

#define NAMES_SHOWN 4

static struct exception_row *row_of(struct report_rows *rows, const struct pyfail *fail)
{
	struct exception_row *row;

	for (size_t i = 0; i < rows->exception_count; i++) {
		row = &rows->exceptions[i];
		if (row->what == fail->what && row->stack == fail->stack && row->type == fail->lines[PYFAIL_TYPE] &&
			row->message == fail->lines[PYFAIL_MESSAGE])
			return row;
	}
	rows->exceptions = rows_grow(rows->exceptions, &rows->exception_count, sizeof(*row));
	row = &rows->exceptions[rows->exception_count - 1];
	row->what = fail->what;
	row->stack = fail->stack;
	row->type = fail->lines[PYFAIL_TYPE];
	row->message = fail->lines[PYFAIL_MESSAGE];
	return row;
}

/* Threads of one process are named once. */
static bool ends_with(const char *list, const char *label)
{
	size_t whole = strlen(list), part = strlen(label);

	return whole >= part && strcmp(list + whole - part, label) == 0 &&
	       (whole == part || list[whole - part - 1] == ' ');
}

static bool has_finding(const struct report_rows *rows, enum finding_code code)
{
	for (size_t i = 0; i < rows->finding_count; i++)
		if (rows->findings[i]->kind == &finding_kinds[code])
			return true;
	return false;
}

/* Is it what a finding says already: as its own exception, as what became of another process, or as a call that failed?
 */
static bool is_told(const struct report_rows *rows, const struct pyfail *fail)
{
	const char *type = fail->lines[PYFAIL_TYPE], *message = fail->lines[PYFAIL_MESSAGE];
	char *whole = str_make("%s: %s", type, message), *ended = str_make(" ended with %s", type);
	bool told = has_finding(rows, FINDING_F001) &&
		    (strncmp(message, "[Errno 24]", 10) == 0 || strncmp(message, "[Errno 23]", 10) == 0);

	for (size_t i = 0; i < rows->finding_count && !told; i++)
		for (unsigned k = 0; k < rows->findings[i]->seen_count && !told; k++)
			told = (message[0] && strcmp(rows->findings[i]->seen[k], whole) == 0) ||
			       strstr(rows->findings[i]->seen[k], ended);
	free(whole);
	free(ended);
	return told;
}

static void add(struct report_rows *rows, const struct pyfail *fail)
{
	struct exception_row *row = row_of(rows, fail);
	char label[64], *who;

	if (row->count++ >= NAMES_SHOWN)
		return;
	process_label(rows->model, fail->process, label, sizeof(label));
	if (row->who && ends_with(row->who, label))
		return;
	who = row->who ? str_make("%s, %s", row->who, label) : str_make("%s", label);
	free(row->who);
	row->who = who;
}

void rows_make_exceptions(struct report_rows *rows)
{
	for (const struct pyfail *fail = model_pyfails(rows->model); fail; fail = fail->next)
		if (pyfail_is_news(rows->model, fail) && !is_told(rows, fail))
			add(rows, fail);
}
