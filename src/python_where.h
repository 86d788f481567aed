/* python_where.h: where a Python thread is right now, read from outside: what it runs, or the call it waits in. A
 * thread in a call that lasts keeps its frames as they are. */
#ifndef MPW_PYTHON_WHERE_H
#define MPW_PYTHON_WHERE_H

#include <stdbool.h>
#include <stdint.h>

#include "chunk_state.h"
#include "collect.h"

/* May this process read the memory of its children? Where not, threads have to say before each call where they are
 * (ARENA_STACKS_EARLY). Source: ptrace(2), PTRACE_MODE_ATTACH and /proc/sys/kernel/yama/ptrace_scope. */
bool python_where_allowed(void);

/* Number of the stack of the chunk's thread, 0: not known. The caller makes sure that the thread was in the same state
 * before and after. When the kernel refuses, threads of the session say it themselves from then on, and *denied, unless
 * NULL, is set. */
uint32_t python_where(struct collect *collect, const struct chunk_state *chunk, uint64_t ts_ns, bool *denied);

#endif
