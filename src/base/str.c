/* str.c: text that grows. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void str_reserve(struct str *text, size_t more)
{
	size_t need = text->length + more + 1;

	if (need <= text->room)
		return;
	text->room = text->room * 2 > need ? text->room * 2 : need + 32;
	text->data = mem_resize(text->data, text->room);
}

void str_put(struct str *text, const char *bytes, size_t count)
{
	str_reserve(text, count);
	memcpy(text->data + text->length, bytes, count);
	text->length += count;
	text->data[text->length] = 0;
}

void str_puts(struct str *text, const char *string)
{
	str_put(text, string, strlen(string));
}

static void __attribute__((format(printf, 2, 0), nonnull(1, 2)))
str_vprintf(struct str *text, const char *format, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return;
	str_reserve(text, (size_t)length);
	vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
	text->length += (size_t)length;
}

void str_printf(struct str *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	str_vprintf(text, format, arguments);
	va_end(arguments);
}

char *str_make(const char *format, ...)
{
	struct str text = {0};
	va_list arguments;

	va_start(arguments, format);
	str_vprintf(&text, format, arguments);
	va_end(arguments);
	return str_take(&text);
}

char *str_take(struct str *text)
{
	char *data;

	str_reserve(text, 0);
	text->data[text->length] = 0;
	data = text->data;
	memset(text, 0, sizeof(*text));
	return data;
}

void str_clear(struct str *text)
{
	str_reserve(text, 0);
	text->length = 0;
	text->data[0] = 0;
}

void str_fini(struct str *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}
