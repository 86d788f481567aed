/* text.c: foreign text made harmless, and its width on a screen. */
#define _XOPEN_SOURCE 700
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

/* Characters that change the direction or have no width of their own: they make text look like other text. */
static const struct {
	uint32_t first, last;
} invisible[] = {
	{0x00, 0x1f},
	{0x7f, 0x9f},
	{0xad, 0xad},
	{0x34f, 0x34f},
	{0x61c, 0x61c},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0xe0000, 0xe0fff},
};

static bool is_invisible(uint32_t code)
{
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (code >= invisible[i].first && code <= invisible[i].last)
			return true;
	return false;
}

static bool is_allowed(uint32_t code, enum text_mode mode)
{
	if (code < 0x80)
		return code >= 0x20 && code != 0x7f;
	if (mode == TEXT_ASCII || is_invisible(code))
		return false;
	return mode == TEXT_DATA || wcwidth((wchar_t)code) > 0;
}

void text_clean(struct str *out, const char *bytes, size_t count, enum text_mode mode)
{
	while (count) {
		uint32_t code = 0;
		size_t length = utf8_decode(bytes, count, &code);

		if (length && is_allowed(code, mode))
			str_put(out, bytes, length);
		else
			str_put(out, "?", 1);
		length = length ? length : 1;
		bytes += length;
		count -= length;
	}
}

char *text_cleaned(const char *text, enum text_mode mode)
{
	struct str out = {0};

	if (!text)
		return NULL;
	text_clean(&out, text, strlen(text), mode);
	return str_take(&out);
}

static size_t width_of(uint32_t code)
{
	int width = code < 0x80 ? 1 : wcwidth((wchar_t)code);

	return width > 0 ? (size_t)width : 1;
}

size_t text_width(const char *text, size_t count)
{
	size_t width = 0;

	while (count) {
		uint32_t code = '?';
		size_t length = utf8_decode(text, count, &code);

		width += width_of(code);
		length = length ? length : 1;
		text += length;
		count -= length;
	}
	return width;
}

size_t text_fit(const char *text, size_t columns)
{
	size_t bytes = 0, count = strlen(text);

	while (bytes < count) {
		uint32_t code = '?';
		size_t length = utf8_decode(text + bytes, count - bytes, &code), width = width_of(code);

		if (width > columns)
			break;
		columns -= width;
		bytes += length ? length : 1;
	}
	return bytes;
}

size_t text_break(const char *text, size_t columns)
{
	size_t fits = text_fit(text, columns), at = fits;

	if (text[fits] == 0 || text[fits] == ' ')
		return fits;
	while (at > 0 && text[at] != ' ')
		at--;
	return at ? at : fits ? fits : 1;
}

bool text_ends_with(const char *text, const char *end)
{
	size_t length = text ? strlen(text) : 0, end_length = strlen(end);

	return text && length >= end_length && strcmp(text + length - end_length, end) == 0;
}

const char *text_last_part(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && slash[1] ? slash + 1 : path;
}
