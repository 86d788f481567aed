/* actions.c: which key does what. */
#include "actions.h"

#include <string.h>

#include "keys.h"

#define ON(view) (1u << VIEW_##view)
#define ALL ((1u << VIEW_COUNT) - 1)
#define TABLES (ON(WORKERS) | ON(COPIES) | ON(FDS) | ON(LOCKS) | ON(FINDINGS) | ON(TREE))

#define ACTION(id, keys, shown, help, section, screens, why_not)                                                       \
	{keys, shown, help, why_not, SECTION_##section, screens},
const struct action_info action_infos[ACTION_COUNT] = {
	{"", "", "", "", SECTION_MOVE, 0},
#include "actions.def"
};
#undef ACTION

#define VIEW_COMPACT VIEW_COUNT
#define HINT(view, action, text, wide) {VIEW_##view, ACTION_##action, text, wide},
const struct hint hints[] = {
#include "hints.def"
};
#undef HINT
const size_t hint_count = sizeof(hints) / sizeof(hints[0]);

static int has_key(const char *keys, uint32_t key)
{
	while (*keys) {
		size_t length = strcspn(keys, " ");

		if (key_by_name(keys, length) == key)
			return 1;
		keys += length + (keys[length] == ' ');
	}
	return 0;
}

enum action action_of_key(uint32_t key)
{
	if (key == KEYS_UNKNOWN)
		return ACTION_NONE;
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		if (has_key(action_infos[action].keys, key))
			return (enum action)action;
	return ACTION_NONE;
}

bool action_works_on(enum action action, enum view_id view)
{
	return action_infos[action].screens & 1u << view;
}
