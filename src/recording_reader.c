/* recording_reader.c: the reading half of recording.h. The file may be cut, damaged, hostile, or still growing under
 * our eyes: sizes are bounded before anything is allocated, a frame is checked before it is unpacked, and nothing is
 * kept that the next frame could shift. */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/mem.h"
#include "recording_decode.h"
#include "recording_file.h"
#include "recording_index.h"
#include "recording_tables.h"

struct recording_reader {
	int fd;
	int owns_fd;
	uint64_t first;        /* offset of the first frame of events */
	uint64_t offset;       /* of the next frame */
	int lost;              /* no frame starts at `offset`: one is being looked for, and that was reported */
	int has_failed;        /* the file can not be read any more: told once, then it has ended */
	uint64_t group_offset; /* of the frame that began the current group */
	unsigned group_events; /* read of it so far, up to 2 */
	int group_is_whole;    /* every frame of the current group was read so far */
	uint64_t group_raw;
	struct bytes packed, raw;
	struct cursor events; /* what is left of raw */
	struct file_tables tables;
	struct decoder *decoder;
	ZSTD_DCtx *zstd;
};

/* --- frames --- */

/* Unpacks exactly raw_size bytes from all of `packed`. 0 or -EBADMSG. */
static int unpack(struct recording_reader *reader, const struct frame_head *head)
{
	ZSTD_inBuffer in = {reader->packed.data, reader->packed.length, 0};
	ZSTD_outBuffer out;

	reader->raw.length = 0;
	/* A byte more than is needed: a frame that holds more shows itself. */
	out = (ZSTD_outBuffer){bytes_reserve(&reader->raw, head->raw_size + 1), head->raw_size + 1, 0};
	for (;;) {
		size_t in_before = in.pos, out_before = out.pos;

		if (ZSTD_isError(ZSTD_decompressStream(reader->zstd, &out, &in)))
			return -EBADMSG;
		if (out.pos > head->raw_size || (in.pos == in_before && out.pos == out_before))
			break;
	}
	if (in.pos != in.size || out.pos != head->raw_size)
		return -EBADMSG;
	reader->raw.length = out.pos;
	return 0;
}

static void start_group(struct recording_reader *reader, uint64_t offset)
{
	reader->group_offset = offset;
	reader->group_events = 0;
	decoder_reset(reader->decoder);
	ZSTD_DCtx_reset(reader->zstd, ZSTD_reset_session_only);
	reader->group_raw = 0;
	reader->group_is_whole = 1;
}

/* The group can not go on without what was lost. */
static int lose_group(struct recording_reader *reader)
{
	reader->group_is_whole = 0;
	reader->events = cursor_of(reader->raw.data, 0);
	return -EBADMSG;
}

static int open_events(struct recording_reader *reader, const struct frame_head *head, uint64_t offset)
{
	if (head->flags & FRAME_KEY)
		start_group(reader, offset);
	reader->group_raw += head->raw_size;
	if (!reader->group_is_whole)
		return 0;
	if (reader->group_raw > GROUP_MAX_RAW || unpack(reader, head) != 0)
		return lose_group(reader);
	reader->events = cursor_of(reader->raw.data, reader->raw.length);
	return 0;
}

/* Finds the frame at `offset` or behind: 1, 0 at the end for now, negative errno. */
static int locate_frame(struct recording_reader *reader, struct frame_head *out)
{
	int rc = reader->lost ? file_find_frame(reader->fd, &reader->offset) : 1;

	if (rc <= 0)
		return rc;
	reader->lost = 0;
	rc = file_peek_frame(reader->fd, reader->offset, out);
	if (rc == -EBADMSG) {
		reader->lost = 1;
		reader->offset++;
		return lose_group(reader);
	}
	return rc > 0 && out->kind == FRAME_INDEX ? 0 : rc;
}

/* Goes over that frame: 1 (with or without events for us), 0 if it is not whole yet, negative errno. */
static int load_frame(struct recording_reader *reader, const struct frame_head *head)
{
	uint64_t end = frame_end(reader->offset, head), offset;
	int rc = file_read_packed(reader->fd, reader->offset, head, &reader->packed);

	if (rc == -EBADMSG && file_ends_at(reader->fd, end)) /* the last one may still be on its way */
		return 0;
	if (rc == 0 || (rc < 0 && rc != -EBADMSG))
		return rc;
	offset = reader->offset;
	reader->offset = end;
	if (rc < 0)
		return lose_group(reader);
	rc = head->kind == FRAME_EVENTS ? open_events(reader, head, offset) : 0;
	return rc ? rc : 1;
}

static int next_frame(struct recording_reader *reader)
{
	struct frame_head head;
	int rc = reader->has_failed ? 0 : locate_frame(reader, &head);

	if (rc > 0)
		rc = load_frame(reader, &head);
	if (rc < 0 && rc != -EBADMSG) /* would come again for ever */
		reader->has_failed = 1;
	return rc;
}

/* --- opening --- */

static int open_tables(struct recording_reader *reader, const char **why)
{
	struct frame_head head;
	int rc;

	*why = "the recording was cut before its first event";
	rc = file_peek_frame(reader->fd, PREAMBLE_SIZE, &head);
	if (rc == 1)
		rc = file_read_packed(reader->fd, PREAMBLE_SIZE, &head, &reader->packed);
	if (rc == 0)
		return -ENODATA;
	*why = "the recording's head is damaged";
	if (rc < 0)
		return rc;
	if (head.kind != FRAME_TABLES || unpack(reader, &head) != 0)
		return -EBADMSG;
	rc = tables_get(reader->raw.data, reader->raw.length, &reader->tables);
	reader->first = frame_end(PREAMBLE_SIZE, &head);
	reader->offset = reader->first;
	return rc;
}

static int check_preamble(int fd, const char **why)
{
	static __thread char newer[80];
	uint8_t bytes[PREAMBLE_SIZE], ours[PREAMBLE_SIZE];
	ssize_t got = file_read(fd, bytes, sizeof(bytes), 0);
	uint32_t format;

	if (got < 0) {
		*why = strerrordesc_np((int)-got);
		return (int)got;
	}
	preamble_put(ours);
	*why = got == 0 ? "the file is empty" : "the recording was cut before its first event";
	if ((size_t)got < sizeof(bytes) && memcmp(bytes, ours, (size_t)got) == 0)
		return -ENODATA;
	format = preamble_format(bytes, (size_t)got);
	*why = "not an mpwatch recording";
	if (format == 0)
		return -EBADMSG;
	if (format == RECORDING_FORMAT)
		return 0;
	snprintf(newer, sizeof(newer), "made by a newer mpwatch (format %u, this one reads up to %u)", format,
		RECORDING_FORMAT);
	*why = newer;
	return -EPROTONOSUPPORT;
}

static int check_file(int fd, const char **why)
{
	struct stat status;

	if (fstat(fd, &status) != 0) {
		*why = strerrordesc_np(errno);
		return -errno;
	}
	if (S_ISDIR(status.st_mode)) {
		*why = "a directory, not a recording";
		return -EISDIR;
	}
	if (!S_ISREG(status.st_mode)) {
		*why = "not a regular file";
		return -EINVAL;
	}
	return check_preamble(fd, why);
}

static struct recording_reader *reader_new(int fd)
{
	struct recording_reader *reader = mem_zalloc(1, sizeof(*reader));

	reader->fd = fd;
	reader->zstd = ZSTD_createDCtx();
	if (!reader->zstd)
		die_no_memory();
	ZSTD_DCtx_setParameter(reader->zstd, ZSTD_d_windowLogMax, FRAME_WINDOW_LOG);
	return reader;
}

int recording_open_fd(int fd, struct recording_reader **out, const char **why)
{
	struct recording_reader *reader;
	int rc = check_file(fd, why);

	if (rc)
		return rc;
	reader = reader_new(fd);
	rc = open_tables(reader, why);
	if (rc) {
		recording_close(reader);
		return rc;
	}
	reader->decoder = decoder_new(&reader->tables);
	*out = reader;
	return 0;
}

int recording_open(const char *path, struct recording_reader **out, const char **why)
{
	/* Without O_NONBLOCK a fifo would wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0) {
		rc = -errno;
		*why = strerrordesc_np(errno);
		return rc;
	}
	rc = recording_open_fd(fd, out, why);
	if (rc)
		close(fd);
	else
		(*out)->owns_fd = 1;
	return rc;
}

/* --- reading --- */

int recording_next(struct recording_reader *reader, struct event *out)
{
	for (;;) {
		int rc;

		if (reader->events.at == reader->events.end) {
			rc = next_frame(reader);
			if (rc <= 0)
				return rc;
			continue;
		}
		rc = decoder_get(reader->decoder, &reader->events, out);
		if (rc < 0)
			return lose_group(reader);
		if (rc > 0) {
			reader->group_events += reader->group_events < 2;
			return 1;
		}
	}
}

int recording_place(const struct recording_reader *reader, uint64_t *offset)
{
	*offset = reader->group_offset;
	return reader->group_is_whole && reader->group_events == 1;
}

void recording_go(struct recording_reader *reader, uint64_t offset)
{
	reader->offset = offset;
	reader->lost = 0;
	lose_group(reader);
}

int recording_seek(struct recording_reader *reader, uint64_t ts_ns)
{
	struct recording_index index;
	int rc = index_load(reader->fd, reader->first, &index);

	if (rc == 0)
		reader->offset = index_find(&index, ts_ns, reader->first);
	index_free(&index);
	reader->lost = 0;
	lose_group(reader);
	return rc;
}

int recording_is_complete(const struct recording_reader *reader)
{
	struct bytes packed = {0};
	struct frame_head head;
	int complete = file_read_index(reader->fd, &head, &packed);

	bytes_free(&packed);
	return complete;
}

void recording_close(struct recording_reader *reader)
{
	if (!reader)
		return;
	if (reader->owns_fd)
		close(reader->fd);
	decoder_free(reader->decoder);
	tables_free(&reader->tables);
	bytes_free(&reader->packed);
	bytes_free(&reader->raw);
	ZSTD_freeDCtx(reader->zstd);
	free(reader);
}
