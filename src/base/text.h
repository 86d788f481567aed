/* text.h: foreign text made harmless, and its width on a screen. */
#ifndef MPW_BASE_TEXT_H
#define MPW_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum text_mode {
	TEXT_ASCII, /* only printable ASCII stays */
	TEXT_UTF8,  /* also what the locale's wcwidth gives at least one column */
	TEXT_DATA,  /* for files: any valid character that is not a control, bidi or zero-width one */
};

/* Appends `bytes`; every control character (C0, DEL, C1), invalid byte, bidi control and zero-width character becomes
 * `?`. */
void text_clean(struct str *out, const char *bytes, size_t count, enum text_mode mode);
char *text_cleaned(const char *text, enum text_mode mode); /* the same as a new string; NULL stays NULL */

/* Columns of cleaned text. */
size_t text_width(const char *text, size_t count);
/* Bytes of cleaned text that fit into `columns`. */
size_t text_fit(const char *text, size_t columns);
/* Bytes for a line of this many columns: broken behind the last blank that fits, in a word only when the word is longer
 * than a line. At least one as long as there is text. */
size_t text_break(const char *text, size_t columns);

/* Behind the last slash of a path; all of it when nothing is there. NULL stays NULL. */
const char *text_last_part(const char *path);
/* NULL ends with nothing. */
bool text_ends_with(const char *text, const char *end);

#endif
