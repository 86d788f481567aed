/* CPUs that a program may use: affinity, and quotas of control groups of both versions. */
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cpus.h"

static void put(const char *folder, const char *path, const char *text)
{
	char name[256];
	FILE *file;

	snprintf(name, sizeof(name), "%s%s", folder, path);
	for (char *slash = strchr(name + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(name, 0700);
		*slash = '/';
	}
	file = fopen(name, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

Test(cpus, quota)
{
	char folder[] = "/tmp/mpwatch-unit-XXXXXX", command[64];

	cr_assert_not_null(mkdtemp(folder));
	put(folder, "/a/cpu.max", "max 100000\n");
	put(folder, "/a/b/cpu.max", "150000 100000\n");
	put(folder, "/a/b/c/cpu.max", "800000 100000\n");
	put(folder, "/a/empty/cpu.max", "");
	cr_assert_eq(cpus_quota("0::/a\n", folder), 0);
	cr_assert_eq(cpus_quota("0::/a/b\n", folder), 1500);
	cr_assert_eq(cpus_quota("0::/a/b/c\n", folder), 1500, "a group has no more than those above it");
	cr_assert_eq(cpus_quota("0::/a/empty\n", folder), 0);
	cr_assert_eq(cpus_quota("0::/nobody/knows\n", folder), 0);
	cr_assert_eq(cpus_quota("", folder), 0);
	cr_assert_eq(cpus_quota("rubbish\n::\n1:cpu\n", folder), 0);
	put(folder, "/cpu/x/cpu.cfs_quota_us", "-1\n");
	put(folder, "/cpu/x/cpu.cfs_period_us", "100000\n");
	cr_assert_eq(cpus_quota("3:cpuset:/a\n2:cpu,cpuacct:/x\n", folder), 0);
	put(folder, "/cpu/x/cpu.cfs_quota_us", "50000\n");
	cr_assert_eq(cpus_quota("3:cpuset:/a\n2:cpu,cpuacct:/x\n0::/a\n", folder), 500);
	put(folder, "/cpu.max", "25000 100000\n");
	cr_assert_eq(cpus_quota("0::/not/seen/from/here\n", folder), 250, "a container sees its own group as the root");
	snprintf(command, sizeof(command), "rm -r %s", folder);
	cr_assert_eq(system(command), 0);
}

Test(cpus, affinity)
{
	struct cpus cpus;
	cpu_set_t all, one;

	cr_assert_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	cpus_find(&cpus);
	cr_assert_eq(cpus.usable, (uint32_t)CPU_COUNT(&all));
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &one);
	cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	cpus_find(&cpus);
	cr_assert_eq(cpus.usable, 1);
	cr_assert_geq(cpus.online, (uint32_t)CPU_COUNT(&all));
}
