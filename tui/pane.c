#include "pane.h"

#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "keys.h"

#define KEPT_MAX 2000u

struct pane_line {
	struct canvas_cell *cells;
	int count;
};

struct pane {
	VTerm *term;
	VTermScreen *screen;
	int w, h;
	bool other_screen, erases;
	VTermPos cursor;
	struct pane_line *kept; /* a ring: the oldest at `first` */
	size_t first, count;
	pane_answer *answer;
	void *context;
};

/* --- cells --- */

/* The nearest of eight colours, 0 and 7 for what the terminal's own text colour serves. */
static unsigned color_of(const VTermColor *color)
{
	VTermColor copy = *color;

	if (VTERM_COLOR_IS_DEFAULT_FG(color))
		return 7;
	if (VTERM_COLOR_IS_INDEXED(color) && color->indexed.idx < 16)
		return color->indexed.idx & 7u;
	if (VTERM_COLOR_IS_INDEXED(color)) {
		unsigned cube = color->indexed.idx - 16u;

		if (color->indexed.idx >= 232)
			return 7;
		return (cube / 36 > 2 ? 1u : 0) | (cube / 6 % 6 > 2 ? 2u : 0) | (cube % 6 > 2 ? 4u : 0);
	}
	return (copy.rgb.red > 110 ? 1u : 0) | (copy.rgb.green > 110 ? 2u : 0) | (copy.rgb.blue > 110 ? 4u : 0);
}

static enum style style_of(const VTermScreenCell *cell)
{
	unsigned color = color_of(&cell->fg);

	if (cell->attrs.reverse || !VTERM_COLOR_IS_DEFAULT_BG(&cell->bg))
		return STYLE_REVERSE;
	if (color == 0 || color == 7)
		return cell->attrs.bold ? STYLE_BOLD : STYLE_PLAIN;
	return (enum style)((cell->attrs.bold ? STYLE_OUT_B1 : STYLE_OUT_1) + (int)color - 1);
}

static void put_utf8(uint32_t code, char out[5])
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 63));
	} else {
		*out++ = (char)(code < 0x10000 ? 0xe0 | code >> 12 : 0xf0 | code >> 18);
		if (code >= 0x10000)
			*out++ = (char)(0x80 | (code >> 12 & 63));
		*out++ = (char)(0x80 | (code >> 6 & 63));
		*out++ = (char)(0x80 | (code & 63));
	}
	*out = 0;
}

/* False: the right half of a wide character. */
static bool convert(const VTermScreenCell *cell, struct canvas_cell *out)
{
	uint32_t code = cell->chars[0];

	memset(out, 0, sizeof(*out));
	if (code == (uint32_t)-1)
		return false;
	out->style = (uint8_t)style_of(cell);
	if (code < ' ')
		out->text[0] = ' ';
	else
		put_utf8(code, out->text);
	return true;
}

static int used_width(const VTermScreenCell *cells, int count)
{
	while (count > 0 && cells[count - 1].chars[0] == 0 && VTERM_COLOR_IS_DEFAULT_BG(&cells[count - 1].bg))
		count--;
	return count;
}

/* --- lines that leave the screen --- */

static int push_line(int count, const VTermScreenCell *cells, void *user)
{
	struct pane *pane = user;
	struct pane_line *line;

	if (pane->count == KEPT_MAX) {
		free(pane->kept[pane->first].cells);
		pane->first = (pane->first + 1) % KEPT_MAX;
		pane->count--;
	}
	line = &pane->kept[(pane->first + pane->count++) % KEPT_MAX];
	line->count = used_width(cells, count);
	line->cells = mem_zalloc((size_t)line->count + 1, sizeof(*line->cells));
	for (int i = 0; i < line->count; i++)
		convert(&cells[i], &line->cells[i]);
	return 1;
}

/* The screen got higher: the latest line comes back. */
static int pop_line(int count, VTermScreenCell *cells, void *user)
{
	struct pane *pane = user;
	struct pane_line *line;

	if (pane->count == 0)
		return 0;
	line = &pane->kept[(pane->first + --pane->count) % KEPT_MAX];
	for (int i = 0; i < count; i++) {
		const char *text = i < line->count ? line->cells[i].text : "";

		memset(&cells[i], 0, sizeof(cells[i]));
		cells[i].width = 1;
		cells[i].fg.type = VTERM_COLOR_DEFAULT_FG;
		cells[i].bg.type = VTERM_COLOR_DEFAULT_BG;
		if (*text)
			utf8_decode(text, strlen(text), &cells[i].chars[0]);
	}
	free(line->cells);
	return 1;
}

static int move_cursor(VTermPos to, VTermPos from, int visible, void *user)
{
	(void)from;
	(void)visible;
	((struct pane *)user)->cursor = to;
	return 1;
}

static int set_property(VTermProp property, VTermValue *value, void *user)
{
	if (property == VTERM_PROP_ALTSCREEN)
		((struct pane *)user)->other_screen = value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = {
	.movecursor = move_cursor, .settermprop = set_property, .sb_pushline = push_line, .sb_popline = pop_line};

/* --- the terminal --- */

static void send_answer(const char *bytes, size_t count, void *user)
{
	struct pane *pane = user;

	pane->answer(pane->context, bytes, count);
}

struct pane *pane_new(int w, int h, pane_answer *answer, void *context)
{
	struct pane *pane = mem_zalloc(1, sizeof(*pane));

	pane->w = w < 2 ? 2 : w;
	pane->h = h < 2 ? 2 : h;
	pane->kept = mem_zalloc(KEPT_MAX, sizeof(*pane->kept));
	pane->term = vterm_new(pane->h, pane->w);
	if (!pane->term)
		die_no_memory();
	vterm_set_utf8(pane->term, 1);
	pane->screen = vterm_obtain_screen(pane->term);
	vterm_screen_set_callbacks(pane->screen, &callbacks, pane);
	vterm_screen_enable_altscreen(pane->screen, 1);
	vterm_screen_reset(pane->screen, 1);
	if (answer)
		vterm_output_set_callback(pane->term, send_answer, pane);
	pane->answer = answer;
	pane->context = context;
	return pane;
}

void pane_free(struct pane *pane)
{
	if (!pane)
		return;
	for (size_t i = 0; i < pane->count; i++)
		free(pane->kept[(pane->first + i) % KEPT_MAX].cells);
	free(pane->kept);
	vterm_free(pane->term);
	free(pane);
}

void pane_resize(struct pane *pane, int w, int h)
{
	w = w < 2 ? 2 : w;
	h = h < 2 ? 2 : h;
	if (w == pane->w && h == pane->h)
		return;
	pane->w = w;
	pane->h = h;
	vterm_set_size(pane->term, h, w);
}

void pane_feed(struct pane *pane, const char *bytes, size_t count)
{
	if (!pane->erases)
		pane->erases = memmem(bytes, count, "\033[H", 3) || memmem(bytes, count, "\033[2J", 4) ||
			       memmem(bytes, count, "\033[1;1H", 6);
	vterm_input_write(pane->term, bytes, count);
}

void pane_key(struct pane *pane, uint32_t key)
{
	static const struct {
		uint32_t key;
		VTermKey name;
	} keys[] = {{KEYS_UP, VTERM_KEY_UP}, {KEYS_DOWN, VTERM_KEY_DOWN}, {KEYS_LEFT, VTERM_KEY_LEFT},
		{KEYS_RIGHT, VTERM_KEY_RIGHT}, {KEYS_PAGE_UP, VTERM_KEY_PAGEUP}, {KEYS_PAGE_DOWN, VTERM_KEY_PAGEDOWN},
		{KEYS_HOME, VTERM_KEY_HOME}, {KEYS_END, VTERM_KEY_END}, {KEYS_ENTER, VTERM_KEY_ENTER},
		{KEYS_ESCAPE, VTERM_KEY_ESCAPE}, {KEYS_BACKSPACE, VTERM_KEY_BACKSPACE}, {KEYS_TAB, VTERM_KEY_TAB},
		{KEYS_F1, VTERM_KEY_FUNCTION(1)}, {KEYS_F4, VTERM_KEY_FUNCTION(4)}, {KEYS_F6, VTERM_KEY_FUNCTION(6)},
		{KEYS_F9, VTERM_KEY_FUNCTION(9)}, {KEYS_F10, VTERM_KEY_FUNCTION(10)}};

	if (key == KEYS_BACK_TAB)
		vterm_keyboard_key(pane->term, VTERM_KEY_TAB, VTERM_MOD_SHIFT);
	else if (key == KEYS_SPACE)
		vterm_keyboard_unichar(pane->term, ' ', VTERM_MOD_NONE);
	else if (key < ' ')
		send_answer((const char[]){(char)key}, 1, pane);
	else if (key < KEY_SPECIAL)
		vterm_keyboard_unichar(pane->term, key, VTERM_MOD_NONE);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			vterm_keyboard_key(pane->term, keys[i].name, VTERM_MOD_NONE);
}

/* --- what is to be seen --- */

static int screen_used(const struct pane *pane)
{
	int last = pane->h - 1;

	for (; last > pane->cursor.row; last--) {
		VTermPos end = {last, 0};

		if (!vterm_screen_is_eol(pane->screen, end))
			break;
	}
	return last + 1;
}

size_t pane_kept(const struct pane *pane)
{
	return pane->other_screen ? 0 : pane->count;
}

size_t pane_lines(const struct pane *pane)
{
	return pane_kept(pane) + (size_t)screen_used(pane);
}

void pane_cursor(const struct pane *pane, size_t *line, int *column)
{
	*line = pane_kept(pane) + (size_t)pane->cursor.row;
	*column = pane->cursor.col;
}

bool pane_full_screen(const struct pane *pane)
{
	return pane->other_screen;
}

bool pane_erases(const struct pane *pane)
{
	return pane->erases;
}

void pane_draw_line(const struct pane *pane, size_t line, struct canvas *canvas, int x, int y, int width)
{
	const struct pane_line *kept = NULL;
	int count = pane->w;

	if (line < pane_kept(pane)) {
		kept = &pane->kept[(pane->first + line) % KEPT_MAX];
		count = kept->count;
	} else if (line >= pane_lines(pane)) {
		return;
	}
	for (int i = 0; i < count && i < width; i++) {
		VTermPos place = {(int)(line - pane_kept(pane)), i};
		struct canvas_cell cell;
		VTermScreenCell screen_cell;

		if (kept) {
			cell = kept->cells[i];
		} else {
			vterm_screen_get_cell(pane->screen, place, &screen_cell);
			if (!convert(&screen_cell, &cell))
				continue;
		}
		if (cell.text[0] && (cell.text[0] != ' ' || cell.style != STYLE_PLAIN))
			canvas_put(canvas, x + i, y, (enum style)cell.style, cell.text);
	}
}
