/* report_print.h: the two prints of the rows. Inside of the report only. */
#ifndef MPW_REPORT_PRINT_H
#define MPW_REPORT_PRINT_H

#include "base/str.h"
#include "report_paper.h"
#include "report_rows.h"

void report_print_text(const struct report_rows *rows, struct paper *paper);
void report_print_channels(const struct report_rows *rows, struct paper *paper);
void report_print_tasks(const struct report_rows *rows, struct paper *paper);
bool report_shows_runs(const struct report_rows *rows);
void report_print_runs(const struct report_rows *rows, struct paper *paper);
unsigned report_run_percent(const struct report_rows *rows, const struct run_row *row);
void report_print_waiting(const struct report_rows *rows, struct paper *paper);
void report_print_finding(const struct report_rows *rows, const struct finding *finding, struct paper *paper);
/* One line for each finding shown. */
void report_print_github(const struct report_rows *rows, FILE *file);
/* 0 or negative errno. */
int report_print_json(const struct report_rows *rows, FILE *file);

/* The command line of the run and the name of what it runs, without folders and arguments when redacted. Caller frees.
 */
char *report_command(const struct report_rows *rows);
/* "exit status 1", "ended by SIGINT", "still running", "status not seen". */
char *report_status(const struct report_rows *rows);

#endif
