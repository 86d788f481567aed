#include "doorbell.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The word is shared with other processes: no FUTEX_PRIVATE. A producer bumps it, then looks at `sleeping`; we set
 * `sleeping`, then look at the word (in the kernel): one of the two sees the other. */
static void *doorbell_run(void *data)
{
	struct doorbell *bell = data;
	struct arena_control *control = bell->control;
	uint32_t seen = __atomic_load_n(&control->doorbell, __ATOMIC_SEQ_CST);
	const uint64_t one = 1;

	while (!__atomic_load_n(&bell->stop, __ATOMIC_ACQUIRE)) {
		uint32_t now;

		__atomic_store_n(&control->sleeping, 1, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &control->doorbell, FUTEX_WAIT, seen, NULL, NULL, 0);
		__atomic_store_n(&control->sleeping, 0, __ATOMIC_SEQ_CST);
		now = __atomic_load_n(&control->doorbell, __ATOMIC_SEQ_CST);
		if (now == seen)
			continue;
		seen = now;
		if (write(bell->fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
			break;
	}
	return NULL;
}

int doorbell_start(struct doorbell *bell, struct arena_control *control)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int rc;

	memset(bell, 0, sizeof(*bell));
	bell->control = control;
	bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell->fd < 0)
		return -errno;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	sigfillset(&all); /* signals are for the main thread */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&bell->thread, &attributes, doorbell_run, bell);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	bell->started = rc == 0;
	if (rc != 0) {
		close(bell->fd);
		bell->fd = -1;
	}
	return -rc;
}

void doorbell_answer(struct doorbell *bell)
{
	uint64_t count;

	if (bell->fd >= 0 && read(bell->fd, &count, sizeof(count)) < 0)
		return; /* rung by nobody */
}

void doorbell_stop(struct doorbell *bell)
{
	if (bell->started) {
		__atomic_store_n(&bell->stop, 1, __ATOMIC_RELEASE);
		__atomic_fetch_add(&bell->control->doorbell, 1, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &bell->control->doorbell, FUTEX_WAKE, 1, NULL, NULL, 0);
		pthread_join(bell->thread, NULL);
	}
	if (bell->fd >= 0)
		close(bell->fd);
	bell->fd = -1;
	bell->started = 0;
}
