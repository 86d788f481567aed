/* ring_reader.h: takes records out of one ring of the arena. The other side is a stranger's process: positions are
 * checked by subtraction, bytes are copied out before they are looked at, and a ring that makes no sense is skipped to
 * its end. */
#ifndef MPW_RING_READER_H
#define MPW_RING_READER_H

#include <stddef.h>
#include <stdint.h>

#include "wire/arena.h"

struct ring_record {
	struct ring_head head;
	uint8_t payload[RING_MAX_UNITS * RING_UNIT - sizeof(struct ring_head)];
};
_Static_assert(sizeof(struct ring_record) == RING_MAX_UNITS * RING_UNIT, "record");

struct ring_reader {
	const uint8_t *ring;
	struct thread_block *block; /* shared memory: written by the thread, `read` by us */
	uint32_t units;
	uint64_t at;      /* ours; block->read is only told to the producer */
	uint64_t corrupt; /* times that the ring was skipped */
};

/* `block` heads a chunk of ARENA_CHUNK_SIZE bytes whose kind is CHUNK_PROC or CHUNK_THREAD: that says where its ring
 * lies. */
void ring_reader_init(struct ring_reader *reader, void *block, uint32_t kind);

/* Units that wait to be read, at most what fits into the ring. */
uint32_t ring_reader_waiting(struct ring_reader *reader);

/* Copies the next record. 1 and *out, or 0 when there is none left. */
int ring_reader_next(struct ring_reader *reader, struct ring_record *out);

/* Gives the room of everything read back to the producer. */
void ring_reader_release(struct ring_reader *reader);

#endif
