/* bytes.c: see bytes.h. */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_CAPACITY = 256, VARINT_MAX = 10 };

uint8_t *bytes_reserve(struct bytes *bytes, size_t count)
{
	size_t needed = bytes->length + count;

	if (needed < count)
		die_no_memory();
	if (needed > bytes->capacity) {
		size_t grown = bytes->capacity + bytes->capacity / 2;

		if (grown < FIRST_CAPACITY)
			grown = FIRST_CAPACITY;
		bytes->capacity = grown < needed ? needed : grown;
		bytes->data = mem_resize(bytes->data, bytes->capacity);
	}
	return bytes->data + bytes->length;
}

void bytes_put(struct bytes *bytes, const void *data, size_t count)
{
	if (!count)
		return;
	memcpy(bytes_reserve(bytes, count), data, count);
	bytes->length += count;
}

void bytes_put_u8(struct bytes *bytes, uint8_t value)
{
	bytes_put(bytes, &value, 1);
}

void bytes_put_varint(struct bytes *bytes, uint64_t value)
{
	uint8_t *at = bytes_reserve(bytes, VARINT_MAX);

	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	bytes->length = (size_t)(at - bytes->data);
}

void bytes_put_signed(struct bytes *bytes, int64_t value)
{
	bytes_put_varint(bytes, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}

static uint64_t cursor_fail(struct cursor *cursor)
{
	cursor->failed = 1;
	cursor->at = cursor->end;
	return 0;
}

uint8_t cursor_u8(struct cursor *cursor)
{
	return cursor->at < cursor->end ? *cursor->at++ : (uint8_t)cursor_fail(cursor);
}

uint64_t cursor_varint(struct cursor *cursor)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_u8(cursor);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	return cursor_fail(cursor);
}

int64_t cursor_signed(struct cursor *cursor)
{
	uint64_t value = cursor_varint(cursor);

	return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

const uint8_t *cursor_take(struct cursor *cursor, uint64_t count)
{
	const uint8_t *taken = cursor->at;

	if (count > (uint64_t)(cursor->end - cursor->at)) {
		cursor_fail(cursor);
		return NULL;
	}
	cursor->at += count;
	return taken;
}
