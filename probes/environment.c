/* environment.c: LD_PRELOAD in other people's environments. Async-signal-safe throughout: it runs between vfork and
 * exec. What every exec needs calls nothing of libc's: in a forked child each function that the program does not use
 * anyway is a page fault, which costs more than all the rest. */
#include "environment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire/elfcheck.h"

#define NAME "LD_PRELOAD="
#define NAME_LENGTH 11

/* What follows `start` in `text`, or NULL if it does not begin so. */
static const char *behind(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return NULL;
	return text;
}

static bool is_separator(char c)
{
	return c == 0 || c == ':' || c == ' ';
}

static bool ours_is_in(const char *value)
{
	const char *rest = behind(value, probe.path);
	size_t length;

	if (rest && is_separator(*rest))
		return true;
	length = strlen(probe.path);

	for (const char *at = value; (at = strstr(at, probe.path)); at += length) {
		if ((at == value || is_separator(at[-1])) && is_separator(at[length]))
			return true;
	}
	return false;
}

/* The image must be one that the dynamic linker loads us into, and must be able to see our file. A static one ignores
 * it. */
static bool image_takes_us(const char *path)
{
	if (raw_call4(SYS_faccessat, AT_FDCWD, (long)probe.path, 4 /* R_OK */, 0) != 0)
		return false;
	return !path || elfcheck_path(path) != ELFCHECK_STRIP;
}

static bool is_disabled(char *const *envp)
{
	for (; *envp; envp++) {
		const char *value = behind(*envp, "MPWATCH_DISABLE=");

		if (value && *value && *value != '0')
			return true;
	}
	return false;
}

static void *environment_memory(struct environment *environment, uint64_t size)
{
	void *memory;

	if (environment->room)
		return environment->room;
	memory = (void *)raw_call6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if ((unsigned long)memory >= -4095UL)
		return NULL;
	environment->mapped = memory;
	environment->size = size;
	return memory;
}

uint64_t environment_room(char *const *envp)
{
	uint64_t size = 2 * sizeof(*envp) + NAME_LENGTH + 1;

	if (!probe.control || !probe.restricted || !envp)
		return 0;
	for (; *envp; envp++)
		size += sizeof(*envp) + (behind(*envp, NAME) ? strlen(*envp) : 0);
	return size;
}

/* Copies `envp` with its LD_PRELOAD (at index `at`, or none: -1) replaced by "LD_PRELOAD=<before><after>", or left out.
 */
static void environment_copy(
	struct environment *environment, char *const *envp, long at, const char *before, const char *after)
{
	size_t count = 0, first = before ? strlen(before) : 0, second = after ? strlen(after) : 0, out = 0;
	char **copy, *text;

	while (envp[count])
		count++;
	copy = environment_memory(environment, (count + 2) * sizeof(*copy) + NAME_LENGTH + first + second + 1);
	if (!copy)
		return;
	text = (char *)(copy + count + 2);
	if (first + second) {
		memcpy(text, NAME, NAME_LENGTH);
		memcpy(text + NAME_LENGTH, before ? before : "", first);
		memcpy(text + NAME_LENGTH + first, after ? after : "", second);
		text[NAME_LENGTH + first + second] = 0;
	}
	for (size_t i = 0; i < count; i++) {
		if ((long)i != at)
			copy[out++] = envp[i];
		else if (first + second)
			copy[out++] = text;
	}
	if (at < 0 && first + second)
		copy[out++] = text;
	copy[out] = NULL;
	environment->use = copy;
}

/* "LD_PRELOAD=<ours>:<rest>" or "<ours> <rest>": what comes behind ours; NULL if ours stands elsewhere. */
static const char *rest_behind_ours(const char *value)
{
	value = behind(value, probe.path);
	while (value && *value && is_separator(*value))
		value++;
	return value;
}

void environment_make(struct environment *environment, const char *path, char *const *envp)
{
	static char *const empty[] = {NULL};
	long at = -1;
	bool wanted;

	environment->use = envp;
	environment->mapped = NULL;
	if (!probe.control || !probe.path)
		return;
	if (!envp)
		envp = empty;
	for (long i = 0; envp[i]; i++)
		if (behind(envp[i], NAME)) {
			at = i;
			break;
		}
	wanted = !probe.restricted && !is_disabled(envp) && image_takes_us(path);
	if (wanted && at < 0)
		environment_copy(environment, envp, -1, probe.path, NULL);
	else if (wanted && !ours_is_in(envp[at] + NAME_LENGTH)) {
		char before[600];
		size_t length = strlen(probe.path);

		if (length + 2 > sizeof(before))
			return;
		memcpy(before, probe.path, length);
		before[length] = envp[at][NAME_LENGTH] ? ':' : 0;
		before[length + 1] = 0;
		environment_copy(environment, envp, at, before, envp[at] + NAME_LENGTH);
	} else if (!wanted && at >= 0 && rest_behind_ours(envp[at] + NAME_LENGTH)) {
		environment_copy(environment, envp, at, NULL, rest_behind_ours(envp[at] + NAME_LENGTH));
	}
}

void environment_drop(struct environment *environment)
{
	if (environment->mapped)
		raw_call3(SYS_munmap, (long)environment->mapped, (long)environment->size, 0);
	environment->mapped = NULL;
}

const char *environment_search(const char *file, char *room, size_t size)
{
	const char *path, *end;

	if (!file || strchr(file, '/'))
		return file;
	if (probe.restricted)
		return NULL;
	path = getenv("PATH");
	if (!path)
		path = "/bin:/usr/bin";
	for (;; path = end + 1) {
		size_t length, name = strlen(file);

		end = strchrnul(path, ':');
		length = (size_t)(end - path);
		if (length + name + 2 <= size) {
			memcpy(room, path, length);
			room[length] = '/';
			memcpy(room + length + 1 - (length == 0), file, name + 1);
			if (raw_call4(SYS_faccessat, AT_FDCWD, (long)room, 1 /* X_OK */, 0) == 0)
				return room;
		}
		if (!*end)
			return NULL;
	}
}
