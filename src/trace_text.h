/* trace_text.h: a recording as lines of text, the form of golden tests and of reports about mpwatch itself. */
#ifndef MPW_TRACE_TEXT_H
#define MPW_TRACE_TEXT_H

#include <stdio.h>

#include "wire/event.h"

#define TRACE_TEXT_MARK "# mpwatch trace 1"

struct trace_text;

/* Reads from `file`, which stays the caller's and is at its first line. NULL if that is not the mark. */
struct trace_text *trace_text_open(FILE *file);
/* Next event: 1, 0 at the end, -EINVAL with the reason in *why and the line's number in *line; reading may go on. */
int trace_text_next(struct trace_text *trace, struct event *out, const char **why, unsigned long *line);
/* Where the line of the latest event begins in the file; the next event is the one of the line there. */
uint64_t trace_text_place(const struct trace_text *trace);
int trace_text_go(struct trace_text *trace, uint64_t offset);
void trace_text_close(struct trace_text *trace);

#endif
