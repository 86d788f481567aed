/* recording_writer.c: the writing half of recording.h.
 *
 * Events are encoded into `raw`; a commit packs raw into one frame and writes that at the end of the file. A frame that
 * could not be written stays in `packed`, is cut from the file again and tried at the next commit; new events wait in
 * raw meanwhile, and only when that is full are events dropped. So a disk that was full for a while costs nothing or
 * whole events, never a damaged file. */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/mem.h"
#include "recording_budget.h"
#include "recording_encode.h"
#include "recording_frame.h"
#include "recording_index.h"
#include "recording_tables.h"
#include "recording_totals.h"

enum {
	LEVEL = 3,
	FRAME_RAW = 64 << 10,         /* a frame is written when it has so much */
	GROUP_RAW = 512 << 10,        /* a new group starts after so much */
	WAITING_RAW = 1 << 20,        /* while the file can not grow: so much detail waits in memory, */
	WAITING_RAW_ALWAYS = 3 << 20, /* ... and so much of what is never thinned */
};

struct recording_writer {
	int fd;
	int first_error;
	int blocked;      /* the last write failed: wait for a commit before the next try */
	uint64_t size;    /* end of the last frame in the file */
	struct bytes raw; /* encoded events of the next frame */
	uint32_t raw_events;
	uint64_t raw_first_ts;
	int raw_is_key;
	struct bytes packed; /* frame, head included, that is not in the file yet */
	uint64_t group_raw;  /* raw bytes of the current group's frames */
	uint64_t dropped;
	struct recording_index index;
	struct encoder *encoder;
	ZSTD_CCtx *zstd;
	struct budget budget;
	struct held_totals *totals; /* some of which wait when the budget gets short */
	uint64_t last_ts;
};

/* --- the file --- */

static int write_all(int fd, const uint8_t *bytes, size_t count, uint64_t offset)
{
	while (count) {
		ssize_t done = pwrite(fd, bytes, count, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -ENOSPC;
		bytes += done;
		offset += (uint64_t)done;
		count -= (size_t)done;
	}
	return 0;
}

/* Adds the bytes at the end of the file, or leaves the file as it was. */
static int extend_file(struct recording_writer *writer, const struct bytes *bytes)
{
	int rc = write_all(writer->fd, bytes->data, bytes->length, writer->size);

	if (rc == 0) {
		writer->size += bytes->length;
	} else {
		if (!writer->first_error)
			writer->first_error = rc;
		/* If even this fails, readers still stop at the frame's checksum. */
		if (ftruncate(writer->fd, (off_t)writer->size) != 0)
			writer->first_error = -errno;
	}
	writer->blocked = rc != 0;
	return rc;
}

static int write_packed(struct recording_writer *writer)
{
	int rc = writer->packed.length ? extend_file(writer, &writer->packed) : 0;

	if (rc == 0)
		writer->packed.length = 0;
	return rc;
}

/* --- frames --- */

/* Packs `raw` behind what is in `packed` as a frame. `end` closes zstd's own frame; else its window goes on into the
 * next. */
static void pack_frame(
	struct recording_writer *writer, const struct bytes *raw, struct frame_head head, ZSTD_EndDirective end)
{
	size_t start = writer->packed.length;
	size_t bound = ZSTD_compressBound(raw->length) + FRAME_HEAD_SIZE;
	uint8_t *frame = bytes_reserve(&writer->packed, bound);
	ZSTD_inBuffer in = {raw->data, raw->length, 0};
	ZSTD_outBuffer out = {frame, bound, FRAME_HEAD_SIZE};

	for (;;) {
		size_t left = ZSTD_compressStream2(writer->zstd, &out, &in, end);

		if (left == 0)
			break;
		if (ZSTD_isError(left))
			die_no_memory(); /* the only way compression into enough room can fail */
		bound += left;
		writer->packed.length = start + out.pos;
		bytes_reserve(&writer->packed, left);
		out.dst = writer->packed.data + start;
		out.size = bound;
	}
	head.raw_size = (uint32_t)raw->length;
	head.packed_size = (uint32_t)(out.pos - FRAME_HEAD_SIZE);
	head.packed_crc = crc32c((uint8_t *)out.dst + FRAME_HEAD_SIZE, head.packed_size);
	frame_head_put(out.dst, &head);
	writer->packed.length = start + out.pos;
}

static void pack_raw(struct recording_writer *writer)
{
	struct frame_head head = {
		.kind = FRAME_EVENTS,
		.flags = writer->raw_is_key ? FRAME_KEY : 0,
		.events = writer->raw_events,
		.first_ts = writer->raw_first_ts,
	};

	if (writer->raw_is_key) {
		ZSTD_CCtx_reset(writer->zstd, ZSTD_reset_session_only);
		index_add(&writer->index, (struct group){writer->size, writer->raw_first_ts});
	}
	pack_frame(writer, &writer->raw, head, ZSTD_e_flush);
	writer->group_raw += writer->raw.length;
	writer->raw.length = 0;
	writer->raw_events = 0;
	writer->raw_is_key = 0;
}

/* First whatever still waits, then what has gathered since. */
static int flush(struct recording_writer *writer)
{
	int rc = write_packed(writer);

	if (rc || !writer->raw_events)
		return rc;
	pack_raw(writer);
	return write_packed(writer);
}

/* --- events --- */

static int is_storable(unsigned type)
{
	const struct event_desc *desc = event_describe(type);

	return desc && desc->origin != ORIGIN_CARRY;
}

static void start_group(struct recording_writer *writer)
{
	encoder_reset(writer->encoder);
	writer->raw_is_key = 1;
	writer->group_raw = 0;
}

/* Encodes an event that is to be kept. */
static int store(struct recording_writer *writer, const struct event *event)
{
	size_t room = WAITING_RAW_ALWAYS;

	if (writer->blocked && !budget_is_essential(event))
		room = WAITING_RAW;
	if (writer->raw.length >= room) {
		writer->dropped++;
		return writer->first_error;
	}
	if (writer->raw_events == 0) {
		if (writer->index.events == 0 || writer->group_raw >= GROUP_RAW)
			start_group(writer);
		writer->raw_first_ts = event->ts_ns;
	}
	encoder_put(writer->encoder, event, &writer->raw);
	writer->raw_events++;
	writer->index.events++;
	return writer->raw.length >= FRAME_RAW && !writer->blocked ? flush(writer) : 0;
}

/* A total whose time has come. An error shows again at the next commit. */
static void store_total(void *context, const struct event *event)
{
	(void)store(context, event);
}

/* --- the interface --- */

static void pack_tables(struct recording_writer *writer)
{
	struct bytes tables = {0};

	preamble_put(bytes_reserve(&writer->packed, PREAMBLE_SIZE));
	writer->packed.length = PREAMBLE_SIZE;
	tables_put(&tables);
	pack_frame(writer, &tables, (struct frame_head){.kind = FRAME_TABLES}, ZSTD_e_end);
	bytes_free(&tables);
}

static void writer_free(struct recording_writer *writer)
{
	bytes_free(&writer->raw);
	bytes_free(&writer->packed);
	index_free(&writer->index);
	encoder_free(writer->encoder);
	held_totals_free(writer->totals);
	ZSTD_freeCCtx(writer->zstd);
	free(writer);
}

static ZSTD_CCtx *new_zstd(void)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();

	if (!zstd)
		die_no_memory();
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, FRAME_WINDOW_LOG);
	return zstd;
}

/* 1 for what may pass: the tables are then written as soon as there is room. */
static int is_lack_of_room(int rc)
{
	return rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG;
}

int recording_create(int fd, uint64_t budget_bytes, struct recording_writer **out)
{
	struct recording_writer *writer;
	int rc;

	if (ftruncate(fd, 0) != 0)
		return -errno;
	writer = mem_zalloc(1, sizeof(*writer));
	writer->fd = fd;
	writer->budget.bytes = budget_bytes;
	writer->encoder = encoder_new();
	writer->totals = held_totals_new(store_total, writer);
	writer->zstd = new_zstd();
	pack_tables(writer);
	rc = write_packed(writer);
	if (rc && !is_lack_of_room(rc)) {
		writer_free(writer);
		return rc;
	}
	*out = writer;
	return 0;
}

static int append_total(struct recording_writer *writer, const struct event *event, uint64_t used)
{
	uint64_t dropped = writer->dropped;

	writer->budget.thinned +=
		(unsigned)held_totals_put(writer->totals, event, budget_totals_level(&writer->budget, used));
	return writer->dropped > dropped ? writer->first_error : 0;
}

int recording_append(struct recording_writer *writer, const struct event *event)
{
	uint64_t used = writer->size + writer->packed.length;

	if (!is_storable(event->type))
		return -EINVAL;
	writer->last_ts = event->ts_ns;
	if (held_totals_includes(event->type))
		return append_total(writer, event, used);
	held_totals_before(writer->totals, event);
	return budget_keeps(&writer->budget, event, used) ? store(writer, event) : 0;
}

int recording_commit(struct recording_writer *writer)
{
	return flush(writer);
}

uint64_t recording_thinned(const struct recording_writer *writer)
{
	return writer->budget.thinned;
}

uint64_t recording_dropped(const struct recording_writer *writer)
{
	return writer->dropped;
}

uint64_t recording_bytes(const struct recording_writer *writer)
{
	return writer->size;
}

static int write_index(struct recording_writer *writer)
{
	struct bytes index = {0};

	writer->index.thinned = writer->budget.thinned;
	writer->index.dropped = writer->dropped;
	index_put(&writer->index, &index);
	ZSTD_CCtx_reset(writer->zstd, ZSTD_reset_session_only);
	pack_frame(writer, &index, (struct frame_head){.kind = FRAME_INDEX}, ZSTD_e_end);
	trailer_put(bytes_reserve(&writer->packed, TRAILER_SIZE), writer->size);
	writer->packed.length += TRAILER_SIZE;
	bytes_free(&index);
	return write_packed(writer);
}

int recording_finish(struct recording_writer *writer)
{
	int rc;

	held_totals_flush(writer->totals, writer->last_ts);
	rc = flush(writer);
	if (rc == 0)
		rc = write_index(writer);
	rc = writer->first_error ? writer->first_error : rc;
	if (close(writer->fd) != 0 && rc == 0)
		rc = -errno;
	writer_free(writer);
	return rc;
}
