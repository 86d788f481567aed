/* doorbell.h: the probes' futex as a descriptor that poll understands. A thread of ours waits on the futex and writes
 * into an eventfd. */
#ifndef MPW_DOORBELL_H
#define MPW_DOORBELL_H

#include <pthread.h>

#include "wire/arena.h"

struct doorbell {
	struct arena_control *control;
	pthread_t thread;
	int fd;   /* readable: somebody rang */
	int stop; /* atomic */
	int started;
};

/* 0 or negative errno; without it rings are read at intervals only. */
int doorbell_start(struct doorbell *bell, struct arena_control *control);
/* Empties the descriptor and arms it again. */
void doorbell_answer(struct doorbell *bell);
void doorbell_stop(struct doorbell *bell);

#endif
