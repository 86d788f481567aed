/* test_event.c: the tables of events.def and calls.def, and records of the ring. */
#include <criterion/criterion.h>

#include <errno.h>

#include "any_event.h"

/* A record as the probe writes it: the payload's fields at their own offsets. */
static size_t make_record(const struct event *event, unsigned char out[64])
{
	const struct event_desc *desc = event_describe(event->type);
	size_t size = sizeof(struct ring_head) + (desc->rec_size + 15u) / 16u * 16u;
	struct ring_head head = {.type = event->type, .units = (uint8_t)(size / RING_UNIT)};

	memset(out, 0, 64);
	memcpy(out, &head, sizeof(head));
	for (unsigned i = 0; i < desc->field_count && desc->fields[i].kind != FIELD_STR; i++) {
		const struct field_desc *field = &desc->fields[i];
		size_t width = field->kind == FIELD_I32 || field->kind == FIELD_U32 ? 4 : 8;

		memcpy(out + sizeof(head) + field->rec_offset, (const char *)&event->u + field->offset, width);
	}
	return size;
}

static void drop_text(struct event *event)
{
	const struct event_desc *desc = event_describe(event->type);

	for (unsigned i = 0; i < desc->field_count; i++) {
		if (desc->fields[i].kind == FIELD_STR)
			memset((char *)&event->u + desc->fields[i].offset, 0, sizeof(event->u.note.text));
	}
}

Test(event, every_type_is_described)
{
	cr_assert_null(event_describe(EV_EMPTY));
	cr_assert_null(event_describe(EV_COUNT));
	for (unsigned type = 1; type < EV_COUNT; type++) {
		const struct event_desc *desc = event_describe(type);

		cr_assert_eq(event_by_name(desc->name, strlen(desc->name)), type);
		cr_assert(desc->field_count > 0 && desc->field_count <= EVENT_MAX_FIELDS);
		cr_assert(
			desc->origin == ORIGIN_HOST ? desc->rec_size == 0 : desc->rec_size > 0 && desc->rec_size <= 48);
		for (unsigned i = 0; i < desc->field_count; i++)
			cr_assert(strcmp(desc->fields[i].name, "stack") != 0, "%s: text form uses stack= for the head",
				desc->name);
	}
	cr_assert_eq(event_by_name("fork", 3), 0);
	cr_assert_eq(event_by_name("forks", 5), 0);
	cr_assert_eq(event_by_name("", 0), 0);
}

Test(event, text_comes_last_in_every_row)
{
	for (unsigned type = 1; type < EV_COUNT; type++) {
		const struct event_desc *desc = event_describe(type);
		int text = 0;

		for (unsigned i = 0; i < desc->field_count; i++) {
			cr_assert(desc->fields[i].kind == FIELD_STR || !text, "%s", desc->name);
			text |= desc->fields[i].kind == FIELD_STR;
		}
	}
}

Test(event, a_known_row_is_described_as_written)
{
	const struct event_desc *desc = event_describe(EV_FD_OPEN);

	cr_assert_str_eq(desc->name, "fd_open");
	cr_assert_eq(desc->origin, ORIGIN_RING);
	cr_assert_eq(desc->rec_size, sizeof(struct rec_fd_open));
	cr_assert_eq(desc->field_count, 7);
	cr_assert_str_eq(desc->fields[4].name, "dev");
	cr_assert_eq(desc->fields[4].kind, FIELD_U64);
	cr_assert_eq(desc->fields[4].offset, offsetof(struct ev_fd_open, dev));
	cr_assert_eq(desc->fields[4].rec_offset, offsetof(struct rec_fd_open, dev));
	cr_assert_eq(desc->fields[6].kind, FIELD_STR);
}

Test(event, records_become_events)
{
	struct any any = any_seed(1);

	for (unsigned round = 0; round < 100; round++) {
		for (unsigned type = 1; type < EV_COUNT; type++) {
			struct event want, got = {.proc = 1, .tid = 2, .stack = 3, .ts_ns = 4};
			unsigned char record[64];
			const char *which;
			size_t size;

			if (event_describe(type)->origin == ORIGIN_HOST)
				continue;
			any_event(&any, type, &want);
			drop_text(&want);
			want.proc = 1, want.tid = 2, want.stack = 3, want.ts_ns = 4;
			size = make_record(&want, record);
			cr_assert_eq(event_from_record(record, size, &got), 0);
			cr_assert(same_event(&want, &got, &which), "%s.%s", event_describe(type)->name, which);
		}
	}
}

Test(event, refuses_records_that_do_not_fit)
{
	struct any any = any_seed(2);

	for (unsigned type = 0; type < EV_COUNT + 2; type++) {
		const struct event_desc *desc = event_describe(type);
		unsigned char record[64] = {0};
		struct event event = {.type = (uint16_t)type}, got;
		size_t size = 32;

		if (desc && desc->origin != ORIGIN_HOST) {
			any_event(&any, type, &event);
			size = make_record(&event, record);
			cr_assert_eq(event_from_record(record, size - 1, &got), -EINVAL);
			cr_assert_eq(event_from_record(record, 15, &got), -EINVAL);
			cr_assert_eq(event_from_record(record, 0, &got), -EINVAL);
			for (unsigned units = 0; units < 256; units++) {
				int shorter = desc->origin == ORIGIN_CARRY && units >= 1 && units * RING_UNIT < size;

				record[2] = (unsigned char)units;
				cr_assert_eq(
					event_from_record(record, 64, &got) == 0, units * RING_UNIT == size || shorter);
			}
		} else {
			memcpy(record, &type, 2);
			record[2] = 2;
			cr_assert_eq(event_from_record(record, 64, &got), -EINVAL, "%u", type);
		}
	}
}

Test(event, calls_have_names_and_classes)
{
	for (unsigned call = 1; call < CALL_COUNT; call++)
		cr_assert_eq(call_by_name(call_name(call)), call, "%s", call_name(call));
	cr_assert_str_eq(call_name(0), "");
	cr_assert_str_eq(call_name(CALL_COUNT), "");
	cr_assert_eq(call_by_name("no_such_call"), 0);
	cr_assert_eq(call_by_name(""), 0);
	cr_assert_str_eq(call_name(CALL_pipe2), "pipe2");
	cr_assert_eq(call_class_of(CALL_read), CLASS_INPUT);
	cr_assert_eq(call_class_of(CALL_sem_wait), CLASS_LOCK);
	cr_assert_eq(call_class_of(CALL_COUNT), CLASS_NONE);
}
