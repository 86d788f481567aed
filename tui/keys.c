/* keys.c: names of keys. */
#include "keys.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define KEY_NAME(id, name) name,
static const char *const names[] = {SPECIAL_KEYS(KEY_NAME)};
#undef KEY_NAME

uint32_t key_by_name(const char *name, size_t length)
{
	uint32_t code;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return KEYS_FIRST + 1 + (uint32_t)i;
	if (length == 2 && name[0] == '^')
		return KEY_CONTROL(name[1]);
	if (length && utf8_decode(name, length, &code) == length)
		return code == ' ' ? (uint32_t)KEYS_SPACE : code;
	return KEYS_UNKNOWN;
}

/* "Click 3,5" */
static uint32_t mouse_by_name(const char *name, size_t length)
{
	static const char *const words[] = {"Click", "WheelUp", "WheelDown"};
	char text[40], word[16];
	int x, y;

	snprintf(text, sizeof(text), "%.*s", (int)length, name);
	if (sscanf(text, "%15s %d,%d", word, &x, &y) != 3 || x < 0 || y < 0 || x > 1023 || y > 1023)
		return KEYS_UNKNOWN;
	for (uint32_t i = 0; i < 3; i++)
		if (strcmp(word, words[i]) == 0)
			return MOUSE_KEY(i, x, y);
	return KEYS_UNKNOWN;
}

uint32_t key_next(const char **script)
{
	const char *at = *script;
	size_t length = utf8_decode(at, strlen(at), NULL);
	const char *end = at[0] == '<' && at[1] ? strchr(at + 2, '>') : NULL;

	if (!*at)
		return 0;
	if (end) {
		size_t name = (size_t)(end - at - 1);

		*script = end + 1;
		return memchr(at + 1, ',', name) && name > 1 ? mouse_by_name(at + 1, name) : key_by_name(at + 1, name);
	}
	length = length ? length : 1;
	*script += length;
	return key_by_name(at, length);
}
