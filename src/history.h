/* history.h: what each process was doing over time. Fed with the events of a run beside the model; asked by screens.
 * Between two totals of a thread only the sum is known: a span says how it was shared, not in which order. */
#ifndef MPW_HISTORY_H
#define MPW_HISTORY_H

#include <stdint.h>

#include "model/model.h"

struct history;

struct history *history_new(void);
void history_free(struct history *history);

/* Takes an event that the model has just taken. */
void history_apply(struct history *history, struct model *model, const struct event *event);
/* What is known up to the model's now: call before asking; more events may follow. */
void history_finish(struct history *history, struct model *model);

/* How the process (by number) spent the time from `from_ns` to `to_ns`: nanoseconds of each share in ns[]; life_ns is
 * the part of the time in which that is known. Percents are left 0. */
void history_mix(const struct history *history, uint32_t process, uint64_t from_ns, uint64_t to_ns, struct shares *out);
/* The same for `count` columns of `step_ns` each, the first from `from_ns`: a timeline has hundreds of them. */
void history_columns(const struct history *history, uint32_t process, uint64_t from_ns, uint64_t step_ns, size_t count,
	struct shares *out);

#endif
