#include "first_sight.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "proc_files.h"
#include "wire/elfcheck.h"
#include "wire/session.h"

#define MAPS_MAX (1 << 20)

static bool environment_disables(int32_t pid)
{
	char *text = mem_alloc(MAPS_MAX);
	ssize_t length = proc_read(pid, "environ", text, MAPS_MAX);
	bool disables = false;

	for (const char *at = text; length > 0 && at < text + length; at += strlen(at) + 1)
		if (strncmp(at, "MPWATCH_DISABLE=", 16) == 0 && at[16] && strcmp(at + 16, "0") != 0)
			disables = true;
	free(text);
	return disables;
}

/* The kernel drops LD_PRELOAD where a program gets more rights than its caller has. */
static bool is_privileged(int32_t pid)
{
	char path[48];
	struct stat info;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return stat(path, &info) == 0 && (info.st_mode & (S_ISUID | S_ISGID));
}

static bool has_own_mounts(int32_t pid)
{
	char theirs[64], ours[64];

	return proc_link(pid, "ns/mnt", theirs, sizeof(theirs)) > 0 &&
	       proc_link((int32_t)getpid(), "ns/mnt", ours, sizeof(ours)) > 0 && strcmp(theirs, ours) != 0;
}

static uint32_t reason_of(int32_t pid, const char *maps)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	switch (elfcheck_path(path)) {
	case ELFCHECK_STATIC:
		return UNWATCHED_STATIC;
	case ELFCHECK_STRIP:
		return UNWATCHED_LIBC;
	default:
		break;
	}
	if (is_privileged(pid))
		return UNWATCHED_SETUID;
	if (strstr(maps, "/libasan.so") || strstr(maps, "/libtsan.so") || strstr(maps, "/libclang_rt."))
		return UNWATCHED_ASAN;
	if (environment_disables(pid))
		return UNWATCHED_DISABLED;
	/* An exec leaves the library out where the new image could not see its file. */
	if (has_own_mounts(pid) && (strstr(maps, "/libc.so.6") || strstr(maps, "/libc-2.")))
		return UNWATCHED_HIDDEN;
	return UNWATCHED_UNKNOWN;
}

enum sight first_sight(const struct watched *process, uint32_t *reason)
{
	char *maps = mem_alloc(MAPS_MAX);
	ssize_t length = proc_read(process->pid, "maps", maps, MAPS_MAX);
	enum sight result = SIGHT_UNWATCHED;

	if (length <= 0) {
		result = SIGHT_NOTHING;
	} else if (strstr(maps, SESSION_LIBRARY)) {
		result = SIGHT_WATCHED;
		*reason = UNWATCHED_NO_ROOM; /* if it does not speak all the same */
		if (strstr(maps, "/libasan.so") || strstr(maps, "/libtsan.so") || strstr(maps, "/libclang_rt."))
			*reason = UNWATCHED_ASAN;
		else if (environment_disables(process->pid))
			*reason = UNWATCHED_DISABLED;
		if (*reason != UNWATCHED_NO_ROOM)
			result = SIGHT_UNWATCHED; /* it never will */
	} else {
		*reason = reason_of(process->pid, maps);
		/* The loader is mapped by the kernel, libc by the loader. */
		if (*reason == UNWATCHED_UNKNOWN && !strstr(maps, "/libc.so.6") && !strstr(maps, "/libc-2."))
			result = SIGHT_TOO_EARLY;
	}
	free(maps);
	return result;
}
