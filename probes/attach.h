/* attach.h: joining a session, and what a process's life begins and ends with. */
#ifndef MPW_PROBE_ATTACH_H
#define MPW_PROBE_ATTACH_H

#include <stdint.h>

#include "probe.h"

/* Gives the calling process a chunk of its own and writes its START: for a new image, a forked or a vfork child (whose
 * thread state is then t's). Returns the chunk or NULL. */
struct proc_chunk *process_begin(struct probe_tls *t, enum start_how how, uint64_t parent_serial, uint32_t flags);

/* The forked child's side: a new chunk, on its wiped page. */
void process_forked(enum start_how how);

/* Sets t->switched: the word by which the kernel tells this thread that it was switched out. */
void thread_find_rseq(struct probe_tls *t);

#endif
