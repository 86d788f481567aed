/* event.h: the events of events.def as C: numbers, payload structs, the ring's record and the generic event.
 * Shared by probe and collector; no malloc, no stdio, no locks in this header. Functions are host side (event.c,
 * event_text.c). */
#ifndef MPW_WIRE_EVENT_H
#define MPW_WIRE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "wire/kinds.h"

/* enum event_type: EV_START ... ; 0 is never a type, so an empty ring slot is not a record. */
#define EVENT(id, name, origin, fields) EV_##id,
enum event_type {
	EV_EMPTY, /* not EV_NONE: elf.h has that */
#include "wire/events.def"
	EV_COUNT
};
#undef EVENT

/* struct ev_fork ...: the payload of each event as readers see it, text included. */
#define I32(f) int32_t f;
#define U32(f) uint32_t f;
#define I64(f) int64_t f;
#define U64(f) uint64_t f;
#define TIM(f) uint64_t f;
#define STR(f) const char *f;
#define EVENT(id, name, origin, fields)                                                                                \
	struct ev_##name {                                                                                             \
		fields                                                                                                 \
	};
#include "wire/events.def"
#undef EVENT
#undef STR

/* struct rec_fork ...: the same without text, as the probe writes it behind a struct ring_head. */
#define STR(f)
#define EVENT(id, name, origin, fields) EVENT_##origin(name, fields)
#define EVENT_RING(name, fields)                                                                                       \
	struct rec_##name {                                                                                            \
		fields                                                                                                 \
	};                                                                                                             \
	_Static_assert(sizeof(struct rec_##name) <= 48, "ring record " #name " too long");
#define EVENT_CARRY(name, fields) EVENT_RING(name, fields)
#define EVENT_HOST(name, fields)
#include "wire/events.def"
#undef EVENT
#undef EVENT_RING
#undef EVENT_CARRY
#undef EVENT_HOST
#undef I32
#undef U32
#undef I64
#undef U64
#undef TIM
#undef STR

/* Head of a record in a ring: 16 bytes, then the payload padded to a multiple of 16. The thread is the ring's owner. */
struct ring_head {
	uint16_t type;  /* enum event_type */
	uint8_t units;  /* whole record in units of 16 bytes, 1..4 */
	uint8_t flags;  /* per type */
	uint32_t stack; /* stack id of this image, 0 none */
	uint64_t ticks; /* when, in the session's clock */
};
_Static_assert(sizeof(struct ring_head) == 16, "ring head");
#define RING_UNIT 16u
#define RING_MAX_UNITS 4u

/* One event as readers handle it. Text belongs to whoever produced the event and lives until the next call on that
 * source. */
struct event {
	uint16_t type;
	uint32_t proc;  /* process number in this session, from 1; 0 the session itself */
	uint32_t tid;   /* thread id as its own process sees it; 0 the process */
	uint32_t stack; /* number of a STACK event, 0 none */
	uint64_t ts_ns; /* since the start of the session */
	union {
#define EVENT(id, name, origin, fields) struct ev_##name name;
#include "wire/events.def"
#undef EVENT
	} u;
};

enum field_kind { FIELD_I32, FIELD_U32, FIELD_I64, FIELD_U64, FIELD_TIM, FIELD_STR };
enum event_origin { ORIGIN_RING, ORIGIN_HOST, ORIGIN_CARRY };

struct field_desc {
	const char *name;
	enum field_kind kind;
	uint16_t offset;     /* in struct ev_<name> */
	uint16_t rec_offset; /* in struct rec_<name>; fields before the first STR only */
};

struct event_desc {
	const char *name;
	enum event_origin origin;
	uint8_t rec_size; /* bytes of the ring payload, 0 for HOST */
	uint8_t field_count;
	const struct field_desc *fields;
};

#define EVENT_MAX_FIELDS 20

/* Description of a type; never NULL for 1 <= type < EV_COUNT, NULL otherwise. */
const struct event_desc *event_describe(unsigned type);

/* Type of a name ("fork"), 0 if there is none. */
unsigned event_by_name(const char *name, size_t length);

/* Hash of the contract (events.def, calls.def, kinds.h, event.h, arena.h), made by the build: probe and collector of
 * different builds refuse each other. A constant, because every new image compares it. */
static inline uint32_t event_table_hash(void)
{
	return MPW_TABLE_HASH;
}

/* Turns a ring record (head and payload, already copied out of shared memory and no longer writable by the program)
 * into *out. `length` is the number of bytes copied. ts_ns, proc, tid and stack are left for the caller; TIM fields
 * keep ticks. 0, or -EINVAL if type, size or origin do not fit. Text fields become NULL. */
int event_from_record(const void *record, size_t length, struct event *out);

/* One line of text for an event, without newline: `0.001234 3 4121 fork child=4122 call=fork err=0 stack=7`: time in
 * seconds, proc, tid, name, then every field that is not 0; text in double quotes with C escapes, control bytes as
 * \xNN. snprintf's contract. */
int event_print(const struct event *event, char *buffer, size_t size);

/* Reads such a line (also `#` comments and empty lines: returns 1 and leaves *out alone). Text of the result points
 * into `scratch`, which must be at least as long as the line. Missing fields are 0 (text: NULL). 0, 1, or -EINVAL with
 * a reason in *why. */
int event_parse(const char *line, struct event *out, char *scratch, size_t scratch_size, const char **why);

#endif
