/* report.h: a recording in, the text report and its JSON twin out.
 * Called by the run, record and report verbs. Knows no ring, no /proc and no clock: the same recording and the same
 * options give the same bytes, live or later, on any machine. */
#ifndef MPW_REPORT_H
#define MPW_REPORT_H

#include <stdbool.h>
#include <stdio.h>

enum report_color { REPORT_COLOR_AUTO, REPORT_COLOR_ALWAYS, REPORT_COLOR_NEVER };

struct report_options {
	unsigned width;      /* columns; 0: 80 */
	bool ascii;          /* only ASCII in our own words; foreign text loses what is not ASCII too */
	bool color;          /* SGR sequences */
	bool redact;         /* no paths, no arguments */
	bool quiet;          /* no text at all unless there is a finding that is not muted */
	const char *fail_on; /* LIST or NULL */
	const char *ignore;  /* LIST or NULL */
	FILE *github;        /* after the report: findings for GitHub's annotations; NULL: none */
};

struct report_result {
	unsigned errors, warnings, notes; /* findings shown */
	unsigned muted;                   /* findings hidden by the ignore list */
	bool fail_on;                     /* an entry of the fail_on list matched a finding */
};

/* Fills width, ascii and color for output to `fd` as the environment asks: COLUMNS, FORCE_COLOR, NO_COLOR,
 * CLICOLOR_FORCE, TERM, the locale; at most 100 columns, 80 when fd is no terminal. The other fields are left alone.
 * `width` 0 and `ascii` false: decide here. The program must have called setlocale(LC_CTYPE, ""). */
void report_options_for(struct report_options *options, int fd, enum report_color color, bool ascii, unsigned width);

/* Checks a LIST of --fail-on: levels (error, warning, note), codes (F001, MPW-F001), slugs (fd-limit-hit), families
 * (F), separated by commas. 0, or -EINVAL with the reason in *why (static text) and the entry in *entry, *length. */
int report_check_fail_on(const char *list, const char **why, const char **entry, size_t *length);
/* The same for --ignore: CODE or slug or family, each with an optional @FILE-GLOB[:LINE]. */
int report_check_ignore(const char *list, const char **why, const char **entry, size_t *length);

/* Reads the recording (or text trace) and writes the report to `text` and the JSON to `json`; each may be NULL.
 * 0; -EINVAL and others with one line in *why that a person understands when nothing could be read; *result is complete
 * on 0. A recording that was cut gives a report of what is there. Write errors: -EIO (or the errno) with *why. */
int report_write_file(const char *path, const struct report_options *options, FILE *text, FILE *json,
	struct report_result *result, const char **why);
/* The same on a descriptor, which stays the caller's. For the report at the end of a run. */
int report_write_fd(int fd, const struct report_options *options, FILE *text, FILE *json, struct report_result *result,
	const char **why);

#endif
