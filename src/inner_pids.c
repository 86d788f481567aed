#include "inner_pids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proc_files.h"
#include "session_socket.h"
#include "wire/session.h"

#define MAPS_MAX (1 << 20)

static bool has_probe(int32_t pid)
{
	char *maps = mem_alloc(MAPS_MAX);
	bool found = proc_read(pid, "maps", maps, MAPS_MAX) > 0 && strstr(maps, SESSION_LIBRARY);

	free(maps);
	return found;
}

/* Last number of "NSpid:\t4121\t7"; 0 if there is only one: then it is no inner one. */
static int32_t innermost_pid(int32_t pid)
{
	char text[4096], *at, *end;
	long value, count = 0, last = 0;

	if (proc_read(pid, "status", text, sizeof(text)) <= 0 || !(at = strstr(text, "\nNSpid:")))
		return 0;
	at += 7;
	at[strcspn(at, "\n")] = 0;
	for (; (value = strtol(at, &end, 10)) > 0 && end != at; at = end) {
		last = value;
		count++;
	}
	return count > 1 ? (int32_t)last : 0;
}

static int32_t find_among_children(int32_t parent, int32_t inner)
{
	char name[48], text[16384], *at, *end;
	long pid;

	snprintf(name, sizeof(name), "task/%d/children", parent);
	if (proc_read(parent, name, text, sizeof(text)) <= 0)
		return 0;
	for (at = text; (pid = strtol(at, &end, 10)) > 0; at = end)
		if (innermost_pid((int32_t)pid) == inner)
			return (int32_t)pid;
	return 0;
}

int32_t host_pid_of(const struct collect *collect, int32_t claimed, int32_t inner, bool parent_is_inner)
{
	struct watched *process, *next;
	struct proc_stat stat;
	int32_t found = 0;

	/* One that has ended already can not be looked at; mostly the claim is true. */
	if (!parent_is_inner && (watched_by_pid(collect, claimed) || proc_stat_read(claimed, &stat) < 0 ||
					is_descendant(collect, claimed) || has_probe(claimed)))
		return claimed;
	HASH_ITER(hh, collect->watched->all, process, next)
	{
		if (!process->gone && !found)
			found = find_among_children(process->pid, inner);
	}
	return found;
}
