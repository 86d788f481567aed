/* source.h: the events of a stored run, from a recording or from a text trace. Knows no model and no clock. */
#ifndef MPW_SOURCE_H
#define MPW_SOURCE_H

#include <stdbool.h>

#include "wire/event.h"

struct source;

/* 0, or negative errno with one line in *why that a person understands. */
int source_open(const char *path, struct source **out, const char **why);
/* Next event: 1 and *out (text valid until the next call), 0 at the end; damaged parts are skipped and counted.
 * Negative errno with *why when nothing more can be read. */
int source_next(struct source *source, struct event *out, const char **why);
/* Back to the first event. */
int source_rewind(struct source *source, const char **why);
/* True where reading can begin again: *place is then where the latest event stands. source_go makes it the next event:
 * 0 or negative errno. */
bool source_place(const struct source *source, uint64_t *place);
int source_go(struct source *source, uint64_t place);
unsigned source_damage(const struct source *source);
void source_close(struct source *source);

#endif
