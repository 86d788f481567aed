/* frames.h: Python stacks of the calling thread, read from CPython's own frame structs without the GIL: a thread's stack can not
 * change while it is inside our C call, and what its frames refer to is alive. */
#ifndef MPW_PROBE_PYTHON_FRAMES_H
#define MPW_PROBE_PYTHON_FRAMES_H

#include "probe.h"

/* Finds the interpreter's symbols and picks the layout for its version; an unknown version stays without Python stacks. */
void python_start(void);

bool python_is_ready(void);

/* Id of the calling thread's Python stack on top of the native stack `native`; `native` itself when the thread runs no Python code.
 * t->busy is set by the caller. */
uint32_t python_stack(struct probe_tls *t, uint32_t native);

#endif
