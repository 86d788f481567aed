/* any_event.h: events of every type with arbitrary contents, and their comparison. The numbers come from a seeded
 * generator, so that a failing test fails again. */
#ifndef MPW_TESTS_ANY_EVENT_H
#define MPW_TESTS_ANY_EVENT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "wire/calls.h"
#include "wire/event.h"

struct any {
	uint64_t state;
	char text[EVENT_MAX_FIELDS][64];
};

static inline uint64_t any_u64(struct any *any)
{
	any->state ^= any->state << 13;
	any->state ^= any->state >> 7;
	any->state ^= any->state << 17;
	return any->state;
}

static inline struct any any_seed(uint64_t seed)
{
	struct any any = {.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};

	any_u64(&any);
	return any;
}

/* Small, medium, huge and extreme numbers, each often enough. */
static inline uint64_t any_number(struct any *any)
{
	static const uint64_t extremes[] = {
		0, 1, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN, UINT32_MAX, INT32_MAX, 0x80000000u};
	uint64_t shape = any_u64(any) % 8;

	if (shape == 0)
		return extremes[any_u64(any) % (sizeof(extremes) / sizeof(extremes[0]))];
	return any_u64(any) >> (shape * 8);
}

/* Any bytes but 0; sometimes none, sometimes no text at all. */
static inline const char *any_text(struct any *any, char out[64])
{
	size_t length = any_u64(any) % 63;

	if (any_u64(any) % 8 == 0)
		return NULL;
	for (size_t i = 0; i < length; i++)
		out[i] = (char)(any_u64(any) % (any_u64(any) % 2 ? 255 : 96) + 1);
	out[length] = '\0';
	return out;
}

/* Fills *out with arbitrary values; text lives in *any until the next call. */
static inline void any_event(struct any *any, unsigned type, struct event *out)
{
	const struct event_desc *desc = event_describe(type);

	memset(out, 0, sizeof(*out));
	out->type = (uint16_t)type;
	out->proc = (uint32_t)any_number(any);
	out->tid = (uint32_t)any_number(any);
	out->stack = (uint32_t)any_number(any);
	out->ts_ns = any_number(any);
	for (unsigned i = 0; i < desc->field_count; i++) {
		const struct field_desc *field = &desc->fields[i];
		char *target = (char *)&out->u + field->offset;
		uint64_t wide = any_number(any);
		uint32_t narrow = (uint32_t)wide;
		const char *text;

		if (field->kind == FIELD_U32 && strcmp(field->name, "call") == 0)
			narrow = (uint32_t)(wide % CALL_COUNT);
		if (field->kind == FIELD_STR) {
			text = any_text(any, any->text[i]);
			memcpy(target, &text, sizeof(text));
		} else if (field->kind == FIELD_I32 || field->kind == FIELD_U32) {
			memcpy(target, &narrow, sizeof(narrow));
		} else {
			memcpy(target, &wide, sizeof(wide));
		}
	}
}

static inline int same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* 1 if both are the same event; else 0 and the first field that differs in *which. */
static inline int same_event(const struct event *a, const struct event *b, const char **which)
{
	const struct event_desc *desc = event_describe(a->type);

	*which = "head";
	if (a->type != b->type || a->proc != b->proc || a->tid != b->tid || a->stack != b->stack ||
		a->ts_ns != b->ts_ns)
		return 0;
	for (unsigned i = 0; i < desc->field_count; i++) {
		const struct field_desc *field = &desc->fields[i];
		const char *left = (const char *)&a->u + field->offset, *right = (const char *)&b->u + field->offset;
		const char *text[2];

		*which = field->name;
		if (field->kind == FIELD_STR) {
			memcpy(&text[0], left, sizeof(char *));
			memcpy(&text[1], right, sizeof(char *));
			if (!same_text(text[0], text[1]))
				return 0;
		} else if (memcmp(left, right, field->kind == FIELD_I32 || field->kind == FIELD_U32 ? 4 : 8) != 0) {
			return 0;
		}
	}
	return 1;
}

#endif
