/* cpus.c: see cpus.h. Version 2 of control groups has "cpu.max", version 1 two files of the controller "cpu". */
#include "cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_CPUS (1u << 16)

static uint32_t count_usable(void)
{
	uint32_t count = 0;

	/* EINVAL: the kernel has room for more CPUs than the set */
	for (uint32_t room = 1024; room <= MOST_CPUS && count == 0; room *= 2) {
		cpu_set_t *set = CPU_ALLOC(room);

		if (!set)
			return 0;
		if (sched_getaffinity(0, CPU_ALLOC_SIZE(room), set) == 0)
			count = (uint32_t)CPU_COUNT_S(CPU_ALLOC_SIZE(room), set);
		else if (errno != EINVAL)
			room = MOST_CPUS;
		CPU_FREE(set);
	}
	return count;
}

/* Numbers of one line; how many. "max" is none. */
static int numbers_read(const char *folder, const char *group, const char *file, long long *first, long long *second)
{
	char path[4096];
	FILE *stream;
	int count;

	snprintf(path, sizeof(path), "%s%s/%s", folder, group, file);
	stream = fopen(path, "re");
	if (!stream)
		return 0;
	count = fscanf(stream, "%lld %lld", first, second);
	fclose(stream);
	return count < 0 ? 0 : count;
}

static uint32_t quota_of(const char *folder, const char *group, bool old)
{
	long long quota = 0, period = 0, unused;

	if (old) {
		if (numbers_read(folder, group, "cpu.cfs_quota_us", &quota, &unused) < 1 ||
			numbers_read(folder, group, "cpu.cfs_period_us", &period, &unused) < 1)
			return 0;
	} else if (numbers_read(folder, group, "cpu.max", &quota, &period) != 2) {
		return 0;
	}
	if (quota <= 0 || period <= 0 || quota / period >= MOST_CPUS)
		return 0;
	quota = quota * 1000 / period;
	return quota ? (uint32_t)quota : 1;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* A container may not see the groups above its own, nor the names that its own has outside. */
static uint32_t quota_on_the_way(const char *folder, char *group, bool old)
{
	uint32_t least = 0;
	char *slash;

	while ((slash = strrchr(group, '/'))) {
		least = smaller(least, quota_of(folder, slash[1] ? group : "", old));
		*slash = 0;
	}
	return smaller(least, quota_of(folder, "", old));
}

static bool has_cpu(const char *controllers)
{
	for (const char *at = controllers; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : "")
		if (strncmp(at, "cpu", 3) == 0 && (at[3] == ',' || !at[3]))
			return true;
	return false;
}

uint32_t cpus_quota(const char *groups, const char *folder)
{
	char *copy = strdup(groups), *rest = copy, *line, path[4096];
	uint32_t least = 0;

	while (copy && (line = strsep(&rest, "\n"))) { /* "2:cpu,cpuacct:/group", or "0::/group" */
		char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
		bool old;

		if (!group || group[1] != '/')
			continue;
		*group++ = 0;
		old = controllers[1] != 0;
		if (old && !has_cpu(controllers + 1))
			continue;
		snprintf(path, sizeof(path), "%s%s", folder, old ? "/cpu" : "");
		least = smaller(least, quota_on_the_way(path, group, old));
	}
	free(copy);
	return least;
}

void cpus_find(struct cpus *out)
{
	FILE *stream = fopen("/proc/self/cgroup", "re");
	char groups[8192];
	size_t used = stream ? fread(groups, 1, sizeof(groups) - 1, stream) : 0;

	groups[used] = 0;
	if (stream)
		fclose(stream);
	out->online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	out->usable = count_usable();
	if (!out->usable)
		out->usable = out->online;
	out->quota = cpus_quota(groups, "/sys/fs/cgroup");
}
