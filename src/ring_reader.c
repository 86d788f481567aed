#include "ring_reader.h"

#include <string.h>

void ring_reader_init(struct ring_reader *reader, void *block, uint32_t kind)
{
	memset(reader, 0, sizeof(*reader));
	reader->block = block;
	reader->ring = (const uint8_t *)block + (kind == CHUNK_PROC ? PROC_RING_OFFSET : THREAD_RING_OFFSET);
	reader->units = kind == CHUNK_PROC ? PROC_RING_UNITS : THREAD_RING_UNITS;
}

static void skip(struct ring_reader *reader, uint64_t to)
{
	reader->at = to;
	reader->corrupt++;
}

uint32_t ring_reader_waiting(struct ring_reader *reader)
{
	/* Acquire: the bytes before `written` are there. */
	uint64_t written = __atomic_load_n(&reader->block->written, __ATOMIC_ACQUIRE), waiting = written - reader->at;

	if (waiting > reader->units) {
		skip(reader, written);
		return 0;
	}
	return (uint32_t)waiting;
}

static void copy_units(const struct ring_reader *reader, struct ring_record *out, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++)
		memcpy((uint8_t *)out + i * RING_UNIT, reader->ring + (reader->at + i) % reader->units * RING_UNIT,
			RING_UNIT);
}

int ring_reader_next(struct ring_reader *reader, struct ring_record *out)
{
	uint32_t waiting = ring_reader_waiting(reader), units;
	const struct event_desc *desc;

	if (waiting == 0)
		return 0;
	copy_units(reader, out, 0, 1);
	units = out->head.units;
	desc = event_describe(out->head.type);
	if (units < 1 || units > RING_MAX_UNITS || units > waiting || !desc || desc->rec_size == 0 ||
		(desc->origin != ORIGIN_CARRY && units * RING_UNIT < sizeof(struct ring_head) + desc->rec_size)) {
		skip(reader, reader->at + waiting);
		return 0;
	}
	/* A piece of text is as long as it must be: what is missing is 0. */
	memset((uint8_t *)out + RING_UNIT, 0, sizeof(*out) - RING_UNIT);
	copy_units(reader, out, 1, units - 1);
	reader->at += units;
	return 1;
}

void ring_reader_release(struct ring_reader *reader)
{
	__atomic_store_n(&reader->block->read, reader->at, __ATOMIC_RELEASE);
}
