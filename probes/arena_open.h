/* arena_open.h: getting at the session's memory. The descriptor lives only until the caller has mapped what it needs.
 */
#ifndef MPW_PROBE_ARENA_OPEN_H
#define MPW_PROBE_ARENA_OPEN_H

#include <stdint.h>

/* A descriptor of the arena of `session` (close it with raw_close), or -1: by /proc/<supervisor>/fd/<n>; where that is
 * refused (other uid, other pid namespace), by the supervisor's abstract socket. Checks nothing of the contents. */
int arena_open(uint64_t session);

/* Adds window `index`, mapped at `base`, to probe.windows, which has room for it. */
void window_add(char *base, uint32_t index);

/* Maps window `index` of the arena and adds it to probe.windows: 0 or -1. */
int window_map(int fd, uint32_t index);

/* Before a fork: maps another window when those mapped are nearly used up, so that the child need not. */
void window_prepare(void);

#endif
