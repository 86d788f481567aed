/* fuzz_recording.c: any bytes as a recording: opened, read to the end, also in steps as if the file were growing.
 *
 * Random bytes never carry right checksums, so the first byte of the input chooses how it becomes a file: as it is, or
 * wrapped into frames with right checksums (tables and events of the input's choosing, packed by zstd), which brings
 * the fuzzer to the decoder. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "recording.h"
#include "recording_frame.h"
#include "recording_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SHAPE_PLAIN, SHAPE_EVENTS, SHAPE_TABLES, SHAPE_COUNT };

static void put_frame(
	struct bytes *file, ZSTD_CCtx *zstd, struct frame_head head, const uint8_t *data, size_t size, int ends)
{
	size_t bound = ZSTD_compressBound(size) + 64;
	uint8_t *frame = bytes_reserve(file, FRAME_HEAD_SIZE + bound);
	ZSTD_inBuffer in = {data, size, 0};
	ZSTD_outBuffer out = {frame + FRAME_HEAD_SIZE, bound, 0};

	if (ZSTD_compressStream2(zstd, &out, &in, ends ? ZSTD_e_end : ZSTD_e_flush) != 0)
		abort();
	head.raw_size = (uint32_t)size;
	head.packed_size = (uint32_t)out.pos;
	head.packed_crc = crc32c(out.dst, out.pos);
	frame_head_put(frame, &head);
	file->length += FRAME_HEAD_SIZE + out.pos;
}

static void wrap(struct bytes *file, const uint8_t *data, size_t size, int own_tables)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	struct bytes tables = {0};
	size_t split = size / 2;

	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, FRAME_WINDOW_LOG);
	preamble_put(bytes_reserve(file, PREAMBLE_SIZE));
	file->length = PREAMBLE_SIZE;
	if (own_tables) {
		bytes_put(&tables, data, split);
		data += split;
		size -= split;
		split = size / 2;
	} else {
		tables_put(&tables);
	}
	put_frame(file, zstd, (struct frame_head){.kind = FRAME_TABLES}, tables.data, tables.length, 1);
	put_frame(file, zstd, (struct frame_head){.kind = FRAME_EVENTS, .flags = FRAME_KEY}, data, split, 0);
	put_frame(file, zstd, (struct frame_head){.kind = FRAME_EVENTS}, data + split, size - split, 0);
	bytes_free(&tables);
	ZSTD_freeCCtx(zstd);
}

/* Every text must be readable to its end: the sanitizer looks. */
static void use_event(const struct event *event)
{
	char line[512];

	if (event_print(event, line, sizeof(line)) <= 0)
		abort();
}

static void read_events(struct recording_reader *reader)
{
	struct event event;
	int rc;

	/* Each error goes on behind what it was about, so a file of n bytes has fewer than n of them. */
	while ((rc = recording_next(reader, &event)) != 0) {
		if (rc > 0)
			use_event(&event);
	}
}

static void read_file(const uint8_t *data, size_t size, size_t first)
{
	struct recording_reader *reader;
	const char *why = NULL;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, first) != (ssize_t)first)
		abort();
	if (recording_open_fd(fd, &reader, &why) == 0) {
		read_events(reader);
		if (write(fd, data + first, size - first) != (ssize_t)(size - first))
			abort();
		read_events(reader);
		recording_is_complete(reader);
		recording_close(reader);
	} else if (!why) {
		abort();
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes file = {0};
	unsigned shape;

	if (!size)
		return 0;
	shape = data[0] % SHAPE_COUNT;
	if (shape == SHAPE_PLAIN)
		bytes_put(&file, data + 1, size - 1);
	else
		wrap(&file, data + 1, size - 1, shape == SHAPE_TABLES);
	read_file(file.data, file.length, file.length);
	read_file(file.data, file.length, file.length / 4 * 3);
	bytes_free(&file);
	return 0;
}
