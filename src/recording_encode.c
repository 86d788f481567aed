/* recording_encode.c: an event in the recording:
 *
 *   varint  type << 2 | stack differs << 1 | process or thread differs from the event before
 *   signed  time minus that of the event before (threads' clocks may run back a little)
 *   varint  proc, varint tid                 if they differ
 *   signed  key                              if the type has one (recording_tables.h)
 *   varint  stack                            if it differs from the context's (recording_context.h)
 *   varint  a bit per further field that differs from the context's, lowest for the first
 *   per bit: numbers: signed difference to the context's
 *            text: varint number of the string; a number that is one above the highest so far brings length and bytes
 * with it
 *
 * Strings are numbered from 1 within a group; 0 is no text. */
#include "recording_encode.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "recording_context.h"
#include "recording_frame.h"
#include "recording_tables.h"

enum { FIRST_BUCKETS = 256 };

/* Strings of this group: bytes one after the other, found by an open-addressed table of numbers. */
struct string_table {
	struct bytes bytes;
	struct string_entry {
		uint32_t hash, offset, length;
	} * entries;
	uint32_t count, capacity;
	uint32_t *buckets; /* entry number + 1, 0 free */
	uint32_t bucket_mask;
};

struct encoder {
	struct contexts *contexts;
	struct string_table strings;
	uint64_t ts_ns;
	uint32_t proc, tid;
};

struct encoder *encoder_new(void)
{
	struct encoder *encoder = mem_zalloc(1, sizeof(*encoder));

	encoder->contexts = contexts_new(EVENT_MAX_FIELDS);
	encoder->strings.bucket_mask = FIRST_BUCKETS - 1;
	encoder->strings.buckets = mem_zalloc(FIRST_BUCKETS, sizeof(uint32_t));
	return encoder;
}

void encoder_reset(struct encoder *encoder)
{
	struct string_table *strings = &encoder->strings;

	contexts_reset(encoder->contexts);
	strings->bytes.length = 0;
	strings->count = 0;
	memset(strings->buckets, 0, (strings->bucket_mask + 1) * sizeof(uint32_t));
	encoder->ts_ns = 0;
	encoder->proc = 0;
	encoder->tid = 0;
}

void encoder_free(struct encoder *encoder)
{
	if (!encoder)
		return;
	contexts_free(encoder->contexts);
	bytes_free(&encoder->strings.bytes);
	free(encoder->strings.entries);
	free(encoder->strings.buckets);
	free(encoder);
}

static uint32_t hash_text(const char *text, size_t length)
{
	uint32_t hash = 2166136261u;

	while (length--)
		hash = (hash ^ (unsigned char)*text++) * 16777619u;
	return hash ^ hash >> 15;
}

static uint32_t *find_bucket(struct string_table *strings, uint32_t hash, const char *text, size_t length)
{
	for (uint32_t at = hash & strings->bucket_mask;; at = (at + 1) & strings->bucket_mask) {
		uint32_t number = strings->buckets[at];
		const struct string_entry *entry = number ? &strings->entries[number - 1] : NULL;

		if (!entry || (entry->hash == hash && entry->length == length &&
				      memcmp(strings->bytes.data + entry->offset, text, length) == 0))
			return &strings->buckets[at];
	}
}

static void grow_buckets(struct string_table *strings)
{
	uint32_t count = (strings->bucket_mask + 1) * 2;

	free(strings->buckets);
	strings->buckets = mem_zalloc(count, sizeof(uint32_t));
	strings->bucket_mask = count - 1;
	for (uint32_t i = 0; i < strings->count; i++) {
		uint32_t at = strings->entries[i].hash & strings->bucket_mask;

		while (strings->buckets[at])
			at = (at + 1) & strings->bucket_mask;
		strings->buckets[at] = i + 1;
	}
}

static void add_string(struct string_table *strings, uint32_t *bucket, uint32_t hash, const char *text, size_t length)
{
	if (strings->count == strings->capacity) {
		strings->capacity = strings->capacity ? strings->capacity * 2 : FIRST_BUCKETS;
		strings->entries = mem_resize(strings->entries, strings->capacity * sizeof(strings->entries[0]));
	}
	strings->entries[strings->count++] =
		(struct string_entry){hash, (uint32_t)strings->bytes.length, (uint32_t)length};
	bytes_put(&strings->bytes, text, length);
	*bucket = strings->count;
	if (strings->count * 4 > (strings->bucket_mask + 1) * 3)
		grow_buckets(strings);
}

/* Number of a text; *fresh becomes 1 if it is new, so that its bytes must follow. */
static uint32_t string_number(struct string_table *strings, const char *text, size_t length, int *fresh)
{
	uint32_t hash = hash_text(text, length);
	uint32_t *bucket = find_bucket(strings, hash, text, length);

	*fresh = *bucket == 0;
	if (*fresh) {
		add_string(strings, bucket, hash, text, length);
		return strings->count;
	}
	return *bucket;
}

/* A field as 64 bits: what contexts hold. Text is not numbered here. */
static uint64_t load_number(const struct field_desc *field, const struct event *event)
{
	const char *at = (const char *)&event->u + field->offset;
	uint64_t wide;
	uint32_t narrow;

	if (field->kind == FIELD_I32 || field->kind == FIELD_U32) {
		memcpy(&narrow, at, sizeof(narrow));
		return field->kind == FIELD_I32 ? (uint64_t)(int64_t)(int32_t)narrow : narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

static const char *load_text(const struct field_desc *field, const struct event *event)
{
	const char *text;

	memcpy(&text, (const char *)&event->u + field->offset, sizeof(text));
	return text;
}

struct new_text {
	const char *text;
	size_t length;
};

/* All fields as numbers; fresh[i].text is set where a string's bytes must be written. */
static void load_fields(struct encoder *encoder, const struct event_desc *desc, const struct event *event,
	uint64_t *values, struct new_text *fresh)
{
	for (unsigned i = 0; i < desc->field_count; i++) {
		const struct field_desc *field = &desc->fields[i];
		const char *text;
		int is_new;

		fresh[i].text = NULL;
		if (field->kind != FIELD_STR) {
			values[i] = load_number(field, event);
			continue;
		}
		text = load_text(field, event);
		values[i] = 0;
		if (text) {
			fresh[i].length = strnlen(text, TEXT_MAX);
			values[i] = string_number(&encoder->strings, text, fresh[i].length, &is_new);
			fresh[i].text = is_new ? text : NULL;
		}
	}
}

static void put_head(struct encoder *encoder, const struct event *event, int new_stack, struct bytes *out)
{
	int new_actor = event->proc != encoder->proc || event->tid != encoder->tid;

	bytes_put_varint(out, (uint64_t)event->type << 2 | (uint64_t)new_stack << 1 | (uint64_t)new_actor);
	bytes_put_signed(out, (int64_t)(event->ts_ns - encoder->ts_ns));
	if (new_actor) {
		bytes_put_varint(out, event->proc);
		bytes_put_varint(out, event->tid);
	}
	encoder->ts_ns = event->ts_ns;
	encoder->proc = event->proc;
	encoder->tid = event->tid;
}

static void put_field(const struct field_desc *field, uint64_t value, uint64_t before, const struct new_text *fresh,
	struct bytes *out)
{
	if (field->kind != FIELD_STR) {
		bytes_put_signed(out, (int64_t)(value - before));
		return;
	}
	bytes_put_varint(out, value);
	if (fresh->text) {
		bytes_put_varint(out, fresh->length);
		bytes_put(out, fresh->text, fresh->length);
	}
}

void encoder_put(struct encoder *encoder, const struct event *event, struct bytes *out)
{
	const struct event_desc *desc = event_describe(event->type);
	unsigned keys = tables_keys_of(event->type);
	uint64_t values[EVENT_MAX_FIELDS];
	struct new_text fresh[EVENT_MAX_FIELDS];
	struct context *context;
	uint64_t changed = 0;

	load_fields(encoder, desc, event, values, fresh);
	context = contexts_get(encoder->contexts, event->type, event->proc, event->tid, keys ? values[0] : 0);
	for (unsigned i = keys; i < desc->field_count; i++)
		changed |= (uint64_t)(values[i] != context->values[i]) << (i - keys);

	put_head(encoder, event, event->stack != context->stack, out);
	if (keys)
		bytes_put_signed(out, (int64_t)values[0]);
	if (event->stack != context->stack)
		bytes_put_varint(out, event->stack);
	bytes_put_varint(out, changed);
	for (unsigned i = keys; i < desc->field_count; i++) {
		if (changed >> (i - keys) & 1)
			put_field(&desc->fields[i], values[i], context->values[i], &fresh[i], out);
		context->values[i] = values[i];
	}
	context->stack = event->stack;
}
