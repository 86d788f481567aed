/* calls.c: calls.def as tables of names and classes. Like event.c it needs no malloc, stdio or lock. */
#include "wire/calls.h"

#include <string.h>

#include "wire/arena.h"

/* clang-format off */
#define CALL(phase, class_, ret, fail, name, params, args, handler) [CALL_##name] = {#name, CLASS_##class_},
#define HAND(class_, name, note) [CALL_##name] = {#name, CLASS_##class_},
#define SKIP(name, reason)
/* clang-format on */
static const struct {
	const char *name;
	enum call_class class;
} calls[CALL_COUNT] = {
	[CALL_none] = {"", CLASS_NONE},
#include "wire/calls.def"
};

const char *call_name(unsigned call)
{
	return call < CALL_COUNT ? calls[call].name : "";
}

unsigned call_by_name(const char *name)
{
	for (unsigned call = CALL_none + 1; call < CALL_COUNT; call++) {
		if (strcmp(calls[call].name, name) == 0)
			return call;
	}
	return CALL_none;
}

enum call_class call_class_of(unsigned call)
{
	return call < CALL_COUNT ? calls[call].class : CLASS_NONE;
}

enum call_class wait_class_of(unsigned call, int32_t fd)
{
	return fd == BOARD_OTHER_THREAD ? CLASS_OTHER : call_class_of(call);
}

/* clang-format off */
static const char *const words[CLASS_COUNT] = {
	[CLASS_NONE] = "is in", [CLASS_INPUT] = "waits for input in", [CLASS_OUTPUT] = "waits for room in",
	[CLASS_LOCK] = "waits for a lock in", [CLASS_SLEEP] = "sleeps in", [CLASS_WAIT] = "waits for a child in",
	[CLASS_POLL] = "waits for input in", [CLASS_OTHER] = "waits in",
};
/* clang-format on */

const char *wait_words(unsigned call, int32_t fd)
{
	return fd == BOARD_OTHER_THREAD ? "waits for another thread in" : words[call_class_of(call)];
}
