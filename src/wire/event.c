/* event.c: events.def as tables: descriptions, names, ring records.
 * Uses no malloc, no stdio and no lock: the probe may link it too. */
#include "wire/event.h"

#include <errno.h>
#include <string.h>

#include "wire/calls.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The struct that a field's rec_offset refers to: HOST events have no record. */
#define RECORD_RING(name) struct rec_##name
#define RECORD_CARRY(name) struct rec_##name
#define RECORD_HOST(name) struct ev_##name
#define RECORD_SIZE_RING(name) sizeof(struct rec_##name)
#define RECORD_SIZE_CARRY(name) sizeof(struct rec_##name)
#define RECORD_SIZE_HOST(name) 0

#define FIELD(f, kind) {#f, kind, offsetof(payload, f), offsetof(record, f)},
#define I32(f) FIELD(f, FIELD_I32)
#define U32(f) FIELD(f, FIELD_U32)
#define I64(f) FIELD(f, FIELD_I64)
#define U64(f) FIELD(f, FIELD_U64)
#define TIM(f) FIELD(f, FIELD_TIM)
#define STR(f) {#f, FIELD_STR, offsetof(payload, f), 0},

/* A function per type gives the names `payload` and `record` a scope, so that the fields' macros need not know the
 * type. */
#define EVENT(id, name, origin, fields)                                                                                \
	static const struct event_desc *describe_##name(void)                                                          \
	{                                                                                                              \
		typedef struct ev_##name payload;                                                                      \
		typedef RECORD_##origin(name) record;                                                                  \
		static const struct field_desc table[] = {fields};                                                     \
		static const struct event_desc desc = {                                                                \
			#name, ORIGIN_##origin, RECORD_SIZE_##origin(name), COUNT(table), table};                      \
		_Static_assert(COUNT(table) <= EVENT_MAX_FIELDS, "too many fields in " #name);                         \
		_Static_assert(sizeof(record) > 0, "record");                                                          \
		return &desc;                                                                                          \
	}
#include "wire/events.def"
#undef EVENT

#define EVENT(id, name, origin, fields) [EV_##id] = describe_##name,
static const struct event_desc *(*const describers[EV_COUNT])(void) = {
#include "wire/events.def"
};
#undef EVENT

const struct event_desc *event_describe(unsigned type)
{
	return type > EV_EMPTY && type < EV_COUNT ? describers[type]() : NULL;
}

unsigned event_by_name(const char *name, size_t length)
{
	for (unsigned type = EV_EMPTY + 1; type < EV_COUNT; type++) {
		const char *known = describers[type]()->name;

		if (strlen(known) == length && memcmp(known, name, length) == 0)
			return type;
	}
	return EV_EMPTY;
}

/* FNV-1a, fed with terminated strings so that "ab","c" and "a","bc" differ. */

static size_t field_width(enum field_kind kind)
{
	return kind == FIELD_I32 || kind == FIELD_U32 ? 4 : 8;
}

/* A RING record has exactly the size of its type. TEXT and FRAMES may be shorter: what is missing is 0. */
static int record_size_fits(const struct event_desc *desc, size_t payload)
{
	size_t full = (desc->rec_size + RING_UNIT - 1) / RING_UNIT * RING_UNIT;

	return desc->origin == ORIGIN_CARRY ? payload <= full : payload == full;
}

int event_from_record(const void *record, size_t length, struct event *out)
{
	const struct event_desc *desc;
	struct ring_head head;
	unsigned char payload[(RING_MAX_UNITS - 1) * RING_UNIT] = {0};
	size_t size;

	if (length < sizeof(head))
		return -EINVAL;
	memcpy(&head, record, sizeof(head));
	size = (size_t)head.units * RING_UNIT;
	desc = event_describe(head.type);
	if (!desc || desc->origin == ORIGIN_HOST || head.units < 1 || head.units > RING_MAX_UNITS || size > length)
		return -EINVAL;
	if (!record_size_fits(desc, size - sizeof(head)))
		return -EINVAL;
	memcpy(payload, (const char *)record + sizeof(head), size - sizeof(head));

	out->type = head.type;
	memset(&out->u, 0, sizeof(out->u));
	for (unsigned i = 0; i < desc->field_count && desc->fields[i].kind != FIELD_STR; i++) {
		const struct field_desc *field = &desc->fields[i];

		memcpy((char *)&out->u + field->offset, payload + field->rec_offset, field_width(field->kind));
	}
	return 0;
}
