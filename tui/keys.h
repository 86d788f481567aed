/* keys.h: keys as numbers: a character's code point, or one of these. Knows no terminal. */
#ifndef MPW_TUI_KEYS_H
#define MPW_TUI_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define SPECIAL_KEYS(X) \
	X(UP, "Up") X(DOWN, "Down") X(LEFT, "Left") X(RIGHT, "Right") X(PAGE_UP, "PgUp") X(PAGE_DOWN, "PgDn") X(HOME, "Home") \
	X(END, "End") X(ENTER, "Enter") X(ESCAPE, "Esc") X(BACKSPACE, "Backspace") X(TAB, "Tab") X(BACK_TAB, "S-Tab") \
	X(SPACE, "Space") X(F1, "F1") X(F4, "F4") X(F6, "F6") X(F9, "F9") X(F10, "F10") X(RESIZE, "Resize") \
	X(UNKNOWN, "Unknown")
/* clang-format on */

#define KEY_SPECIAL 0x200000u
#define KEY_NAME(id, name) KEYS_##id,
enum special_key { KEYS_FIRST = KEY_SPECIAL, SPECIAL_KEYS(KEY_NAME) KEYS_BEHIND };
#undef KEY_NAME

/* A mouse event is one number too: what was done, and where. */
enum mouse_what { MOUSE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };
#define KEY_MOUSE_FLAG 0x1000000u
#define MOUSE_KEY(what, x, y)                                                                                          \
	(KEY_MOUSE_FLAG | (uint32_t)(what) << 20 | ((uint32_t)(y)&1023u) << 10 | ((uint32_t)(x)&1023u))
#define KEY_IS_MOUSE(key) (((key)&KEY_MOUSE_FLAG) != 0)
#define MOUSE_WHAT(key) ((enum mouse_what)((key) >> 20 & 3u))
#define MOUSE_X(key) ((int)((key)&1023u))
#define MOUSE_Y(key) ((int)((key) >> 10 & 1023u))

/* A key that was pasted: typed into a prompt, ignored elsewhere. */
#define KEY_PASTED_FLAG 0x2000000u

#define KEY_CONTROL(letter) ((uint32_t)(letter)&0x1fu)

/* "j", "Down", "^D": the key of a name of `length` bytes; KEYS_UNKNOWN if there is none. */
uint32_t key_by_name(const char *name, size_t length);

/* Next key of a script: characters stand for themselves, <Enter> for special keys, <<> for `<`. 0 at the end,
 * KEYS_UNKNOWN for an unknown name; *script moves on. <Click 3,5>, <WheelUp 3,5> and <WheelDown 3,5> are the mouse at
 * column 3 of row 5, from 0. */
uint32_t key_next(const char **script);

#endif
