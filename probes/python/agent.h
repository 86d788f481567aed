/* agent.h: starts the helper in a CPython process, without PYTHONPATH and without a trace that the program could find.
 */
#ifndef MPW_PROBE_PYTHON_AGENT_H
#define MPW_PROBE_PYTHON_AGENT_H

#include "probe.h"

/* From the constructor, before the interpreter starts. */
void agent_start(struct probe_tls *t);

/* 3.6 and 3.7 have no audit events: set while the interpreter is to be asked, at the next call that opens a file. */
extern bool agent_waits __attribute__((visibility("hidden")));
void agent_ask(void);

/* The process ends by itself. */
void agent_process_ends(struct probe_tls *t, int status);

#endif
