/* test_recording_tables.c: recordings of other versions: their tables have other events, fields and calls, in another
 * order. The files are put together by hand here, byte by byte as recording_encode.c describes them. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "recording.h"
#include "recording_frame.h"
#include "recording_tables.h"
#include "wire/calls.h"

static void put_text(struct bytes *out, const char *text)
{
	bytes_put_varint(out, strlen(text));
	bytes_put(out, text, strlen(text));
}

static void put_field(struct bytes *out, const char *name, enum field_kind kind)
{
	put_text(out, name);
	bytes_put_u8(out, (uint8_t)kind);
}

static void put_type(struct bytes *out, const char *name, unsigned keys, unsigned fields)
{
	put_text(out, name);
	bytes_put_u8(out, (uint8_t)keys);
	bytes_put_u8(out, (uint8_t)fields);
}

/* 1 a type of another version, 2 `block` with other fields in another order, 3 `tick`; calls: one unknown, then
 * sem_wait and read. */
static void put_other_tables(struct bytes *out)
{
	bytes_put_varint(out, 3);
	put_type(out, "teleport", 0, 2);
	put_field(out, "distance", FIELD_U64);
	put_field(out, "where", FIELD_STR);
	put_type(out, "block", 0, 5);
	put_field(out, "dur", FIELD_U64);
	put_field(out, "colour", FIELD_STR);
	put_field(out, "call", FIELD_U32);
	put_field(out, "fd", FIELD_I64);
	put_field(out, "object", FIELD_STR); /* was text in that version: not the number of ours */
	put_type(out, "tick", 0, 1);
	put_field(out, "procs", FIELD_U32);
	bytes_put_varint(out, 3);
	put_text(out, "teleport");
	bytes_put_u8(out, CLASS_OTHER);
	put_text(out, "sem_wait");
	bytes_put_u8(out, CLASS_LOCK);
	put_text(out, "read");
	bytes_put_u8(out, CLASS_INPUT);
}

static void put_frame(struct bytes *file, struct frame_head head, const struct bytes *raw)
{
	size_t bound = ZSTD_compressBound(raw->length);
	uint8_t *frame = bytes_reserve(file, FRAME_HEAD_SIZE + bound);
	size_t size = ZSTD_compress(frame + FRAME_HEAD_SIZE, bound, raw->data, raw->length, 1);

	cr_assert(!ZSTD_isError(size));
	head.raw_size = (uint32_t)raw->length;
	head.packed_size = (uint32_t)size;
	head.packed_crc = crc32c(frame + FRAME_HEAD_SIZE, size);
	frame_head_put(frame, &head);
	file->length += FRAME_HEAD_SIZE + size;
}

static struct recording_reader *open_bytes(const struct bytes *tables, const struct bytes *events, int *error)
{
	struct recording_reader *reader = NULL;
	struct bytes file = {0};
	const char *why = NULL;
	int fd = memfd_create("recording", MFD_CLOEXEC);

	preamble_put(bytes_reserve(&file, PREAMBLE_SIZE));
	file.length = PREAMBLE_SIZE;
	put_frame(&file, (struct frame_head){.kind = FRAME_TABLES}, tables);
	put_frame(&file, (struct frame_head){.kind = 77}, events); /* a kind of another version: passed over */
	put_frame(&file, (struct frame_head){.kind = FRAME_EVENTS, .flags = FRAME_KEY}, events);
	cr_assert_eq(write(fd, file.data, file.length), (ssize_t)file.length);
	*error = recording_open_fd(fd, &reader, &why);
	cr_assert(*error == 0 || why);
	bytes_free(&file);
	return reader;
}

static void put_head(struct bytes *out, unsigned type, int64_t ns_later)
{
	bytes_put_varint(out, type << 2);
	bytes_put_signed(out, ns_later);
}

/* teleport 5 "far"; block 1000 "far" read -1; block the same 7 ns longer, in the call that we do not know; tick 9. */
static void put_other_events(struct bytes *out)
{
	bytes_put_varint(out, 1 << 2 | 1);
	bytes_put_signed(out, 100);
	bytes_put_varint(out, 3);
	bytes_put_varint(out, 4121);
	bytes_put_varint(out, 3);
	bytes_put_signed(out, 5);
	bytes_put_varint(out, 1);
	put_text(out, "far");

	put_head(out, 2, 10);
	bytes_put_varint(out, 1 | 2 | 4 | 8 | 16);
	bytes_put_signed(out, 1000);
	bytes_put_varint(out, 1);
	bytes_put_signed(out, 3);
	bytes_put_signed(out, -1);
	bytes_put_varint(out, 2);
	put_text(out, "an object");

	put_head(out, 2, 10);
	bytes_put_varint(out, 1 | 4);
	bytes_put_signed(out, 7);
	bytes_put_signed(out, -2);

	put_head(out, 3, -5);
	bytes_put_varint(out, 1);
	bytes_put_signed(out, 9);
}

Test(recording_tables, a_file_of_another_version_is_read_by_name)
{
	struct bytes tables = {0}, events = {0};
	struct recording_reader *reader;
	struct event event;
	int error;

	put_other_tables(&tables);
	put_other_events(&events);
	reader = open_bytes(&tables, &events, &error);
	cr_assert_eq(error, 0);

	cr_assert_eq(recording_next(reader, &event), 1, "the unknown event is passed over");
	cr_assert_eq(event.type, EV_BLOCK);
	cr_assert(event.ts_ns == 110 && event.proc == 3 && event.tid == 4121 && event.stack == 0);
	cr_assert_eq(event.u.block.dur, 1000);
	cr_assert_eq(event.u.block.call, CALL_read);
	cr_assert_eq(event.u.block.fd, -1);
	cr_assert_eq(event.u.block.object, 0);
	cr_assert_eq(event.u.block.result, 0, "a field that the file does not have");

	cr_assert_eq(recording_next(reader, &event), 1);
	cr_assert_eq(event.u.block.dur, 1007);
	cr_assert_eq(event.u.block.call, 0, "a call that this build does not know");
	cr_assert_eq(event.u.block.fd, -1);

	cr_assert_eq(recording_next(reader, &event), 1);
	cr_assert_eq(event.type, EV_TICK);
	cr_assert(event.ts_ns == 115 && event.u.tick.procs == 9);
	cr_assert_eq(recording_next(reader, &event), 0);
	recording_close(reader);
	bytes_free(&tables);
	bytes_free(&events);
}

Test(recording_tables, our_own_tables_map_to_themselves)
{
	struct bytes tables = {0};
	struct file_tables file;

	tables_put(&tables);
	cr_assert_eq(tables_get(tables.data, tables.length, &file), 0);
	cr_assert_eq(file.type_count, EV_COUNT);
	cr_assert_eq(file.call_count, CALL_COUNT);
	for (unsigned call = 1; call < CALL_COUNT; call++)
		cr_assert_eq(file.calls[call], call);
	for (unsigned type = 1; type < EV_COUNT; type++) {
		const struct event_desc *desc = event_describe(type);

		cr_assert_eq(file.types[type].type, type);
		cr_assert_eq(file.types[type].field_count, desc->field_count);
		for (unsigned i = 0; i < desc->field_count; i++) {
			cr_assert(file.types[type].fields[i].is_known);
			cr_assert_eq(file.types[type].fields[i].ours.offset, desc->fields[i].offset);
		}
	}
	tables_free(&file);
	bytes_free(&tables);
}

Test(recording_tables, damaged_tables_are_refused)
{
	struct bytes tables = {0};
	struct file_tables file;

	put_other_tables(&tables);
	for (size_t length = 0; length < tables.length; length++)
		cr_assert_eq(tables_get(tables.data, length, &file), -EBADMSG);
	tables.length = 0;
	bytes_put_varint(&tables, UINT64_MAX);
	cr_assert_eq(tables_get(tables.data, tables.length, &file), -EBADMSG);
	tables.length = 0;
	bytes_put_varint(&tables, 1);
	put_type(&tables, "many", 0, 200);
	cr_assert_eq(tables_get(tables.data, tables.length, &file), -EBADMSG);
	tables.length = 0;
	bytes_put_varint(&tables, 1);
	put_type(&tables, "keyed by text", 1, 1);
	put_field(&tables, "name", FIELD_STR);
	bytes_put_varint(&tables, 0);
	cr_assert_eq(tables_get(tables.data, tables.length, &file), -EBADMSG);
	bytes_free(&tables);
}

static void expect_damage(const struct bytes *events)
{
	struct bytes tables = {0};
	struct recording_reader *reader;
	struct event event;
	int error;

	put_other_tables(&tables);
	reader = open_bytes(&tables, events, &error);
	cr_assert_eq(error, 0);
	cr_assert_eq(recording_next(reader, &event), -EBADMSG);
	cr_assert_eq(recording_next(reader, &event), 0);
	recording_close(reader);
	bytes_free(&tables);
}

/* Frames with right checksums whose events are none. */
Test(recording_tables, events_that_do_not_fit_the_tables_are_damage)
{
	struct bytes events = {0};

	put_head(&events, 4, 0); /* no such type */
	expect_damage(&events);
	events.length = 0;
	put_head(&events, 0, 0);
	expect_damage(&events);
	events.length = 0;
	put_head(&events, 3, 0);
	bytes_put_varint(&events, 2); /* no such field */
	bytes_put_signed(&events, 9);
	expect_damage(&events);
	events.length = 0;
	put_head(&events, 2, 0);
	bytes_put_varint(&events, 2);
	bytes_put_varint(&events, 2); /* the second string before the first */
	put_text(&events, "far");
	expect_damage(&events);
	events.length = 0;
	put_head(&events, 2, 0);
	bytes_put_varint(&events, 2);
	bytes_put_varint(&events, 1);
	bytes_put_varint(&events, 4000); /* longer than the frame */
	bytes_put(&events, "far", 3);
	expect_damage(&events);
	events.length = 0;
	put_head(&events, 3, 0); /* ends in the middle */
	expect_damage(&events);
	bytes_free(&events);
}
