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
		uint32_t key = key_by_name(info->keys, length);

		cr_assert(info->help[0] && info->shown[0] && info->screens);
		for (int view = 0; view < VIEW_COUNT; view++)
			cr_assert_eq(action_of_key(key, (enum view_id)view),
				info->screens & 1u << view ? action : ACTION_NONE);
	}
}

Test(actions, keys_of_a_script)
{
	const char *script = "j<Enter><<>\xc3\xa9<^D> <PgDn><Nonsense>";
	static const uint32_t wanted[] = {
		'j', KEYS_ENTER, '<', 0xe9, KEY_CONTROL('D'), KEYS_SPACE, KEYS_PAGE_DOWN, KEYS_UNKNOWN, 0};

	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		cr_assert_eq(key_next(&script), wanted[i], "key %u", i);
}
