/* drain_internal.h: the joint between drain.c (rings to sorted records) and drain_records.c (what each record means).
 */
#ifndef MPW_DRAIN_INTERNAL_H
#define MPW_DRAIN_INTERNAL_H

#include "chunk_state.h"
#include "drain.h"

/* One record of a round. */
struct item {
	uint64_t ticks;
	uint64_t sequence; /* order of reading: keeps a ring's own order where times are equal */
	struct chunk_state *chunk;
	char *text;                   /* of its TEXT records, or NULL */
	struct frames_buffer *frames; /* a whole stack (type FRAMES or PYFRAMES), or NULL */
	struct ring_record record;
};

struct drain {
	struct collect *collect;
	struct chunk_state **chunks; /* by number */
	uint32_t chunk_capacity, chunk_count;
	struct item *items;
	uint32_t item_count, item_capacity;
	uint64_t sequence;
	uint64_t round_ns; /* begin of this round */
	uint64_t previous_round_ns;
	uint32_t births;
	uint64_t moved, sleep_ns; /* of the walk that drain_moved() and drain_sleeper() make */
	bool sleeps;
	uint32_t runs_first, runs_seen, runs_read; /* of the walk that drain_runs() makes */
	uint32_t rung;                             /* the doorbell, when all rings were last read because of it */
};

/* Makes the record known to the process table and emits it. */
void drain_record(struct drain *drain, struct item *item);

struct chunk_state *drain_chunk(const struct drain *drain, uint32_t number);

#endif
