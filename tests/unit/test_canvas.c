/* test_canvas.c: text on a screen in memory: nothing leaves its place, nothing is interpreted by a terminal. */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "canvas.h"

static char *text_of(const struct canvas *canvas, enum palette palette, bool plain)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	canvas_print(canvas, file, palette, plain);
	fclose(file);
	return text;
}

static void expect(const struct canvas *canvas, const char *wanted)
{
	char *text = text_of(canvas, PALETTE_MONO, true);

	cr_assert_str_eq(text, wanted);
	free(text);
}

Test(canvas, cuts_at_the_edges)
{
	struct canvas canvas;

	canvas_init(&canvas, 8, 3, true);
	canvas_put(&canvas, 5, 0, STYLE_PLAIN, "abcdef");
	canvas_put(&canvas, -2, 1, STYLE_PLAIN, "abcdef");
	canvas_put(&canvas, 0, 3, STYLE_PLAIN, "below");
	canvas_put(&canvas, 0, -1, STYLE_PLAIN, "above");
	expect(&canvas, "     abc\ncdef\n\n");
	canvas_fini(&canvas);
}

Test(canvas, hostile_text_is_harmless)
{
	struct canvas canvas;

	canvas_init(&canvas, 30, 1, true);
	canvas_put(&canvas, 0, 0, STYLE_PLAIN,
		"a\033[2J\x9b"
		"b\n\tc\x7f\xff");
	expect(&canvas, "a?[2J?b??c??\n");
	canvas_fini(&canvas);
}

Test(canvas, wide_characters_keep_the_columns)
{
	struct canvas canvas;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		cr_skip_test("no UTF-8 locale");
	canvas_init(&canvas, 6, 2, false);
	canvas_put(&canvas, 0, 0, STYLE_PLAIN, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"); /* six columns */
	canvas_put(&canvas, 1, 0, STYLE_PLAIN, "x");                 /* the right half of the first */
	canvas_put(&canvas, 0, 1, STYLE_PLAIN, "abcde\xe6\x97\xa5"); /* its right half has no room */
	expect(&canvas, " x\xe6\x9c\xac\xe8\xaa\x9e\nabcde\n");
	canvas_fini(&canvas);
}

Test(canvas, cells_are_cut_with_a_mark)
{
	struct canvas canvas;

	canvas_init(&canvas, 12, 1, true);
	canvas_put_cell(&canvas, 0, 0, 5, ALIGN_LEFT, STYLE_PLAIN, "abcdefgh");
	canvas_put_cell(&canvas, 6, 0, 5, ALIGN_RIGHT, STYLE_PLAIN, "42");
	expect(&canvas, "abcd~    42\n");
	canvas_fini(&canvas);
}

Test(canvas, colors_say_nothing_that_text_does_not)
{
	static const enum palette palettes[] = {PALETTE_8, PALETTE_256};
	struct canvas canvas;

	canvas_init(&canvas, 10, 1, true);
	canvas_put(&canvas, 0, 0, STYLE_STATE_L, "L");
	canvas_put(&canvas, 1, 0, STYLE_PLAIN, "R");
	for (unsigned i = 0; i < 2; i++) {
		char *text = text_of(&canvas, palettes[i], false);

		cr_assert_str_eq(text, i ? "\033[0;30;48;5;204mL\033[0mR\n" : "\033[0;30;41mL\033[0mR\n");
		free(text);
	}
	canvas_fini(&canvas);
}
