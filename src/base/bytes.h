/* bytes.h: a growing buffer of bytes and a cursor that reads one without ever leaving it. Integers are varints (seven
 * bits per byte, low first); signed ones zigzag, so that small negative numbers stay short. */
#ifndef MPW_BASE_BYTES_H
#define MPW_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t length, capacity;
};

/* Makes room for `count` more bytes and returns where they go; the caller then adds what it used to `length`. */
uint8_t *bytes_reserve(struct bytes *bytes, size_t count);
void bytes_put(struct bytes *bytes, const void *data, size_t count);
void bytes_put_u8(struct bytes *bytes, uint8_t value);
void bytes_put_varint(struct bytes *bytes, uint64_t value);
void bytes_put_signed(struct bytes *bytes, int64_t value);
void bytes_free(struct bytes *bytes);

/* Once something did not fit, `failed` stays 1 and everything read is 0: one check after many reads is enough. */
struct cursor {
	const uint8_t *at, *end;
	int failed;
};

static inline struct cursor cursor_of(const void *data, size_t count)
{
	const uint8_t *at = (const uint8_t *)data;

	return (struct cursor){at, at + count, 0};
}

uint8_t cursor_u8(struct cursor *cursor);
uint64_t cursor_varint(struct cursor *cursor);
int64_t cursor_signed(struct cursor *cursor);
/* The next `count` bytes, or NULL. */
const uint8_t *cursor_take(struct cursor *cursor, uint64_t count);

/* Fixed-width little-endian numbers, as file heads have them. */
static inline void put_le32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline uint32_t get_le32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void put_le64(uint8_t *at, uint64_t value)
{
	put_le32(at, (uint32_t)value);
	put_le32(at + 4, (uint32_t)(value >> 32));
}

static inline uint64_t get_le64(const uint8_t *at)
{
	return get_le32(at) | (uint64_t)get_le32(at + 4) << 32;
}

#endif
