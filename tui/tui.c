/* tui.c: what a key changes, and one frame. */
#include "tui.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "view.h"

const unsigned tui_speeds[10] = SPEEDS;
#define SPEED_NORMAL 3

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
	for (int i = 0; i < VIEW_COUNT; i++)
		tui->tables[i].sort = -1;
	canvas_init(&tui->canvas, w, h, ascii);
	tui->table.state = &tui->tables[tui->view];
}

void tui_fini(struct tui *tui)
{
	table_clear(&tui->table);
	canvas_fini(&tui->canvas);
}

void tui_resize(struct tui *tui, int w, int h)
{
	bool ascii = tui->canvas.ascii;

	canvas_fini(&tui->canvas);
	canvas_init(&tui->canvas, w, h, ascii);
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

static void go_to_problem(struct tui *tui)
{
	const struct snapshot *picture = tui->picture;

	if (!picture->finding_count) {
		tui_message(tui, "No findings%s.", picture->ended ? "" : " so far");
		return;
	}
	tui->problem = tui->problem < picture->finding_count ? tui->problem : 0;
	tui_go(tui, VIEW_FINDINGS);
	tui->tables[VIEW_FINDINGS].selected = (uint64_t)tui->problem + 1;
	tui_message(tui, "Problem %zu of %zu.", tui->problem + 1, picture->finding_count);
	tui->problem++;
}

/* --- time
 * --------------------------------------------------------------------------------------------------------------- */

void tui_goto_time(struct tui *tui, uint64_t ts_ns)
{
	if (player_goto(tui->player, ts_ns) != 0)
		tui_message(tui, "The recording can no longer be read: the picture stays.");
	tui->picture = player_picture(tui->player);
	table_clear(&tui->table); /* its rows were of the old picture */
	tui->table.state = &tui->tables[tui->view];
}

static void step(struct tui *tui, int64_t by_ns)
{
	uint64_t now = tui->picture->now_ns;

	tui->playing = false;
	if (by_ns < 0)
		tui_goto_time(tui, now > (uint64_t)-by_ns ? now - (uint64_t)-by_ns : 0);
	else
		tui_goto_time(tui, now + (uint64_t)by_ns);
}

static void go_to_moment(struct tui *tui, bool next)
{
	const struct snapshot *all = player_last(tui->player);
	const struct snap_moment *best = NULL;
	uint64_t now = tui->picture->now_ns;

	for (size_t i = 0; i < all->moment_count; i++) {
		const struct snap_moment *moment = &all->moments[i];

		if (next ? moment->ts_ns > now && !best : moment->ts_ns < now)
			best = moment;
	}
	tui->playing = false;
	if (!best) {
		tui_message(tui, next ? "No later event." : "No earlier event.");
		return;
	}
	tui_goto_time(tui, best->ts_ns);
	tui_message(tui, "%s: %s", best->who, best->text ? best->text : "");
}

const char *tui_speed_text(const struct tui *tui)
{
	static const char *const texts[] = {"1/8x", "1/4x", "1/2x", "1x", "2x", "4x", "8x", "16x", "32x", "64x"};

	return texts[tui->speed];
}

static void change_speed(struct tui *tui, bool faster)
{
	if (faster && tui->speed + 1 < sizeof(tui_speeds) / sizeof(tui_speeds[0]))
		tui->speed++;
	else if (!faster && tui->speed > 0)
		tui->speed--;
	tui_message(tui, "Speed %s.", tui_speed_text(tui));
}

static void play(struct tui *tui)
{
	tui->playing = !tui->playing;
	/* Playing from the end would stop at once. */
	if (tui->playing && tui->picture->now_ns >= player_end_ns(tui->player))
		tui_goto_time(tui, 0);
}

void tui_advance(struct tui *tui, uint64_t real_ns)
{
	uint64_t end = player_end_ns(tui->player), to;

	if (!tui->playing)
		return;
	to = tui->picture->now_ns + real_ns * tui_speeds[tui->speed] / 8;
	tui->playing = to < end;
	tui_goto_time(tui, to < end ? to : end);
}

/* --- keys
 * --------------------------------------------------------------------------------------------------------------- */

static int page(const struct tui *tui)
{
	return tui->frame.body.h > 4 ? tui->frame.body.h / 2 : 1;
}

static void move(struct tui *tui, long by)
{
	const struct view *view = views[tui->view];
	long scroll = tui->scroll[tui->view] + by;

	if (view->columns && !tui->opened[tui->view]) {
		table_move(&tui->table, by);
		return;
	}
	tui->scroll[tui->view] = scroll < 0 ? 0 : scroll > 100000 ? 100000 : (int)scroll; /* drawing knows the end */
}

static bool act_move(struct tui *tui, enum action action)
{
	switch (action) {
	case ACTION_DOWN:
		move(tui, 1);
		return true;
	case ACTION_UP:
		move(tui, -1);
		return true;
	case ACTION_PAGE_DOWN:
		move(tui, page(tui));
		return true;
	case ACTION_PAGE_UP:
		move(tui, -page(tui));
		return true;
	case ACTION_FIRST:
		move(tui, -1000000000);
		return true;
	case ACTION_LAST:
		move(tui, 1000000000);
		return true;
	default:
		return false;
	}
}

static bool act_time(struct tui *tui, enum action action)
{
	static const struct {
		enum action action;
		int64_t by_ns;
	} steps[] = {{ACTION_STEP_BACK, -100000000}, {ACTION_STEP, 100000000}, {ACTION_LEAP_BACK, -10000000000},
		{ACTION_LEAP, 10000000000}};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].action == action) {
			step(tui, steps[i].by_ns);
			return true;
		}
	if (action == ACTION_EVENT_BACK || action == ACTION_EVENT_NEXT)
		go_to_moment(tui, action == ACTION_EVENT_NEXT);
	else if (action == ACTION_PLAY)
		play(tui);
	else if (action == ACTION_SLOWER || action == ACTION_FASTER)
		change_speed(tui, action == ACTION_FASTER);
	else if (action == ACTION_TO_END)
		step(tui, (int64_t)(INT64_MAX / 2));
	else if (action == ACTION_GOTO)
		prompt_start(tui, PROMPT_TIME);
	else
		return false;
	return true;
}

static void find_again(struct tui *tui, int direction)
{
	if (!tui->find[0])
		tui_message(tui, "Nothing to find yet: press / and type a text.");
	else if (!table_find(&tui->table, tui, tui->find, direction))
		tui_message(tui, "Not found: %s", tui->find);
}

static void next_sort(struct tui *tui)
{
	struct table_state *state = &tui->tables[tui->view];
	int count = (int)views[tui->view]->column_count;

	state->sort = state->sort + 1 < count ? state->sort + 1 : -1;
	if (state->sort >= 0)
		tui_message(tui, "Sorted by %s. I: the other way.", views[tui->view]->columns[state->sort].title);
	else
		tui_message(tui, "The screen's own order.");
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
		next_sort(tui);
	else if (action == ACTION_REVERSE)
		tui->tables[tui->view].reverse = !tui->tables[tui->view].reverse;
	else if (action == ACTION_SHOW)
		tui->show = (enum tui_show)((tui->show + 1) % 3);
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
	if (action == ACTION_QUIT)
		tui->quit = true;
	else if (action == ACTION_HELP)
		tui_go(tui, VIEW_HELP);
	else if (action == ACTION_NEXT_TAB || action == ACTION_PREV_TAB)
		tui_go(tui,
			(enum view_id)((tui->view + (action == ACTION_NEXT_TAB ? 1 : VIEW_COUNT - 1)) % VIEW_COUNT));
	else if (action == ACTION_BACK)
		go_back(tui);
	else if (action == ACTION_PROBLEM)
		go_to_problem(tui);
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
	view->rows(tui, &tui->table);
	table_arrange(&tui->table, tui, tui->filter);
}

void tui_key(struct tui *tui, uint32_t key)
{
	enum action action;

	if (prompt_key(tui, key))
		return;
	action = action_of_key(key, tui->view);
	tui->message[0] = 0;
	if (action == ACTION_NONE)
		return;
	build_table(tui);
	if (action == ACTION_SCREEN)
		go_to_screen(tui, key);
	else if (views[tui->view]->act && views[tui->view]->act(tui, action))
		return;
	else if (!act_move(tui, action) && !act_time(tui, action) && !act_table(tui, action) && !act_away(tui, action))
		act_frame(tui, action);
}

void tui_draw(struct tui *tui)
{
	struct canvas *canvas = &tui->canvas;

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
	canvas_clip(canvas, (struct rect){0, 0, canvas->w, canvas->h});
}
