/* Menus that ask before a signal is sent; a range; what the mouse hits after a resize. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "tui.h"
#include "view.h"

static struct player *player;
static struct tui tui;

static void begin(int w, int h)
{
	const char *why = "";

	cr_assert_eq(player_open(MPW_TEST_SOURCE "/tests/tui/thumbs.trace", &player, &why), 0, "%s", why);
	tui_init(&tui, player, "thumbs.trace", w, h, true, PALETTE_MONO);
	tui_draw(&tui);
}

static void keys(const char *script)
{
	size_t at;

	cr_assert_eq(tui_script(&tui, script, &at), 0);
}

static void end(void)
{
	tui_fini(&tui);
	player_close(player);
}

static void canvas_row_text(const struct canvas *canvas, int y, char *out, size_t size)
{
	size_t used = 0;

	for (int x = 0; x < canvas->w && used + 5 < size; x++)
		used += (size_t)snprintf(out + used, size - used, "%s", canvas->cells[y * canvas->w + x].text);
}

Test(tui, a_signal_is_asked_for)
{
	begin(80, 24);
	tui.live = true;
	keys("7jjK");
	cr_assert_eq(tui.popup, POPUP_SIGNAL);
	cr_assert_eq(tui.request, REQUEST_NONE);
	keys("<Esc>");
	cr_assert_eq(tui.popup, POPUP_NONE);
	cr_assert_eq(tui.request, REQUEST_NONE);
	keys("<F9>j<Enter>");
	cr_assert_eq(tui.request, REQUEST_SIGNAL);
	cr_assert_eq(tui.request_pid, 41213);
	cr_assert_eq(tui.request_signal, SIGINT);
	end();
}

Test(tui, nobody_to_send_a_signal_to)
{
	begin(80, 24);
	keys("7jjK");
	cr_assert_eq(tui.popup, POPUP_NONE);
	cr_assert(strstr(tui.message, "recording"));
	tui.live = true;
	keys("jjK"); /* w3 was killed */
	cr_assert_eq(tui.popup, POPUP_NONE);
	cr_assert(strstr(tui.message, "has ended"));
	keys("5K");
	cr_assert(strstr(tui.message, "Select a process"));
	keys("7gjK"); /* the row of them all */
	cr_assert_eq(tui.popup, POPUP_NONE);
	cr_assert(strstr(tui.message, "Select a process"));
	end();
}

/* q in a menu closes it; nothing typed for a menu acts on the screen below. */
Test(tui, menus_keep_their_keys)
{
	begin(80, 24);
	keys("s3q");
	cr_assert(!tui.quit);
	cr_assert_eq(tui.view, VIEW_WORKERS);
	cr_assert_eq(tui.popup, POPUP_NONE);
	keys("q");
	cr_assert(tui.quit);
	end();
}

Test(tui, what_is_pasted_only_fills_prompts)
{
	begin(80, 24);
	tui_key(&tui, KEY_PASTED_FLAG | 'q');
	tui_key(&tui, KEY_PASTED_FLAG | '3');
	cr_assert(!tui.quit && tui.view == VIEW_WORKERS);
	keys("/");
	tui_key(&tui, KEY_PASTED_FLAG | 'w');
	tui_key(&tui, KEY_PASTED_FLAG | '4');
	keys("<Enter>");
	cr_assert_str_eq(tui.find, "w4");
	end();
}

/* Anywhere, at any size, also where nothing was drawn. */
Test(tui, clicks_everywhere)
{
	static const int sizes[][2] = {{80, 24}, {120, 40}, {40, 10}, {20, 3}, {1, 1}, {500, 200}};

	begin(80, 24);
	for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		tui_resize(&tui, sizes[s][0], sizes[s][1]);
		for (char view = '1'; view <= '9'; view++)
			for (int y = 0; y < sizes[s][1] && y < 60; y += 1)
				for (int x = 0; x < sizes[s][0] && x < 130; x += 7) {
					tui_key(&tui, (uint32_t)view);
					tui_draw(&tui);
					tui_key(&tui, MOUSE_KEY((enum mouse_what)((x + y) % 3), x, y));
				}
	}
	tui_draw(&tui);
	end();
}

Test(tui, a_range_takes_off_what_was_before)
{
	const struct snapshot *picture;

	begin(80, 24);
	keys("t11<Enter>m");
	cr_assert_eq(tui.mark_ns, 11000000000);
	keys("L"
	     "m");
	cr_assert(tui.ranged);
	picture = tui.picture;
	cr_assert_eq(picture->from_ns, 11000000000);
	cr_assert_eq(picture->finding_count, 0, "both were seen before");
	for (size_t i = 0; i < picture->process_count; i++)
		cr_assert(picture->processes[i].alive || picture->processes[i].dead_ns >= picture->from_ns ||
				  picture->processes[i].number == 1,
			"%s ended before", picture->processes[i].name);
	for (size_t i = 0; i < picture->channel_count; i++)
		cr_assert_lt(picture->channels[i].bytes, 9ull << 30);
	keys("[");
	cr_assert(!tui.ranged);
	cr_assert_eq(tui.picture->from_ns, 0);
	end();
}

/* Sorted by FOR, time goes on: the rows stay until no key was pressed for two seconds. */
Test(tui, rows_keep_their_places_while_keys_are_pressed)
{
	char first[300], second[300];

	begin(80, 24);
	keys("t5<Enter>"
	     "sjjjj<Enter>");
	canvas_row_text(&tui.canvas, 6, first, sizeof(first));
	keys("t12<Enter>");
	canvas_row_text(&tui.canvas, 6, second, sizeof(second));
	cr_assert_eq(strncmp(first + 1, second + 1, 4), 0, "%s became %s", first, second);
	tui_advance(&tui, 2500000000);
	tui_draw(&tui);
	canvas_row_text(&tui.canvas, 6, second, sizeof(second));
	cr_assert(strstr(second, " w4 "), "%s", second);
	end();
}
