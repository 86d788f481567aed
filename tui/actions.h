/* actions.h: actions.def as C. */
#ifndef MPW_TUI_ACTIONS_H
#define MPW_TUI_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW(id, key, tab, long_tab, ops) VIEW_##id,
enum view_id {
#include "views.def"
	VIEW_COUNT
};
#undef VIEW

enum action_section {
	SECTION_MOVE,
	SECTION_EVERY,
	SECTION_SOME,
	SECTION_TIME,
	SECTION_AWAY,
	SECTION_PROGRAM,
	SECTION_COUNT
};

#define ACTION(id, keys, shown, help, section, screens, why_not) ACTION_##id,
enum action {
	ACTION_NONE,
#include "actions.def"
	ACTION_COUNT
};
#undef ACTION

struct action_info {
	const char *keys, *shown, *help, *why_not;
	enum action_section section;
	uint32_t screens; /* a bit for each enum view_id */
};

/* Index 1..ACTION_COUNT - 1. */
extern const struct action_info action_infos[ACTION_COUNT];

/* What the key means; ACTION_NONE: nothing. */
enum action action_of_key(uint32_t key);
bool action_works_on(enum action action, enum view_id view);

/* hints.def: the last line. `view` VIEW_COUNT: every screen when there is little room. */
struct hint {
	int view;
	enum action action;
	const char *text, *wide;
};
extern const struct hint hints[];
extern const size_t hint_count;

#endif
