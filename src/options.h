/* options.h: the options of run and record, one table row each. */
#ifndef MPW_OPTIONS_H
#define MPW_OPTIONS_H

#include <stdbool.h>

#include "output_log.h"
#include "report.h"
#include "ui_choice.h"

enum wait_for { WAIT_ROOT, WAIT_TREE };
enum stacks_wanted { STACKS_CREATION, STACKS_FULL, STACKS_OFF };

struct run_options {
	bool is_record; /* the verb */
	unsigned quiet; /* 1: report only if there is a finding, 2: never */
	enum ui_wanted ui;
	const char *session;
	enum output_replay replay;
	bool close_on_exit; /* the screen, with the program */
	unsigned refresh_ms;
	bool no_mouse;
	const char *theme;
	const char *output; /* of the report (run) or of the recording (record); NULL: stderr, or a name of our own */
	const char *json;
	const char *record; /* "" : a name of our own; NULL: not asked for */
	const char *fail_on, *ignore;
	bool github;
	unsigned hang_after_ms; /* 0: never */
	bool stop_on_hang;
	unsigned fail_status;
	enum report_color color;
	bool ascii;
	unsigned width;
	enum wait_for wait;
	enum stacks_wanted stacks;
	bool require_probe, no_save, redact;
	char **program; /* PROGRAM and its arguments, terminated */
};

/* Parses argv (argv[0] is the verb). Options of the environment's MPWATCH_OPTS come first. -1: go on; else the exit
 * status to end with, after what there is to say. */
int options_parse(struct run_options *options, int argc, char **argv);

/* "200ms", "1s": milliseconds; 0: not a time from 100ms to 10s. */
unsigned options_refresh_ms(const char *text);

/* The option closest to a mistyped name (without --), or NULL if none is close. */
const char *options_suggest(const char *name);

/* Prints the list of options. */
void options_print(void);

/* How many letters must be changed, up to `limit`. */
unsigned text_distance(const char *a, const char *b, unsigned limit);

#endif
