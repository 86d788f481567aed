/* keys.c: names of keys. */
#include "keys.h"

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

uint32_t key_next(const char **script)
{
	const char *at = *script;
	size_t length = utf8_decode(at, strlen(at), NULL);
	const char *end = at[0] == '<' && at[1] ? strchr(at + 2, '>') : NULL;

	if (!*at)
		return 0;
	if (end) {
		*script = end + 1;
		return key_by_name(at + 1, (size_t)(end - at - 1));
	}
	length = length ? length : 1;
	*script += length;
	return key_by_name(at, length);
}
