/* test_actions.c: the table of keys: one key, one meaning; every key has a name; hints and help know them all. */
#include <criterion/criterion.h>
#include <string.h>

#include "actions.h"
#include "keys.h"

#define KEYS_MAX 200

Test(actions, one_key_one_meaning)
{
	uint32_t seen[KEYS_MAX];
	size_t count = 0;

	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const char *at = action_infos[action].keys;

		while (*at) {
			size_t length = strcspn(at, " ");
			uint32_t key = key_by_name(at, length);

			cr_assert_neq(key, KEYS_UNKNOWN, "no such key: %.*s", (int)length, at);
			for (size_t i = 0; i < count; i++)
				cr_assert_neq(seen[i], key, "two meanings: %.*s", (int)length, at);
			cr_assert_lt(count, KEYS_MAX);
			seen[count++] = key;
			at += length + (at[length] == ' ');
		}
	}
}

Test(actions, every_action_is_reached_and_explained)
{
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const struct action_info *info = &action_infos[action];
		size_t length = strcspn(info->keys, " ");

		cr_assert_eq(action_of_key(key_by_name(info->keys, length)), action);
		cr_assert(info->help[0] && info->screens);
		cr_assert(info->screens == (1u << VIEW_COUNT) - 1 || info->why_not[0],
			"%s: no word where it does nothing", info->keys);
		/* A row without keys to show is told by the one before. */
		cr_assert(info->shown[0] || action_infos[action - 1].section == info->section);
	}
}

/* "h/l Cursor": the name of one of the action's keys begins it, and the action does something there. */
Test(actions, hints_tell_the_truth)
{
	for (size_t i = 0; i < hint_count; i++) {
		const struct action_info *info = &action_infos[hints[i].action];
		const char *texts[] = {hints[i].text, hints[i].wide};
		uint32_t first;

		cr_assert(hints[i].view == VIEW_COUNT || action_works_on(hints[i].action, (enum view_id)hints[i].view));
		for (unsigned j = 0; j < 2; j++) {
			const char *script = texts[j];

			if (!script[0])
				continue;
			first = strncmp(script, "Spc", 3) == 0 || strncmp(script, "Space", 5) == 0
					? (uint32_t)KEYS_SPACE
				: strncmp(script, "Enter", 5) == 0 ? (uint32_t)KEYS_ENTER
				: strncmp(script, "Esc", 3) == 0   ? (uint32_t)KEYS_ESCAPE
				: strncmp(script, "1-9", 3) == 0   ? '1'
								   : key_next(&script);
			cr_assert_eq(
				action_of_key(first), hints[i].action, "%s: another key than %s", texts[j], info->keys);
		}
	}
	for (int view = 0; view <= VIEW_COUNT; view++) {
		bool quits = false;

		for (size_t i = 0; i < hint_count; i++)
			quits |= hints[i].view == view && hints[i].action == ACTION_QUIT;
		cr_assert(quits, "screen %d does not say how to quit", view);
	}
}

Test(actions, keys_of_a_script)
{
	const char *script = "j<Enter><<>\xc3\xa9<^D> <PgDn><Nonsense><Click 3,5>";
	static const uint32_t wanted[] = {'j', KEYS_ENTER, '<', 0xe9, KEY_CONTROL('D'), KEYS_SPACE, KEYS_PAGE_DOWN,
		KEYS_UNKNOWN, MOUSE_KEY(MOUSE_CLICK, 3, 5), 0};

	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		cr_assert_eq(key_next(&script), wanted[i], "key %u", i);
}
