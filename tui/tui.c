/* tui.c: what a key changes, and one frame. */
#include "tui.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "live.h"
#include "short.h"
#include "view.h"

#define SPEED_NORMAL 3
#define HOLD_NS 2000000000ull /* rows are sorted anew when no key was pressed for so long */

#define VIEW(id, key, tab, long_tab, ops) [VIEW_##id] = &ops,
const struct view *const views[VIEW_COUNT] = {
#include "views.def"
};
#undef VIEW

void tui_init(struct tui *tui, struct player *player, const char *path, int w, int h, bool ascii, enum palette palette)
{
	memset(tui, 0, sizeof(*tui));
	tui->player = player;
	tui->picture = player_picture(player);
	tui->path = path;
	tui->palette = palette;
	tui->show = SHOW_ALL;
	tui->speed = SPEED_NORMAL;
	tui->mark_ns = UNKNOWN;
	tui->since_key_ns = HOLD_NS;
	short_use_units(UNITS_IEC);
	for (int i = 0; i < VIEW_COUNT; i++)
		tui->tables[i].sort = -1;
	canvas_init(&tui->canvas, w, h, ascii);
	tui->table.state = &tui->tables[tui->view];
}

void tui_fini(struct tui *tui)
{
	table_clear(&tui->table);
	for (int i = 0; i < VIEW_COUNT; i++)
		table_forget(&tui->tables[i]);
	canvas_fini(&tui->canvas);
}

void tui_resize(struct tui *tui, int w, int h)
{
	bool ascii = tui->canvas.ascii, plain = tui->canvas.plain_glyphs;

	canvas_fini(&tui->canvas);
	canvas_init(&tui->canvas, w, h, ascii);
	tui->canvas.plain_glyphs = plain;
}

void tui_message(struct tui *tui, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(tui->message, sizeof(tui->message), format, arguments);
	va_end(arguments);
}

/* --- screens
 * ------------------------------------------------------------------------------------------------------------ */

static void show_view(struct tui *tui, enum view_id view)
{
	tui->view = view;
	tui->opened[view] = false;
	tui->explained = false;
	tui->scroll[view] = 0;
}

void tui_go(struct tui *tui, enum view_id view)
{
	if (view == tui->view)
		return;
	/* Stacks are those of the process one was looking at. */
	if (view == VIEW_STACKS && view_process(tui))
		tui->focus = view_process(tui)->number;
	if (tui->back_count == VIEW_STACK_MAX) {
		memmove(tui->back, tui->back + 1, sizeof(tui->back) - sizeof(tui->back[0]));
		tui->back_count--;
	}
	tui->back[tui->back_count++] = tui->view;
	show_view(tui, view);
}

/* Back closes what was opened on this screen, then the filter, then the screen. */
static void go_back(struct tui *tui)
{
	if (tui->explained)
		tui->explained = false;
	else if (tui->opened[tui->view])
		tui->opened[tui->view] = false;
	else if (tui->filter[0] && views[tui->view]->columns)
		tui->filter[0] = 0;
	else if (tui->back_count)
		show_view(tui, tui->back[--tui->back_count]);
	tui->scroll[tui->view] = 0;
}

bool tui_is_muted(const struct tui *tui, const struct snap_finding *finding)
{
	for (unsigned i = 0; i < tui->muted_count; i++)
		if (strcmp(tui->muted[i], finding->code) == 0)
			return true;
	return false;
}

static void go_to_problem(struct tui *tui)
{
	const struct snapshot *picture = tui->picture;
	size_t count = picture->finding_count, at = tui->problem;

	for (size_t tried = 0; tried < count; tried++, at++) {
		at = at < count ? at : 0;
		if (tui_is_muted(tui, &picture->findings[at]))
			continue;
		tui_go(tui, VIEW_FINDINGS);
		tui->tables[VIEW_FINDINGS].selected = (uint64_t)at + 1;
		tui_message(tui, "Problem %zu of %zu.", at + 1, count);
		tui->problem = at + 1;
		return;
	}
	tui_message(tui, "No findings%s%s.", picture->ended ? "" : " so far", count ? " that are not muted" : "");
}

/* --- keys
 * --------------------------------------------------------------------------------------------------------------- */

static int page(const struct tui *tui)
{
	return tui->frame.body.h > 4 ? tui->frame.body.h / 2 : 1;
}

void tui_move(struct tui *tui, long by)
{
	const struct view *view = views[tui->view];
	long scroll = tui->scroll[tui->view] + by;

	if (view->columns && !tui->opened[tui->view]) {
		table_move(&tui->table, by);
		if (tui->follow && view_process(tui))
			tui->focus = view_process(tui)->number;
		return;
	}
	tui->scroll[tui->view] = scroll < 0 ? 0 : scroll > 100000 ? 100000 : (int)scroll; /* drawing knows the end */
}

static bool act_move(struct tui *tui, enum action action)
{
	switch (action) {
	case ACTION_DOWN:
		tui_move(tui, 1);
		return true;
	case ACTION_UP:
		tui_move(tui, -1);
		return true;
	case ACTION_PAGE_DOWN:
		tui_move(tui, page(tui));
		return true;
	case ACTION_PAGE_UP:
		tui_move(tui, -page(tui));
		return true;
	case ACTION_FIRST:
		tui_move(tui, -1000000000);
		return true;
	case ACTION_LAST:
		tui_move(tui, 1000000000);
		return true;
	default:
		return false;
	}
}

static void find_again(struct tui *tui, int direction)
{
	if (!tui->find[0])
		tui_message(tui, "Nothing to find yet: press / and type a text.");
	else if (!table_find(&tui->table, tui, tui->find, direction))
		tui_message(tui, "Not found: %s", tui->find);
}

static void next_units(struct tui *tui)
{
	static const char *const words[] = {
		"Bytes in KiB, MiB, GiB (1024).", "Bytes in kB, MB, GB (1000).", "Bytes in full."};

	tui->units = (enum short_units)((tui->units + 1) % 3);
	short_use_units(tui->units);
	tui_message(tui, "%s", words[tui->units]);
}

/* The screens about processes stay on the selected one. */
static void follow(struct tui *tui)
{
	const struct snap_process *process = view_process(tui);

	tui->follow = !tui->follow;
	if (!tui->follow) {
		tui_message(tui, "Following nobody.");
	} else if (!process) {
		tui->follow = false;
		tui_message(tui, "Select a process to follow: on 1 Workers, 4 FDs or 7 Tree.");
	} else {
		tui->focus = process->number;
		tui_message(tui, "Following %s: all screens about processes stay on it (F ends it).", process->name);
	}
}

static void next_show(struct tui *tui)
{
	static const char *const words[] = {
		"Only problems (a: all).", "All (a: internal ones too).", "All, internal ones too (a: only problems)."};

	tui->show = (enum tui_show)((tui->show + 1) % 3);
	tui_message(tui, "%s", words[tui->show]);
}

static bool act_table(struct tui *tui, enum action action)
{
	if (action == ACTION_FIND)
		prompt_start(tui, PROMPT_FIND);
	else if (action == ACTION_FILTER)
		prompt_start(tui, PROMPT_FILTER);
	else if (action == ACTION_FIND_NEXT || action == ACTION_FIND_PREV)
		find_again(tui, action == ACTION_FIND_NEXT ? 1 : -1);
	else if (action == ACTION_SORT)
		popup_sort(tui);
	else if (action == ACTION_REVERSE)
		tui->tables[tui->view].reverse = !tui->tables[tui->view].reverse;
	else if (action == ACTION_SHOW)
		next_show(tui);
	else if (action == ACTION_FULL)
		popup_full(tui);
	else if (action == ACTION_UNITS)
		next_units(tui);
	else if (action == ACTION_FOLLOW)
		follow(tui);
	else
		return false;
	return true;
}

static void request_place(struct tui *tui, enum tui_request request)
{
	const struct view *view = views[tui->view];
	struct place place;

	if (!view->place || !view->place(tui, &place) || !place.file) {
		tui_message(tui, "No place in the source is known here.");
		return;
	}
	snprintf(tui->request_text, sizeof(tui->request_text), "%s", place.file);
	tui->request_line = place.line;
	tui->request = request;
}

static bool act_away(struct tui *tui, enum action action)
{
	if (action == ACTION_EDIT)
		request_place(tui, REQUEST_EDIT);
	else if (action == ACTION_COPY)
		request_place(tui, REQUEST_COPY);
	else if (action == ACTION_REPORT)
		tui->request = REQUEST_REPORT;
	else if (action == ACTION_REDRAW)
		tui->request = REQUEST_REDRAW;
	else if (action == ACTION_WRITE)
		prompt_start(tui, PROMPT_WRITE);
	else
		return false;
	return true;
}

static void act_frame(struct tui *tui, enum action action)
{
	if (action == ACTION_QUIT && tui->session)
		live_quit(tui);
	else if (action == ACTION_QUIT)
		tui->quit = true;
	else if (action == ACTION_TYPE && tui->session)
		live_type(tui);
	else if (action == ACTION_TYPE)
		tui_message(tui, "A recording: there is no program to type to.");
	else if (action == ACTION_HELP)
		tui_go(tui, VIEW_HELP);
	else if (action == ACTION_NEXT_TAB || action == ACTION_PREV_TAB)
		tui_go(tui,
			(enum view_id)((tui->view + (action == ACTION_NEXT_TAB ? 1 : VIEW_COUNT - 1)) % VIEW_COUNT));
	else if (action == ACTION_BACK)
		go_back(tui);
	else if (action == ACTION_PROBLEM)
		go_to_problem(tui);
	else if (action == ACTION_SIGNAL)
		popup_signal(tui);
}

static void go_to_screen(struct tui *tui, uint32_t key)
{
	tui_go(tui, key == '0' ? VIEW_HELP : (enum view_id)(key - '1'));
}

/* The rows of the screen as it is now, so that a key means what is shown. */
static void build_table(struct tui *tui)
{
	const struct view *view = views[tui->view];

	table_clear(&tui->table);
	tui->table.state = &tui->tables[tui->view];
	tui->table.columns = view->columns;
	tui->table.column_count = view->column_count;
	if (!view->columns)
		return;
	if (tui->follow && view->rows_are_processes)
		tui->table.state->selected = tui->focus;
	view->rows(tui, &tui->table);
	/* A tree and findings have an order that means something. */
	table_arrange(&tui->table, tui, tui->filter,
		tui->since_key_ns < HOLD_NS &&
			(tui->table.state->sort >= 0 || tui->view == VIEW_WORKERS || tui->view == VIEW_FDS));
}

static void act(struct tui *tui, enum action action, uint32_t key)
{
	if (!action_works_on(action, tui->view))
		tui_message(tui, "%s", action_infos[action].why_not);
	else if (action == ACTION_SCREEN)
		go_to_screen(tui, key);
	else if (views[tui->view]->act && views[tui->view]->act(tui, action))
		return;
	else if (!act_move(tui, action) && !travel_act(tui, action) && !act_table(tui, action) &&
		 !act_away(tui, action))
		act_frame(tui, action);
}

void tui_key(struct tui *tui, uint32_t key)
{
	enum action action;

	if (key & KEY_PASTED_FLAG) { /* only a prompt takes what is pasted */
		if (tui->prompt != PROMPT_NONE)
			prompt_key(tui, key & ~KEY_PASTED_FLAG);
		return;
	}
	if (prompt_key(tui, key) || popup_key(tui, key))
		return;
	tui->message[0] = 0;
	tui->since_key_ns = 0;
	action = KEY_IS_MOUSE(key) ? ACTION_NONE : action_of_key(key);
	if (action == ACTION_NONE && !KEY_IS_MOUSE(key))
		return;
	build_table(tui);
	if (KEY_IS_MOUSE(key))
		mouse_key(tui, key);
	else
		act(tui, action, key);
}

void tui_draw(struct tui *tui)
{
	struct canvas *canvas = &tui->canvas;

	memset(&tui->hit, 0, sizeof(tui->hit));
	canvas_clear(canvas);
	layout_frame(canvas->w, canvas->h, &tui->frame);
	build_table(tui);
	if (tui->frame.size <= SIZE_LINE) {
		frame_draw_line(tui);
		return;
	}
	frame_draw(tui);
	canvas_clip(canvas, tui->frame.body);
	views[tui->view]->draw(tui, tui->frame.body);
	popup_draw(tui);
	canvas_clip(canvas, (struct rect){0, 0, canvas->w, canvas->h});
}
