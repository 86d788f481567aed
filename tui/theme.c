/* theme.c: see theme.h. */
#include "theme.h"

#include <string.h>

static bool is_set(const char *value)
{
	return value && *value;
}

bool theme_parse(const char *text, enum theme *out)
{
	static const char *const names[] = {"auto", "256", "8", "mono", "contrast"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum theme)i;
			return true;
		}
	return false;
}

enum palette theme_palette(enum theme theme, const char *force_color, const char *no_color, int colors)
{
	if (theme == THEME_CONTRAST)
		return PALETTE_CONTRAST;
	if (theme == THEME_MONO || colors < 8)
		return PALETTE_MONO;
	if (theme == THEME_8)
		return PALETTE_8;
	if (theme == THEME_AUTO && is_set(force_color) && strcmp(force_color, "0") == 0)
		return PALETTE_MONO;
	if (theme == THEME_AUTO && is_set(no_color) && !is_set(force_color))
		return PALETTE_MONO;
	return colors >= 256 ? PALETTE_256 : PALETTE_8;
}

bool theme_plain_glyphs(const char *term, const char *locale)
{
	static const char *const wide[] = {"zh", "ja", "ko"}, *const poor[] = {
								      "linux", "dumb", "vt100", "vt220", "ansi"};

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (locale && strncmp(locale, wide[i], 2) == 0)
			return true;
	for (size_t i = 0; i < sizeof(poor) / sizeof(poor[0]); i++)
		if (!is_set(term) || strcmp(term, poor[i]) == 0)
			return true;
	return false;
}
