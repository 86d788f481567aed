/* utf8.h: which bytes are text. */
#ifndef MPW_BASE_UTF8_H
#define MPW_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Number of bytes (1..4) of the UTF-8 character at the start of `bytes`, of which `count` may be read, and its code
 * point in *code_point (may be NULL). 0 if the bytes are no valid UTF-8: overlong, a surrogate, cut, above U+10FFFF. */
size_t utf8_decode(const char *bytes, size_t count, uint32_t *code_point);

#endif
