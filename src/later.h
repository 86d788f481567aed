/* later.h: events of the collector's own looks at a process, kept until all records are out that were made before the
 * look: the rings may still hold some. */
#ifndef MPW_LATER_H
#define MPW_LATER_H

#include "collect.h"

/* Copies the event and its texts. Their times do not go back from one call to the next. */
void later_add(struct collect *collect, const struct event *event);

/* Emits those up to ts_ns. */
void later_emit(struct collect *collect, uint64_t ts_ns);

/* Emits those of a process that has ended, whose records are all out. */
void later_emit_process(struct collect *collect, uint32_t proc);

#endif
