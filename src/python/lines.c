#include "python/lines.h"

#include <stdbool.h>

static uint32_t line_checked(int64_t line)
{
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : 0;
}

/* To 3.9: (bytes of code, lines) to add for where the next line begins. */
static uint32_t line_of_steps(const uint8_t *table, size_t size, int64_t line, int64_t offset)
{
	int64_t at = 0;

	for (size_t i = 0; i + 1 < size; i += 2) {
		at += table[i];
		if (at > offset)
			break;
		line += (int8_t)table[i + 1];
	}
	return line_checked(line);
}

#define NO_LINE (-128)

/* 3.10: (bytes of code, lines to add before them). */
static uint32_t line_of_ranges(const uint8_t *table, size_t size, int64_t line, int64_t offset)
{
	int64_t end = 0;

	for (size_t i = 0; i + 1 < size; i += 2) {
		int8_t lines = (int8_t)table[i + 1];

		end += table[i];
		line += lines == NO_LINE ? 0 : lines;
		if (offset < end)
			return lines == NO_LINE ? 0 : line_checked(line);
	}
	return 0;
}

/* From 3.11: entries of a head, which alone has its highest bit set, with kind and length, and what the kind asks for.
 */
#define ENTRY_HEAD 0x80
enum entry_kind { ENTRY_ONE_LINE = 10, ENTRY_NO_COLUMNS = 13, ENTRY_LONG = 14, ENTRY_NONE = 15 };

/* Six bits in each byte, the lowest first, and one that says that there are more; the lowest bit of all is the sign. */
static int64_t signed_number(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;
	unsigned shift = 0;

	for (size_t i = 0; i < size && shift < 60; i++, shift += 6) {
		value |= (uint64_t)(bytes[i] & 0x3f) << shift;
		if (!(bytes[i] & 0x40))
			break;
	}
	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static uint32_t line_of_entries(const uint8_t *table, size_t size, int64_t line, int64_t offset)
{
	int64_t end = 0;

	for (size_t i = 0; i < size;) {
		unsigned kind = table[i] >> 3 & 15;

		end += ((table[i] & 7) + 1) * 2;
		i++;
		if (kind == ENTRY_NO_COLUMNS || kind == ENTRY_LONG)
			line += signed_number(table + i, size - i);
		else if (kind >= ENTRY_ONE_LINE && kind < ENTRY_NO_COLUMNS)
			line += kind - ENTRY_ONE_LINE;
		if (offset < end)
			return kind == ENTRY_NONE ? 0 : line_checked(line);
		while (i < size && !(table[i] & ENTRY_HEAD))
			i++;
	}
	return 0;
}

uint32_t python_line_at(int minor, const uint8_t *table, size_t size, uint32_t first, int64_t offset)
{
	if (offset < 0) /* called, and not begun */
		return first;
	return minor >= 11   ? line_of_entries(table, size, first, offset)
	       : minor == 10 ? line_of_ranges(table, size, first, offset)
			     : line_of_steps(table, size, first, offset);
}
