/* actions.h: actions.def as C. */
#ifndef MPW_TUI_ACTIONS_H
#define MPW_TUI_ACTIONS_H

#include <stdint.h>

#define VIEW(id, key, tab, long_tab, ops) VIEW_##id,
enum view_id {
#include "views.def"
	VIEW_COUNT
};
#undef VIEW

enum action_section { SECTION_MOVE, SECTION_EVERY, SECTION_TIME, SECTION_AWAY, SECTION_COUNT };

#define ACTION(id, keys, shown, help, section, screens, hint) ACTION_##id,
enum action {
	ACTION_NONE,
#include "actions.def"
	ACTION_COUNT
};
#undef ACTION

struct action_info {
	const char *keys, *shown, *help, *hint;
	enum action_section section;
	uint32_t screens; /* a bit for each enum view_id */
};

/* Index 1..ACTION_COUNT - 1. */
extern const struct action_info action_infos[ACTION_COUNT];

/* What the key does on this screen; ACTION_NONE: nothing. */
enum action action_of_key(uint32_t key, enum view_id view);

#endif
