/* popup.c: what lies over a screen until it is answered: the sort menu, the signals, the full text of a row. */
#include <signal.h>
#include <string.h>

#include "base/format.h"
#include "keys.h"
#include "tui.h"
#include "view.h"

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGSTOP, SIGCONT, SIGUSR1, SIGUSR2, SIGKILL};
#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

static size_t entry_count(const struct tui *tui)
{
	if (tui->popup == POPUP_SORT)
		return views[tui->view]->column_count + 1;
	return tui->popup == POPUP_SIGNAL ? SIGNAL_COUNT : 0;
}

static const char *entry_text(const struct tui *tui, size_t index, char buffer[FORMAT_SIZE])
{
	if (tui->popup == POPUP_SORT)
		return index ? views[tui->view]->columns[index - 1].title : "the screen's own order";
	return format_signal(signals[index], buffer);
}

void popup_sort(struct tui *tui)
{
	tui->popup = POPUP_SORT;
	tui->popup_at = (size_t)(tui->tables[tui->view].sort + 1);
}

void popup_signal(struct tui *tui)
{
	const struct snap_process *process = view_process(tui);

	if (!tui->live)
		tui_message(tui, "A recording: its processes are gone, there is nobody to send a signal to.");
	else if (!process)
		tui_message(tui, "Select a process first: on 1 Workers, 4 FDs or 7 Tree.");
	else if (!process->alive)
		tui_message(tui, "%s has ended: there is nobody to send a signal to.", process->name);
	else {
		tui->popup = POPUP_SIGNAL;
		tui->popup_at = 0;
		tui->popup_process = process->number;
	}
}

void popup_full(struct tui *tui)
{
	if (!tui->table.count) {
		tui_message(tui, "There is no row.");
		return;
	}
	tui->popup = POPUP_FULL;
	tui->popup_at = 0;
}

static void choose(struct tui *tui)
{
	struct table_state *state = &tui->tables[tui->view];
	const struct snap_process *process;
	enum popup popup = tui->popup;

	tui->popup = POPUP_NONE;
	if (popup == POPUP_SORT) {
		state->sort = (int)tui->popup_at - 1;
		state->reverse = false;
		if (state->sort >= 0)
			tui_message(
				tui, "Sorted by %s. I: the other way.", views[tui->view]->columns[state->sort].title);
		else
			tui_message(tui, "The screen's own order.");
	}
	process = popup == POPUP_SIGNAL ? snapshot_process(tui->picture, tui->popup_process) : NULL;
	if (!process)
		return;
	tui->request = REQUEST_SIGNAL;
	tui->request_pid = process->pid;
	tui->request_signal = signals[tui->popup_at];
}

bool popup_key(struct tui *tui, uint32_t key)
{
	size_t count = entry_count(tui);
	enum action action = action_of_key(key);

	if (tui->popup == POPUP_NONE)
		return false;
	if (KEY_IS_MOUSE(key))
		return true;
	if (action == ACTION_OPEN && count)
		choose(tui);
	else if (action == ACTION_DOWN && (!count || tui->popup_at + 1 < count))
		tui->popup_at++;
	else if (action == ACTION_UP && tui->popup_at)
		tui->popup_at--;
	else if (action == ACTION_FIRST)
		tui->popup_at = 0;
	else if (action == ACTION_LAST && count)
		tui->popup_at = count - 1;
	else if (action == ACTION_BACK || action == ACTION_OPEN || action == ACTION_QUIT || action == ACTION_FULL ||
		 action == ACTION_SORT || action == ACTION_SIGNAL)
		tui->popup = POPUP_NONE;
	return true;
}

/* --- drawing --- */

/* A window over the middle of the body, its first row a title. */
static struct rect draw_window(struct tui *tui, int w, int h, const char *title)
{
	struct rect body = tui->frame.body, window;

	w = w > body.w ? body.w : w;
	h = h > body.h ? body.h : h;
	window = (struct rect){body.x + (body.w - w) / 2, body.y + (body.h - h) / 2, w, h};
	canvas_clip(&tui->canvas, window);
	canvas_fill(&tui->canvas, window, STYLE_PLAIN);
	canvas_fill(&tui->canvas, (struct rect){window.x, window.y, w, 1}, STYLE_REVERSE);
	canvas_put_cell(&tui->canvas, window.x + 1, window.y, w - 2, ALIGN_LEFT, STYLE_REVERSE, title);
	canvas_rule(&tui->canvas, (struct rect){window.x, window.y + h - 1, w, 1}, "");
	window.y++;
	window.h -= 2;
	return window;
}

static void draw_menu(struct tui *tui)
{
	const struct snap_process *process = snapshot_process(tui->picture, tui->popup_process);
	size_t count = entry_count(tui), top;
	char title[96], buffer[FORMAT_SIZE];
	struct rect window;

	if (tui->popup == POPUP_SORT)
		snprintf(title, sizeof(title), "Sort by (Enter)");
	else
		snprintf(title, sizeof(title), "Send to %s, pid %d (Enter; Esc does not)",
			process ? process->name : "-", process ? process->pid : 0);
	window = draw_window(tui, tui->popup == POPUP_SORT ? 28 : 44, (int)count + 2, title);
	if (window.h < 1)
		return;
	top = layout_scroll(0, tui->popup_at, count, (size_t)window.h);
	for (size_t i = top; i < count && i < top + (size_t)window.h; i++) {
		bool selected = i == tui->popup_at;
		int y = window.y + (int)(i - top);

		canvas_put(&tui->canvas, window.x + 1, y, STYLE_BOLD, selected ? ">" : " ");
		canvas_put_cell(&tui->canvas, window.x + 3, y, window.w - 4, ALIGN_LEFT,
			selected ? STYLE_BOLD : STYLE_PLAIN, entry_text(tui, i, buffer));
		if (selected) {
			tui->canvas.cursor_x = window.x + 1;
			tui->canvas.cursor_y = y;
		}
	}
}

static void draw_full(struct tui *tui)
{
	struct lines lines;
	struct rect window;
	int height, last;

	lines_init(&lines, &tui->canvas);
	table_lines_full(&tui->table, tui, &lines);
	height = lines_height(&lines, tui->frame.body.w - 2);
	window = draw_window(tui, tui->frame.body.w, height + 2, "The row in full (Esc closes)");
	last = height - window.h > 0 ? height - window.h : 0;
	tui->popup_at = (int)tui->popup_at > last ? (size_t)last : tui->popup_at;
	lines_draw(&lines, &tui->canvas, (struct rect){window.x + 1, window.y, window.w - 2, window.h},
		(int)tui->popup_at);
	lines_fini(&lines);
}

void popup_draw(struct tui *tui)
{
	if (tui->popup == POPUP_FULL)
		draw_full(tui);
	else if (tui->popup != POPUP_NONE)
		draw_menu(tui);
}
