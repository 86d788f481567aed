/* verb.h: what the verbs with options of their own (report, tui, attach) share: one-line errors and the choice of a
 * recording. */
#ifndef MPW_VERB_H
#define MPW_VERB_H

#include <getopt.h>
#include <stdbool.h>

/* Exit statuses of these verbs. */
#define STATUS_OK 0
#define STATUS_WRONG 2

/* getopt_long(3) over all options; `take` gets each, with optarg. Returns STATUS_OK with optind at the first argument,
 * else what `take` returned (below 0: nothing is left to do, but all is well), or STATUS_WRONG after saying why. */
int verb_options(const char *verb, int argc, char **argv, const char *letters, const struct option *options,
	int (*take)(int option, void *context), void *context);

/* "mpwatch VERB: WHATNAME: WHY" on standard error, name cleaned of control characters; name and why may be NULL.
 * Returns STATUS_WRONG. */
int verb_fail(const char *verb, const char *what, const char *name, const char *why);

/* The one FILE behind the options, or with want_last the latest run that was kept. *path is the caller's to free; it is
 * NULL if there is none, and STATUS_WRONG comes back after saying why. */
int verb_recording(const char *verb, int argc, char **argv, bool want_last, char **path);

#endif
