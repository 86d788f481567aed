/* textbuf.c: see textbuf.h. */
#include "base/textbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void textbuf_init(struct textbuf *text, char *data, size_t size)
{
	*text = (struct textbuf){.data = data, .size = size};
	if (size)
		data[0] = '\0';
}

void textbuf_put(struct textbuf *text, const char *bytes, size_t count)
{
	if (text->length + 1 < text->size) {
		size_t room = text->size - 1 - text->length;
		size_t part = count < room ? count : room;

		memcpy(text->data + text->length, bytes, part);
		text->data[text->length + part] = '\0';
	}
	text->length += count;
}

void textbuf_put_string(struct textbuf *text, const char *string)
{
	textbuf_put(text, string, strlen(string));
}

void textbuf_printf(struct textbuf *text, const char *format, ...)
{
	char piece[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	if (length > 0)
		textbuf_put(text, piece, (size_t)length < sizeof(piece) ? (size_t)length : sizeof(piece) - 1);
}
