/* theme.h: which colours and glyphs, from what the person asked for, the environment and the terminal. Pure. */
#ifndef MPW_TUI_THEME_H
#define MPW_TUI_THEME_H

#include "canvas.h"

enum theme { THEME_AUTO, THEME_256, THEME_8, THEME_MONO, THEME_CONTRAST };

/* "auto", "256", "8", "mono", "contrast"; false for anything else. */
bool theme_parse(const char *text, enum theme *out);

/* `colors`: of the terminal, 0 for none. FORCE_COLOR goes before NO_COLOR, each only if it is not empty. A terminal
 * without colours gets none, whatever was asked for. */
enum palette theme_palette(enum theme theme, const char *force_color, const char *no_color, int colors);

/* Frames and bars of ASCII only: on terminals whose font has no others, and where the width of such characters is not
 * certain (Chinese, Japanese, Korean). `locale`: LC_ALL, LC_CTYPE or LANG. */
bool theme_plain_glyphs(const char *term, const char *locale);

#endif
