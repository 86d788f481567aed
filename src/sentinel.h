/* sentinel.h: tells a signal that was sent to our whole process group from one that was sent to us alone: a process of
 * ours that lives in the group, takes every signal and counts it. The program is in the same group: what reached the
 * sentinel reached the program, too, and must not be passed on to it a second time. */
#ifndef MPW_SENTINEL_H
#define MPW_SENTINEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SENTINEL_SIGNALS 32

struct sentinel {
	pid_t pid;        /* 0: there is none */
	uint32_t *counts; /* by signal; shared with it */
	uint32_t seen[SENTINEL_SIGNALS];
};

/* 0 or negative errno; without one every signal counts as sent to us alone. */
int sentinel_start(struct sentinel *sentinel);
/* True if the signal that we have just got reached the sentinel, too. Waits some milliseconds for it. */
bool sentinel_got(struct sentinel *sentinel, int number);
void sentinel_stop(struct sentinel *sentinel);

#endif
