/* waits.h: where a Python thread waits. After a call that was long it is asked by us; while it is in the call the
 * collector reads its frames, which do not change meanwhile. Where the collector can not (ARENA_STACKS_EARLY), the
 * stack stands on the board before each call. */
#ifndef MPW_PROBE_PYTHON_WAITS_H
#define MPW_PROBE_PYTHON_WAITS_H

#include <stdbool.h>
#include <stdint.h>

struct probe_tls;

/* Set in Python programs. */
extern bool waits_watched __attribute__((visibility("hidden")));
void waits_start(void);
/* Tells where this thread's frames hang, for who reads them while it runs. With the GIL. */
void waits_begin(struct probe_tls *t);
/* Stack id, in a call or right after it, or 0: it is none to wait in, or the thread's frames can not be read now. */
uint32_t waits_stack(struct probe_tls *t, uint32_t call, int fd);
/* Was the call that has just returned made by one of the functions that carry messages? */
bool waits_in_transport(struct probe_tls *t);

#endif
