/* cpus.h: how many CPUs a program may use: those of its affinity, and the share of them that control groups grant. */
#ifndef MPW_CPUS_H
#define MPW_CPUS_H

#include <stdint.h>

struct cpus {
	uint32_t usable, online; /* by affinity; of the machine */
	uint32_t quota;          /* thousandths of a CPU, 0: no limit */
};

/* Of the calling thread, which is what a program that it starts gets. */
void cpus_find(struct cpus *out);

/* The smallest quota of the groups on the way from the one in `groups`, the text of /proc/PID/cgroup, to the root;
 * `folder` is where they are mounted. */
uint32_t cpus_quota(const char *groups, const char *folder);

#endif
