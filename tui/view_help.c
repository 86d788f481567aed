/* view_help.c: screen 0: the keys, from actions.def, those of the screen one came from first; states. */
#include <string.h>

#include "view.h"

static const char *const section_titles[SECTION_COUNT] = {
	[SECTION_MOVE] = "MOVE", [SECTION_EVERY] = "SHOW", [SECTION_TIME] = "TIME", [SECTION_AWAY] = "TAKE IT AWAY"};

#define VIEW(id, key, tab, long_tab, ops) long_tab,
static const char *const names[VIEW_COUNT] = {
#include "views.def"
};
#undef VIEW

static void lines_action(struct lines *lines, enum action action)
{
	lines_add(lines, STYLE_PLAIN, 2, 14, "%-11s %s", action_infos[action].shown, action_infos[action].help);
}

static void lines_own_keys(struct lines *lines, enum view_id view)
{
	uint32_t all = (1u << VIEW_COUNT) - 1;

	lines_add(lines, STYLE_BOLD, 1, 1, "ON THE SCREEN %s", names[view]);
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		if (action_infos[action].screens != all && (action_infos[action].screens & 1u << view))
			lines_action(lines, (enum action)action);
	lines_row(lines, STYLE_PLAIN, 0, " ");
}

static void lines_section(struct lines *lines, enum action_section section)
{
	lines_add(lines, STYLE_BOLD, 1, 1, "%s", section_titles[section]);
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		if (action_infos[action].section == section)
			lines_action(lines, (enum action)action);
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
	lines_row(lines, STYLE_PLAIN, 0, " ");
	lines_add(lines, STYLE_PLAIN, 1, 1, "mpwatch %s   all finding codes: mpwatch explain --list", MPW_VERSION);
}

static void draw(struct tui *tui, struct rect body)
{
	struct lines lines;
	int last;

	lines_init(&lines, &tui->canvas);
	if (tui->back_count)
		lines_own_keys(&lines, tui->back[tui->back_count - 1]);
	for (int section = 0; section < SECTION_COUNT; section++)
		lines_section(&lines, (enum action_section)section);
	lines_states(&lines);
	last = lines_height(&lines, body.w - 1) - body.h;
	tui->scroll[VIEW_HELP] = tui->scroll[VIEW_HELP] > last ? (last > 0 ? last : 0) : tui->scroll[VIEW_HELP];
	lines_draw(&lines, &tui->canvas, body, tui->scroll[VIEW_HELP]);
	lines_fini(&lines);
}

static void status(const struct tui *tui, char *text, size_t size)
{
	(void)tui;
	snprintf(text, size, "Esc goes back. j and k scroll.");
}

const struct view view_help = {.draw = draw, .status = status};
