/* waits.h: where a Python thread is when it begins a call that may last: its stack stands on the board before, as
 * nobody can ask it later. */
#ifndef MPW_PROBE_PYTHON_WAITS_H
#define MPW_PROBE_PYTHON_WAITS_H

#include <stdbool.h>
#include <stdint.h>

struct probe_tls;

/* Stacks whose innermost function is one of those that carry messages, each at its id % WAITS_TRANSPORTS. */
#define WAITS_TRANSPORTS 64
extern uint32_t waits_transports[WAITS_TRANSPORTS] __attribute__((visibility("hidden")));
/* Set in Python programs. */
extern bool waits_watched __attribute__((visibility("hidden")));
void waits_start(void);
/* Tells where this thread's frames hang, for who reads them while it runs. With the GIL. */
void waits_begin(struct probe_tls *t);
/* Stack id, or 0: the call is none to wait in, or the thread's frames can not be read now. */
uint32_t waits_stack(struct probe_tls *t, uint32_t call, int fd);

#endif
