/* runs.h: where Python threads run: those that are in no watched call and got CPU time are looked at some times a
 * second (python_where.h), and told as PYRUN events. */
#ifndef MPW_RUNS_H
#define MPW_RUNS_H

#include <stdint.h>

#include "chunk_state.h"
#include "collect.h"

/* Takes a sample of the chunk's thread if it runs Python code. Returns true if that took a reading. */
bool runs_look(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns);
/* Is there anything to look at? Cheap. */
bool runs_candidate(const struct chunk_state *chunk);
/* Tells samples that were not told yet. */
void runs_tell(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns);

#endif
