/* recording_decode.c: see recording_decode.h. */
#include "recording_decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "recording_frame.h"

enum { MAX_STRINGS = 1 << 20 };

struct decoder {
	const struct file_tables *tables;
	struct contexts *contexts;
	struct bytes text; /* strings of the group, each terminated */
	uint32_t *starts;  /* by number - 1 */
	uint32_t string_count, string_capacity;
	uint64_t ts_ns;
	uint32_t proc, tid;
};

struct decoder *decoder_new(const struct file_tables *tables)
{
	struct decoder *decoder = mem_zalloc(1, sizeof(*decoder));

	decoder->tables = tables;
	decoder->contexts = contexts_new(tables->max_fields);
	return decoder;
}

void decoder_reset(struct decoder *decoder)
{
	contexts_reset(decoder->contexts);
	decoder->text.length = 0;
	decoder->string_count = 0;
	decoder->ts_ns = 0;
	decoder->proc = 0;
	decoder->tid = 0;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	contexts_free(decoder->contexts);
	bytes_free(&decoder->text);
	free(decoder->starts);
	free(decoder);
}

static void get_new_string(struct decoder *decoder, struct cursor *in)
{
	uint64_t length = cursor_varint(in);
	const uint8_t *bytes =
		length <= TEXT_MAX && decoder->string_count < MAX_STRINGS ? cursor_take(in, length) : NULL;

	if (!bytes) {
		in->failed = 1;
		return;
	}
	if (decoder->string_count == decoder->string_capacity) {
		decoder->string_capacity = decoder->string_capacity ? decoder->string_capacity * 2 : 256;
		decoder->starts = mem_resize(decoder->starts, decoder->string_capacity * sizeof(decoder->starts[0]));
	}
	decoder->starts[decoder->string_count++] = (uint32_t)decoder->text.length;
	bytes_put(&decoder->text, bytes, length);
	bytes_put_u8(&decoder->text, 0);
}

/* Number of a string that exists now, or 0. */
static uint64_t get_string(struct decoder *decoder, struct cursor *in)
{
	uint64_t number = cursor_varint(in);

	if (number == (uint64_t)decoder->string_count + 1)
		get_new_string(decoder, in);
	if (number > decoder->string_count) {
		in->failed = 1;
		return 0;
	}
	return number;
}

/* Stores a file's value in the field of this build's event. Numbers keep their low bits if the field became narrower.
 */
static void store_field(
	const struct decoder *decoder, const struct file_field *field, uint64_t value, struct event *out)
{
	char *target = (char *)&out->u + field->ours.offset;
	uint32_t narrow;

	if (!field->is_known)
		return;
	if (field->is_text) {
		const char *text = value ? (const char *)decoder->text.data + decoder->starts[value - 1] : NULL;

		memcpy(target, &text, sizeof(text));
		return;
	}
	if (field->is_call)
		value = value < decoder->tables->call_count ? decoder->tables->calls[value] : 0;
	narrow = (uint32_t)value;
	if (field->ours.kind == FIELD_I32 || field->ours.kind == FIELD_U32)
		memcpy(target, &narrow, sizeof(narrow));
	else
		memcpy(target, &value, sizeof(value));
}

/* All strings exist before the first is handed out: adding one may move the others. */
static void store_fields(
	const struct decoder *decoder, const struct file_type *type, const struct context *context, struct event *out)
{
	memset(&out->u, 0, sizeof(out->u));
	for (unsigned i = 0; i < type->field_count; i++)
		store_field(decoder, &type->fields[i], i < type->keys ? context->key : context->values[i], out);
}

static uint32_t get_u32(struct cursor *in)
{
	uint64_t value = cursor_varint(in);

	if (value > UINT32_MAX)
		in->failed = 1;
	return (uint32_t)value;
}

/* The event's differences, added to its context. */
static struct context *get_fields(
	struct decoder *decoder, struct cursor *in, uint64_t number, const struct file_type *type, int new_stack)
{
	uint64_t key = type->keys ? (uint64_t)cursor_signed(in) : 0;
	struct context *context = contexts_get(decoder->contexts, (uint32_t)number, decoder->proc, decoder->tid, key);
	unsigned count = type->field_count - type->keys;
	uint64_t changed;

	if (new_stack)
		context->stack = get_u32(in);
	changed = cursor_varint(in);
	if (count < 64 && changed >> count)
		in->failed = 1;
	for (unsigned i = 0; i < count && !in->failed; i++) {
		unsigned at = i + type->keys;

		if (!(changed >> i & 1))
			continue;
		if (type->fields[at].is_text)
			context->values[at] = get_string(decoder, in);
		else
			context->values[at] += (uint64_t)cursor_signed(in);
	}
	return context;
}

int decoder_get(struct decoder *decoder, struct cursor *in, struct event *out)
{
	uint64_t head = cursor_varint(in);
	uint64_t number = head >> 2;
	const struct file_type *type;
	const struct context *context;

	decoder->ts_ns += (uint64_t)cursor_signed(in);
	if (head & 1) {
		decoder->proc = get_u32(in);
		decoder->tid = get_u32(in);
	}
	if (in->failed || number == 0 || number >= decoder->tables->type_count)
		return -EBADMSG;
	type = &decoder->tables->types[number];
	context = get_fields(decoder, in, number, type, head >> 1 & 1);
	if (in->failed)
		return -EBADMSG;
	if (!type->type)
		return 0;
	out->type = type->type;
	out->proc = decoder->proc;
	out->tid = decoder->tid;
	out->stack = context->stack;
	out->ts_ns = decoder->ts_ns;
	store_fields(decoder, type, context, out);
	return 1;
}
