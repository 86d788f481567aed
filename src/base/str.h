/* str.h: text that grows. data is always a terminated string (never NULL after the first use of a function below). */
#ifndef MPW_BASE_STR_H
#define MPW_BASE_STR_H

#include <stddef.h>

struct str {
	char *data;
	size_t length, room;
};

void str_put(struct str *text, const char *bytes, size_t count);
void str_puts(struct str *text, const char *string);
void str_printf(struct str *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Hands the text out; the caller frees it. The str is empty again. Never NULL. */
char *str_take(struct str *text);
void str_clear(struct str *text); /* length 0, memory kept */
void str_fini(struct str *text);

/* A new text in printf's manner; the caller frees it. */
char *str_make(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

#endif
