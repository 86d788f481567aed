/* view_help.c: screen 0: the keys, from actions.def, those of the screen one came from first; states. */
#include <string.h>

#include "view.h"

static const char *const section_titles[SECTION_COUNT] = {[SECTION_MOVE] = "MOVE",
	[SECTION_EVERY] = "SHOW",
	[SECTION_SOME] = "ON SOME SCREENS",
	[SECTION_TIME] = "TIME",
	[SECTION_AWAY] = "TAKE IT AWAY",
	[SECTION_PROGRAM] = "PROGRAM"};

#define VIEW(id, key, tab, long_tab, ops) long_tab,
static const char *const names[VIEW_COUNT] = {
#include "views.def"
};
#undef VIEW

#define KEYS_WIDTH 16

static void lines_action(struct lines *lines, enum action action)
{
	if (action_infos[action].shown[0])
		lines_row(lines, STYLE_PLAIN, 1, "%-*s %s", KEYS_WIDTH, action_infos[action].shown,
			action_infos[action].help);
}

static void lines_section(struct lines *lines, enum action_section section)
{
	lines_row(lines, STYLE_BOLD, 1, "%s", section_titles[section]);
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		if (action_infos[action].section == section)
			lines_action(lines, (enum action)action);
	lines_row(lines, STYLE_PLAIN, 0, " ");
}

/* What does something on the screen one came from and not on all. */
static void lines_own_keys(struct lines *lines, enum view_id view)
{
	uint32_t all = (1u << VIEW_COUNT) - 1;
	bool any = false;

	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		if (action_infos[action].screens == all || !action_works_on((enum action)action, view))
			continue;
		if (!any)
			lines_row(lines, STYLE_BOLD, 1, "ON THIS SCREEN (%s)", names[view]);
		any = true;
		lines_action(lines, (enum action)action);
	}
	if (any)
		lines_row(lines, STYLE_PLAIN, 0, " ");
}

static void lines_states(struct lines *lines)
{
	static const char *const states[] = {"R  run                your code is running",
		"C  copy               moving bytes through a pipe or socket: needed only because there are processes",
		"I  wait for input     it waits for the next item or message, or for one of several (poll)",
		"O  blocked on output  it has something to send, but the pipe is full",
		"L  wait for a lock    a semaphore or lock that processes share",
		"S  starting           from its birth until its program runs",
		".  other              sleeps, or waits for a disk, a child, a CPU", "-  ended",
		"?  not known          mpwatch could not see it",
		"Small letters on Timeline: the state held for less than 2/3 of the column."};

	lines_add(lines, STYLE_BOLD, 1, 1, "STATES OF A WORKER");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		lines_add(lines, STYLE_PLAIN, 2, 24, "%s", states[i]);
}

/* Sections side by side; each goes to the column that is the shortest so far. */
static int draw_sections(struct tui *tui, struct rect body, int scroll)
{
	int columns = body.w >= 110 ? 3 : body.w >= 76 ? 2 : 1, width = body.w / columns, height[3] = {0}, tallest = 0;
	enum view_id from = tui->back_count ? tui->back[tui->back_count - 1] : VIEW_HELP;

	for (int section = -1; section < SECTION_COUNT; section++) {
		struct lines lines;
		struct rect place;
		int best = 0;

		lines_init(&lines, &tui->canvas);
		if (section < 0)
			lines_own_keys(&lines, from);
		else
			lines_section(&lines, (enum action_section)section);
		for (int i = 1; i < columns; i++)
			if (height[i] < height[best])
				best = i;
		place = (struct rect){
			body.x + best * width, body.y + height[best] - scroll, width, lines_height(&lines, width)};
		lines_draw(&lines, &tui->canvas, place, 0);
		height[best] += place.h;
		lines_fini(&lines);
		tallest = height[best] > tallest ? height[best] : tallest;
	}
	return tallest;
}

static void draw(struct tui *tui, struct rect body)
{
	int *scroll = &tui->scroll[VIEW_HELP], top = *scroll, keys, all;
	struct lines lines;

	lines_init(&lines, &tui->canvas);
	lines_states(&lines);
	for (;;) { /* drawn once more when it was scrolled too far: the heights are known then */
		canvas_fill(&tui->canvas, body, STYLE_PLAIN);
		keys = draw_sections(tui, body, top);
		all = keys + lines_height(&lines, body.w - 1);
		if (top <= 0 || top <= all - body.h)
			break;
		top = all > body.h ? all - body.h : 0;
	}
	*scroll = top;
	lines_draw(&lines, &tui->canvas,
		(struct rect){body.x, body.y + keys - top, body.w - 1, lines_height(&lines, body.w - 1)}, 0);
	lines_fini(&lines);
}

static void status(const struct tui *tui, char *text, size_t size)
{
	(void)tui;
	snprintf(text, size, "mpwatch %s   manual: man mpwatch   all finding codes: mpwatch explain --list",
		MPW_VERSION);
}

const struct view view_help = {.draw = draw, .status = status};
