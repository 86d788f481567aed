/* script.c: keys without a terminal, for tests and for pictures in documents. */
#include <errno.h>
#include <string.h>

#include "keys.h"
#include "tui.h"

int tui_script(struct tui *tui, const char *keys, size_t *at)
{
	const char *start = keys, *before;
	uint32_t key;

	tui_draw(tui);
	while (!tui->quit && (before = keys, key = key_next(&keys))) {
		if (key == KEYS_UNKNOWN) {
			*at = (size_t)(before - start);
			return -EINVAL;
		}
		tui_key(tui, key);
		tui_draw(tui);
	}
	return 0;
}
