/* lifecycle.h: what libc calls us for: the end of a thread, the end of the process. */
#ifndef MPW_PROBE_LIFECYCLE_H
#define MPW_PROBE_LIFECYCLE_H

void lifecycle_start(void);

/* Arms the end of the calling thread. */
void lifecycle_thread_begins(void);

#endif
