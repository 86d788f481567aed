/* prompt.c: one line of typing in the message line: find, filter, time, file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "tui.h"
#include "view.h"

static const char *const labels[] = {[PROMPT_NONE] = "",
	[PROMPT_FIND] = "Find: ",
	[PROMPT_FILTER] = "Show only rows with: ",
	[PROMPT_TIME] = "Go to time (01:42.5, or seconds): ",
	[PROMPT_WRITE] = "Write this screen to file: "};

const char *prompt_label(enum prompt_kind kind)
{
	return labels[kind];
}

void prompt_start(struct tui *tui, enum prompt_kind kind)
{
	tui->prompt = kind;
	tui->prompt_text[0] = 0;
	if (kind == PROMPT_FILTER)
		snprintf(tui->prompt_text, sizeof(tui->prompt_text), "%s", tui->filter);
	if (kind == PROMPT_WRITE)
		snprintf(tui->prompt_text, sizeof(tui->prompt_text), "mpwatch-screen.txt");
}

/* "1:02:03.5", "01:42" or "102.5"; negative: not a time. */
static double parse_time(const char *text)
{
	double total = 0;
	char *end;

	for (int parts = 0; parts < 3; parts++) {
		double part = strtod(text, &end);

		if (end == text || part < 0 || part > 1e9 || strspn(text, "0123456789.") != (size_t)(end - text))
			return -1;
		total = total * 60 + part;
		if (*end == 0)
			return total;
		if (*end != ':')
			return -1;
		text = end + 1;
	}
	return -1;
}

static void go_to_time(struct tui *tui)
{
	double seconds = parse_time(tui->prompt_text);

	if (seconds < 0) {
		tui_message(tui, "Not a time: %s. Try 01:42.5 or 102.5", tui->prompt_text);
		return;
	}
	tui->playing = false;
	tui_goto_time(tui, (uint64_t)(seconds * 1e9));
}

static void write_screen(struct tui *tui)
{
	FILE *file = fopen(tui->prompt_text, "wxe");

	if (!file) {
		tui_message(tui, "Cannot write %s: %s", tui->prompt_text, strerror(errno));
		return;
	}
	tui_draw(tui);
	canvas_print(&tui->canvas, file, PALETTE_MONO, true);
	if (fclose(file) != 0)
		tui_message(tui, "Cannot write %s: %s", tui->prompt_text, strerror(errno));
	else
		tui_message(tui, "Written to %s.", tui->prompt_text);
}

static void finish(struct tui *tui)
{
	enum prompt_kind kind = tui->prompt;

	tui->prompt = PROMPT_NONE;
	tui->message[0] = 0;
	if (kind == PROMPT_FILTER) {
		snprintf(tui->filter, sizeof(tui->filter), "%s", tui->prompt_text);
	} else if (kind == PROMPT_FIND && tui->prompt_text[0]) {
		snprintf(tui->find, sizeof(tui->find), "%s", tui->prompt_text);
		tui_key(tui, 'n');
	} else if (kind == PROMPT_TIME && tui->prompt_text[0]) {
		go_to_time(tui);
	} else if (kind == PROMPT_WRITE && tui->prompt_text[0]) {
		write_screen(tui);
	}
}

static void put_character(struct tui *tui, uint32_t key)
{
	size_t length = strlen(tui->prompt_text);
	char bytes[4];
	size_t count = 0;

	if (key < 0x80)
		bytes[count++] = (char)key;
	else if (key < 0x800)
		bytes[count++] = (char)(0xc0 | key >> 6);
	else if (key < 0x10000)
		bytes[count++] = (char)(0xe0 | key >> 12);
	else
		bytes[count++] = (char)(0xf0 | key >> 18);
	for (int shift = key < 0x80 ? 0 : key < 0x800 ? 6 : key < 0x10000 ? 12 : 18; shift > 0; shift -= 6)
		bytes[count++] = (char)(0x80 | ((key >> (shift - 6)) & 0x3f));
	if (length + count >= sizeof(tui->prompt_text))
		return;
	memcpy(tui->prompt_text + length, bytes, count);
	tui->prompt_text[length + count] = 0;
}

static void rub_out(char *text)
{
	size_t length = strlen(text);

	while (length && ((unsigned char)text[--length] & 0xc0) == 0x80)
		;
	text[length] = 0;
}

bool prompt_key(struct tui *tui, uint32_t key)
{
	if (tui->prompt == PROMPT_NONE)
		return false;
	if (key == KEYS_ENTER || key == KEY_CONTROL('J'))
		finish(tui);
	else if (key == KEYS_ESCAPE)
		tui->prompt = PROMPT_NONE;
	else if (key == KEYS_BACKSPACE)
		rub_out(tui->prompt_text);
	else if (key == KEY_CONTROL('U'))
		tui->prompt_text[0] = 0;
	else if (key == KEYS_SPACE)
		put_character(tui, ' ');
	else if (key >= ' ' && key < KEY_SPECIAL && key != 0x7f)
		put_character(tui, key);
	return true;
}
