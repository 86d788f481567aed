/* textbuf.h: text built piece by piece in a buffer of fixed size, with snprintf's contract: `length` counts what the
 * whole text needs, even where the buffer ended earlier; the buffer always holds a terminated string if its size is not
 * 0. */
#ifndef MPW_BASE_TEXTBUF_H
#define MPW_BASE_TEXTBUF_H

#include <stddef.h>

struct textbuf {
	char *data;
	size_t size;
	size_t length;
};

void textbuf_init(struct textbuf *text, char *data, size_t size);
void textbuf_put(struct textbuf *text, const char *bytes, size_t count);
void textbuf_put_string(struct textbuf *text, const char *string);
void textbuf_printf(struct textbuf *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
