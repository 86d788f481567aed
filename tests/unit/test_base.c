/* test_base.c: the small helpers: bytes and cursors, checksums, UTF-8, bounded text. */
#include <criterion/criterion.h>

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/textbuf.h"
#include "base/utf8.h"

Test(base, numbers_come_back)
{
	struct bytes bytes = {0};
	struct cursor cursor;

	for (unsigned shift = 0; shift < 64; shift++) {
		bytes_put_varint(&bytes, (UINT64_C(1) << shift) - 1);
		bytes_put_varint(&bytes, UINT64_C(1) << shift);
		bytes_put_signed(&bytes, (int64_t)(UINT64_C(1) << shift));
		bytes_put_signed(&bytes, -(int64_t)((UINT64_C(1) << shift) - 1));
	}
	bytes_put_signed(&bytes, INT64_MIN);
	bytes_put_varint(&bytes, UINT64_MAX);
	cursor = cursor_of(bytes.data, bytes.length);
	for (unsigned shift = 0; shift < 64; shift++) {
		cr_assert_eq(cursor_varint(&cursor), (UINT64_C(1) << shift) - 1);
		cr_assert_eq(cursor_varint(&cursor), UINT64_C(1) << shift);
		cr_assert_eq(cursor_signed(&cursor), (int64_t)(UINT64_C(1) << shift));
		cr_assert_eq(cursor_signed(&cursor), -(int64_t)((UINT64_C(1) << shift) - 1));
	}
	cr_assert_eq(cursor_signed(&cursor), INT64_MIN);
	cr_assert_eq(cursor_varint(&cursor), UINT64_MAX);
	cr_assert(cursor.at == cursor.end && !cursor.failed);
	bytes_free(&bytes);
}

Test(base, small_numbers_are_short)
{
	struct bytes bytes = {0};

	bytes_put_varint(&bytes, 127);
	bytes_put_signed(&bytes, -64);
	bytes_put_signed(&bytes, 63);
	cr_assert_eq(bytes.length, 3);
	bytes_put_varint(&bytes, 128);
	cr_assert_eq(bytes.length, 5);
	bytes_free(&bytes);
}

Test(base, a_cursor_never_leaves_its_bytes)
{
	static const uint8_t endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t too_large[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t cut[] = {0x80};
	struct cursor cursor = cursor_of(endless, sizeof(endless));

	cr_assert_eq(cursor_varint(&cursor), 0);
	cr_assert(cursor.failed);
	cursor = cursor_of(too_large, sizeof(too_large));
	cr_assert_eq(cursor_varint(&cursor), 0);
	cr_assert(cursor.failed);
	cursor = cursor_of(cut, sizeof(cut));
	cr_assert_eq(cursor_varint(&cursor), 0);
	cr_assert(cursor.failed && cursor.at == cursor.end);
	cursor = cursor_of(endless, 4);
	cr_assert_not_null(cursor_take(&cursor, 4));
	cr_assert_not_null(cursor_take(&cursor, 0));
	cr_assert_null(cursor_take(&cursor, 1));
	cr_assert(cursor.failed);
	cursor = cursor_of(endless, 4);
	cr_assert_null(cursor_take(&cursor, UINT64_MAX));
	cr_assert_eq(cursor_u8(&cursor), 0);
}

Test(base, fixed_numbers_are_little_endian)
{
	uint8_t bytes[8];

	put_le64(bytes, UINT64_C(0x0123456789abcdef));
	cr_assert_eq(bytes[0], 0xef);
	cr_assert_eq(bytes[7], 0x01);
	cr_assert_eq(get_le64(bytes), UINT64_C(0x0123456789abcdef));
	cr_assert_eq(get_le32(bytes + 4), 0x01234567);
}

/* The check value that every description of CRC-32C gives. */
Test(base, checksum_of_the_nine_digits)
{
	cr_assert_eq(crc32c("123456789", 9), 0xe3069283);
	cr_assert_eq(crc32c("", 0), 0);
}

static size_t decode(const char *bytes, uint32_t *code)
{
	*code = 0;
	return utf8_decode(bytes, strlen(bytes), code);
}

Test(base, valid_utf8)
{
	static const struct {
		const char *bytes;
		uint32_t code;
	} valid[] = {{"A", 'A'}, {"\x7f", 0x7f}, {"\xc2\x80", 0x80}, {"\xdf\xbf", 0x7ff}, {"\xe0\xa0\x80", 0x800},
		{"\xed\x9f\xbf", 0xd7ff}, {"\xee\x80\x80", 0xe000}, {"\xef\xbf\xbf", 0xffff},
		{"\xf0\x90\x80\x80", 0x10000}, {"\xf4\x8f\xbf\xbf", 0x10ffff}};

	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
		uint32_t code;

		cr_assert_eq(decode(valid[i].bytes, &code), strlen(valid[i].bytes));
		cr_assert_eq(code, valid[i].code);
	}
}

Test(base, invalid_utf8)
{
	static const char *const invalid[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xc2", "\xe2\x82",
		"\xf0\x9f\x98", "\xc2\x41", "\xe2\x41\x82"};

	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		cr_assert_eq(utf8_decode(invalid[i], strlen(invalid[i]), NULL), 0, "%zu", i);
	cr_assert_eq(utf8_decode("", 0, NULL), 0);
}

Test(base, text_in_a_buffer_counts_what_it_needs)
{
	struct textbuf text;
	char buffer[8];

	textbuf_init(&text, buffer, sizeof(buffer));
	textbuf_put_string(&text, "abc");
	textbuf_printf(&text, "%d", 12345);
	cr_assert_eq(text.length, 8);
	cr_assert_str_eq(buffer, "abc1234");
	textbuf_put_string(&text, "more");
	cr_assert_eq(text.length, 12);
	cr_assert_str_eq(buffer, "abc1234");
}
