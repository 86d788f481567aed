/* recording_tables.c: see recording_tables.h. */
#include "recording_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/calls.h"

enum { MAX_TYPES = 1024, MAX_CALLS = 8192, MAX_NAME = 63 };

unsigned tables_keys_of(unsigned type)
{
	return type == EV_FD_TOTAL || type == EV_LOCK_TOTAL;
}

/* --- writing --- */

static void put_name(struct bytes *out, const char *name)
{
	size_t length = strlen(name);

	bytes_put_varint(out, length);
	bytes_put(out, name, length);
}

void tables_put(struct bytes *out)
{
	bytes_put_varint(out, EV_COUNT - 1);
	for (unsigned type = EV_EMPTY + 1; type < EV_COUNT; type++) {
		const struct event_desc *desc = event_describe(type);

		put_name(out, desc->name);
		bytes_put_u8(out, (uint8_t)tables_keys_of(type));
		bytes_put_u8(out, desc->field_count);
		for (unsigned i = 0; i < desc->field_count; i++) {
			put_name(out, desc->fields[i].name);
			bytes_put_u8(out, (uint8_t)desc->fields[i].kind);
		}
	}
	bytes_put_varint(out, CALL_COUNT - 1);
	for (unsigned call = CALL_none + 1; call < CALL_COUNT; call++) {
		put_name(out, call_name(call));
		bytes_put_u8(out, (uint8_t)call_class_of(call));
	}
}

/* --- reading: every count is bounded before it is used, whatever does not fit fails the cursor --- */

/* A name, terminated; "" when the cursor failed. */
static void get_name(struct cursor *in, char name[MAX_NAME + 1])
{
	uint64_t length = cursor_varint(in);
	const uint8_t *bytes = length <= MAX_NAME ? cursor_take(in, length) : NULL;

	if (!bytes) {
		in->failed = 1;
		length = 0;
	} else {
		memcpy(name, bytes, length);
	}
	name[length] = '\0';
}

static const struct field_desc *find_field(const struct event_desc *desc, const char *name)
{
	for (unsigned i = 0; desc && i < desc->field_count; i++) {
		if (strcmp(desc->fields[i].name, name) == 0)
			return &desc->fields[i];
	}
	return NULL;
}

/* A field whose kind changed between text and number is another field: the old one is skipped. */
static void get_field(struct cursor *in, const struct event_desc *ours, struct file_field *out)
{
	char name[MAX_NAME + 1];
	const struct field_desc *known;
	uint8_t kind;

	get_name(in, name);
	kind = cursor_u8(in);
	known = find_field(ours, name);
	out->is_text = kind == FIELD_STR;
	out->is_call = kind == FIELD_U32 && strcmp(name, "call") == 0;
	out->is_known = known && (known->kind == FIELD_STR) == out->is_text;
	if (out->is_known)
		out->ours = *known;
}

static void get_type(struct cursor *in, struct file_type *out)
{
	char name[MAX_NAME + 1];

	get_name(in, name);
	out->type = (uint16_t)event_by_name(name, strlen(name));
	out->keys = cursor_u8(in);
	out->field_count = cursor_u8(in);
	if (out->field_count > CONTEXT_MAX_FIELDS || out->keys > 1 || out->keys > out->field_count)
		in->failed = 1;
	if (in->failed) {
		out->field_count = 0;
		return;
	}
	out->fields = mem_zalloc(out->field_count, sizeof(out->fields[0]));
	for (unsigned i = 0; i < out->field_count; i++)
		get_field(in, event_describe(out->type), &out->fields[i]);
	if (out->keys && out->fields[0].is_text)
		in->failed = 1;
}

static void get_calls(struct cursor *in, struct file_tables *out)
{
	uint64_t count = cursor_varint(in);

	if (count > MAX_CALLS)
		in->failed = 1;
	if (in->failed)
		return;
	out->call_count = (unsigned)count + 1;
	out->calls = mem_zalloc(out->call_count, sizeof(out->calls[0]));
	for (unsigned call = 1; call < out->call_count && !in->failed; call++) {
		char name[MAX_NAME + 1];

		get_name(in, name);
		cursor_u8(in); /* the class: for tools without a calls.def of their own */
		out->calls[call] = (uint16_t)call_by_name(name);
	}
}

int tables_get(const uint8_t *bytes, size_t count, struct file_tables *out)
{
	struct cursor in = cursor_of(bytes, count);
	uint64_t types = cursor_varint(&in);

	*out = (struct file_tables){0};
	if (in.failed || types > MAX_TYPES)
		return -EBADMSG;
	out->type_count = (unsigned)types + 1;
	out->types = mem_zalloc(out->type_count, sizeof(out->types[0]));
	for (unsigned type = 1; type < out->type_count && !in.failed; type++) {
		get_type(&in, &out->types[type]);
		if (out->types[type].field_count > out->max_fields)
			out->max_fields = out->types[type].field_count;
	}
	get_calls(&in, out);
	if (in.failed) {
		tables_free(out);
		return -EBADMSG;
	}
	return 0;
}

void tables_free(struct file_tables *tables)
{
	for (unsigned type = 1; type < tables->type_count; type++)
		free(tables->types[type].fields);
	free(tables->types);
	free(tables->calls);
	*tables = (struct file_tables){0};
}
