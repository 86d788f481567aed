/* python_layout.h: where things lie in the structs of CPython 3.6 to 3.13 (GIL builds, x86-64), as offsets in bytes.
 * Sources: Include/frameobject.h (to 3.10), Include/internal/pycore_frame.h and Include/cpython/pystate.h (from 3.11),
 * Include/cpython/code.h, Include/cpython/unicodeobject.h of each version. Offsets were measured with gcc. */
#ifndef MPW_WIRE_PYTHON_LAYOUT_H
#define MPW_WIRE_PYTHON_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

struct python_layout {
	uint8_t minor;
	/* thread state -> frame: at `frame`; behind another pointer at `cframe` first, where that is not 0 */
	uint8_t cframe, frame;
	uint8_t back, code;     /* frame -> caller, frame -> code object */
	uint8_t position;       /* frame -> int index of the instruction (to 3.10) or its address */
	uint8_t scale;          /* of the index; 0: an address */
	uint8_t first_code;     /* code -> first instruction, for addresses */
	uint8_t owner;          /* frame -> byte that is 3 for a frame that is no Python function's; 0: none */
	uint8_t filename, name; /* code -> str */
	uint8_t first_line;     /* code -> int */
	uint8_t lines;          /* code -> bytes that tell the line of each instruction */
	uint8_t ascii, compact; /* str -> characters, if all are ASCII and if not */
	uint16_t locals;        /* frame -> first local variable */
};

#define PYTHON_BYTES_SIZE 16 /* bytes -> how many; str -> how many characters */
#define PYTHON_BYTES_DATA 32
#define PYTHON_STR_STATE 32 /* bit fields: kind at 2, compact at 5, ascii at 6 */
#define PYTHON_STR_KIND 0x7c
#define PYTHON_STR_ASCII 0x64 /* of that: one byte for a character, compact, ascii */

/* clang-format off */
static const struct python_layout python_layouts[] = {
	/* minor cframe frame back code position scale first_code owner filename name first_line lines ascii compact locals */
	{ 6,     0,     24,   24,  32,  120,     1,    0,         0,    96,      104, 36,        112,  48,   72, 376 },
	{ 7,     0,     24,   24,  32,  104,     1,    0,         0,    96,      104, 36,        112,  48,   72, 360 },
	{ 8,     0,     24,   24,  32,  104,     1,    0,         0,    104,     112, 40,        120,  48,   72, 360 },
	{ 9,     0,     24,   24,  32,  104,     1,    0,         0,    104,     112, 40,        120,  48,   72, 360 },
	{ 10,    0,     24,   24,  32,  96,      2,    0,         0,    104,     112, 40,        120,  48,   72, 352 },
	{ 11,    56,    8,    48,  32,  56,      0,    184,       0,    112,     128, 72,        136,  48,   72, 72 },
	{ 12,    56,    0,    8,   0,   56,      0,    192,       70,   112,     128, 68,        136,  40,   56, 72 },
	{ 13,    0,     72,   8,   0,   56,      0,    200,       70,   112,     128, 68,        136,  40,   56, 72 },
};
/* clang-format on */

/* NULL: a version that is not known. */
static inline const struct python_layout *python_layout_of(int minor)
{
	for (size_t i = 0; i < sizeof(python_layouts) / sizeof(python_layouts[0]); i++)
		if (python_layouts[i].minor == minor)
			return &python_layouts[i];
	return NULL;
}

#endif
