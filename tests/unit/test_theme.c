/* Which colours and glyphs: the order of what the person, the environment and the terminal say. */
#include <criterion/criterion.h>

#include "theme.h"

Test(theme, colours)
{
	static const struct {
		enum theme theme;
		const char *force, *none;
		int colors;
		enum palette wanted;
	} cases[] = {
		{THEME_AUTO, NULL, NULL, 256, PALETTE_256},
		{THEME_AUTO, NULL, NULL, 16777216, PALETTE_256},
		{THEME_AUTO, NULL, NULL, 8, PALETTE_8},
		{THEME_AUTO, NULL, NULL, 0, PALETTE_MONO},
		{THEME_AUTO, NULL, NULL, 2, PALETTE_MONO},
		{THEME_AUTO, NULL, "1", 256, PALETTE_MONO},
		{THEME_AUTO, NULL, "", 256, PALETTE_256},
		{THEME_AUTO, "1", "1", 256, PALETTE_256},
		{THEME_AUTO, "", "1", 256, PALETTE_MONO},
		{THEME_AUTO, "0", NULL, 256, PALETTE_MONO},
		{THEME_8, NULL, "1", 256, PALETTE_8},
		{THEME_256, NULL, NULL, 8, PALETTE_8},
		{THEME_256, "1", NULL, 0, PALETTE_MONO},
		{THEME_MONO, "1", NULL, 256, PALETTE_MONO},
		{THEME_CONTRAST, NULL, "1", 0, PALETTE_CONTRAST},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(theme_palette(cases[i].theme, cases[i].force, cases[i].none, cases[i].colors),
			cases[i].wanted, "case %u", i);
}

Test(theme, glyphs)
{
	cr_assert(!theme_plain_glyphs("xterm-256color", "C.UTF-8"));
	cr_assert(!theme_plain_glyphs("screen", "de_DE.UTF-8"));
	cr_assert(!theme_plain_glyphs("screen", NULL));
	cr_assert(theme_plain_glyphs("linux", "C.UTF-8"));
	cr_assert(theme_plain_glyphs("xterm", "ja_JP.UTF-8"));
	cr_assert(theme_plain_glyphs("xterm", "zh_TW.UTF-8"));
	cr_assert(theme_plain_glyphs("xterm", "ko_KR.UTF-8"));
}

/* What contrast is for: nothing is dim, nothing has a colour, every state stands out. */
Test(theme, contrast)
{
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct style_now now = style_now((enum style)style, PALETTE_CONTRAST);

		cr_assert(now.fg < 0 && now.bg < 0 && !(now.attributes & ATTR_DIM));
		cr_assert(style < STYLE_STATE_R || style > STYLE_STATE_S || (now.attributes & ATTR_REVERSE));
	}
}

/* Monochrome tells the waits that matter from the rest; colours never need an attribute for a state. */
Test(theme, states)
{
	cr_assert(style_now(STYLE_STATE_O, PALETTE_MONO).attributes & ATTR_REVERSE);
	cr_assert(style_now(STYLE_STATE_L, PALETTE_MONO).attributes & ATTR_REVERSE);
	cr_assert(style_now(STYLE_STATE_R, PALETTE_MONO).attributes & ATTR_BOLD);
	cr_assert_eq(style_now(STYLE_STATE_R, PALETTE_256).bg, 34);
	cr_assert_eq(style_now(STYLE_STATE_L, PALETTE_256).bg, 204);
	cr_assert_eq(style_now(STYLE_STATE_L, PALETTE_8).bg, 1);
	cr_assert_eq(style_now(STYLE_STATE_O, PALETTE_256).attributes, 0);
}

Test(theme, names)
{
	enum theme theme = THEME_AUTO;

	cr_assert(theme_parse("contrast", &theme) && theme == THEME_CONTRAST);
	cr_assert(theme_parse("8", &theme) && theme == THEME_8);
	cr_assert(!theme_parse("blue", &theme));
	cr_assert(!theme_parse("", &theme));
}
