/* keys.h: keys as numbers: a character's code point, or one of these. Knows no terminal. */
#ifndef MPW_TUI_KEYS_H
#define MPW_TUI_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define SPECIAL_KEYS(X) \
	X(UP, "Up") X(DOWN, "Down") X(LEFT, "Left") X(RIGHT, "Right") X(PAGE_UP, "PgUp") X(PAGE_DOWN, "PgDn") X(HOME, "Home") \
	X(END, "End") X(ENTER, "Enter") X(ESCAPE, "Esc") X(BACKSPACE, "Backspace") X(TAB, "Tab") X(BACK_TAB, "S-Tab") \
	X(SPACE, "Space") X(F1, "F1") X(F4, "F4") X(F6, "F6") X(F9, "F9") X(F10, "F10") X(RESIZE, "Resize") X(MOUSE, "Mouse") \
	X(UNKNOWN, "Unknown")
/* clang-format on */

#define KEY_SPECIAL 0x200000u
#define KEY_NAME(id, name) KEYS_##id,
enum special_key { KEYS_FIRST = KEY_SPECIAL, SPECIAL_KEYS(KEY_NAME) KEYS_BEHIND };
#undef KEY_NAME

#define KEY_CONTROL(letter) ((uint32_t)(letter)&0x1fu)

/* "j", "Down", "^D": the key of a name of `length` bytes; KEYS_UNKNOWN if there is none. */
uint32_t key_by_name(const char *name, size_t length);

/* Next key of a script: characters stand for themselves, <Enter> for special keys, <<> for `<`. 0 at the end,
 * KEYS_UNKNOWN for an unknown name; *script moves on. */
uint32_t key_next(const char **script);

#endif
