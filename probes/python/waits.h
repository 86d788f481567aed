/* waits.h: where a Python thread is when it begins a call that may last: its stack stands on the board before, as
 * nobody can ask it later. */
#ifndef MPW_PROBE_PYTHON_WAITS_H
#define MPW_PROBE_PYTHON_WAITS_H

#include <stdbool.h>
#include <stdint.h>

struct probe_tls;

/* Set in Python programs. */
extern bool waits_watched __attribute__((visibility("hidden")));
void waits_start(void);
/* Stack id, or 0: the call is none to wait in, or the thread's frames can not be read now. */
uint32_t waits_stack(struct probe_tls *t, uint32_t call, int fd);

#endif
