/* switch_mark.h: does this kernel tell a thread through its rseq area that it was switched out? */
#ifndef MPW_SWITCH_MARK_H
#define MPW_SWITCH_MARK_H

#include <stdbool.h>

/* Tries it on the calling thread (a sleep of 0.1 ms): glibc 2.35 registers the area, the kernel clears rseq_cs when the
 * thread leaves the CPU outside the section it names (rseq(2); kernel/rseq.c). Probes rely on it only where this held:
 * ARENA_RSEQ. */
bool switch_mark_works(void);

#endif
