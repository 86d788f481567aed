/* test_recording_frame.c: the outermost layer of a recording: heads of frames, the index, frames that are still on
 * their way. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "recording.h"
#include "recording_file.h"
#include "recording_index.h"

static const struct frame_head sample = {FRAME_EVENTS, FRAME_KEY, 70000, 1234, 321, 0xdeadbeef, UINT64_C(1) << 60};

Test(recording_frame, a_head_comes_back)
{
	uint8_t bytes[FRAME_HEAD_SIZE];
	struct frame_head head;

	frame_head_put(bytes, &sample);
	cr_assert_eq(frame_head_get(bytes, &head), 0);
	cr_assert(head.kind == sample.kind && head.flags == sample.flags && head.raw_size == sample.raw_size);
	cr_assert(head.packed_size == sample.packed_size && head.events == sample.events);
	cr_assert(head.packed_crc == sample.packed_crc && head.first_ts == sample.first_ts);
}

Test(recording_frame, a_head_with_a_wrong_bit_is_none)
{
	uint8_t bytes[FRAME_HEAD_SIZE];
	struct frame_head head;

	frame_head_put(bytes, &sample);
	for (unsigned bit = 0; bit < 8 * FRAME_HEAD_SIZE; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert_eq(frame_head_get(bytes, &head), -EBADMSG, "bit %u", bit);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	cr_assert_eq(frame_head_get(bytes, &head), 0);
}

Test(recording_frame, sizes_are_bounded)
{
	uint8_t bytes[FRAME_HEAD_SIZE];
	struct frame_head head = sample;

	head.raw_size = FRAME_MAX_RAW + 1;
	frame_head_put(bytes, &head);
	cr_assert_eq(frame_head_get(bytes, &head), -EBADMSG);
	head = sample;
	head.packed_size = FRAME_MAX_PACKED + 1;
	frame_head_put(bytes, &head);
	cr_assert_eq(frame_head_get(bytes, &head), -EBADMSG);
}

/* --- the index --- */

static int record_notes(unsigned count)
{
	int fd = memfd_create("recording", MFD_CLOEXEC), again = dup(fd);
	struct recording_writer *writer;

	cr_assert_eq(recording_create(fd, 0, &writer), 0);
	for (unsigned i = 0; i < count; i++) {
		struct event event = {.type = EV_NOTE, .ts_ns = i};
		char text[60];

		snprintf(text, sizeof(text), "a note unlike the others, with number %u", i);
		event.u.note.text = text;
		cr_assert_eq(recording_append(writer, &event), 0);
	}
	cr_assert_eq(recording_finish(writer), 0);
	return again;
}

Test(recording_frame, the_index_is_what_the_heads_say)
{
	int fd = record_notes(60000);
	struct recording_index stored, rebuilt;
	off_t size = lseek(fd, 0, SEEK_END);
	struct frame_head head;
	uint64_t first;

	cr_assert_eq(file_peek_frame(fd, PREAMBLE_SIZE, &head), 1);
	first = frame_end(PREAMBLE_SIZE, &head);
	cr_assert_eq(index_load(fd, first, &stored), 0);
	cr_assert_eq(stored.events, 60000);
	cr_assert_eq(ftruncate(fd, size - 1), 0);
	cr_assert_eq(index_load(fd, first, &rebuilt), 0);
	cr_assert_eq(rebuilt.events, 0);
	cr_assert(stored.count == rebuilt.count && stored.count > 3);
	cr_assert_eq(memcmp(stored.groups, rebuilt.groups, stored.count * sizeof(stored.groups[0])), 0);
	index_free(&stored);
	index_free(&rebuilt);
	close(fd);
}

Test(recording_frame, an_index_that_is_cut_is_refused)
{
	struct recording_index index = {.events = 1000, .thinned = 2, .dropped = 3}, got;
	struct bytes bytes = {0};

	for (uint64_t i = 1; i < 9; i++)
		index_add(&index, (struct group){i * 100000, 5000 - i});
	index_put(&index, &bytes);
	for (size_t length = 0; length < bytes.length; length++)
		cr_assert_eq(index_get(bytes.data, length, &got), -EBADMSG);
	cr_assert_eq(index_get(bytes.data, bytes.length, &got), 0);
	cr_assert(got.events == 1000 && got.thinned == 2 && got.dropped == 3 && got.count == 8);
	cr_assert_eq(memcmp(got.groups, index.groups, 8 * sizeof(got.groups[0])), 0);
	index_free(&index);
	index_free(&got);
	bytes_free(&bytes);
}

/* --- a frame whose size is there before its bytes are --- */

Test(recording_frame, the_last_frame_is_waited_for)
{
	int fd = record_notes(100), growing = memfd_create("growing", MFD_CLOEXEC);
	struct recording_reader *reader;
	struct frame_head head;
	struct event event;
	const char *why = "";
	uint64_t start, end;
	char bytes[65536];
	int count = 0;

	cr_assert_eq(file_peek_frame(fd, PREAMBLE_SIZE, &head), 1);
	start = frame_end(PREAMBLE_SIZE, &head);
	cr_assert_eq(file_peek_frame(fd, start, &head), 1);
	end = frame_end(start, &head);
	cr_assert(end < sizeof(bytes) && pread(fd, bytes, end, 0) == (ssize_t)end);

	cr_assert_eq(pwrite(growing, bytes, end - 30, 0), (ssize_t)end - 30);
	cr_assert_eq(ftruncate(growing, (off_t)end), 0);
	cr_assert_eq(recording_open_fd(growing, &reader, &why), 0, "%s", why);
	cr_assert_eq(recording_next(reader, &event), 0, "no damage yet");
	cr_assert_eq(pwrite(growing, bytes, end, 0), (ssize_t)end);
	while (recording_next(reader, &event) == 1)
		count++;
	cr_assert_eq(count, 100);
	recording_close(reader);
}
