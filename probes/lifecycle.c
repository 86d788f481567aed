/* lifecycle.c: thread ends, exit. One exit handler and, in a program with threads, one pthread key are all that it
 * could notice. */
#include "lifecycle.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "attach.h"
#include "probe.h"

/* Made when the first further thread begins: most images of a tree never have one. 0: not made; else the key + 1. */
static uint32_t end_key;

/* Runs for each ending thread. Destructors of the program's own keys may still make calls, so ours puts itself off to
 * the last of the rounds that POSIX grants (PTHREAD_DESTRUCTOR_ITERATIONS, 4 in glibc). */
static void thread_ends(void *value)
{
	struct probe_tls *t = &probe_tls;
	struct rec_thread record = {.begin = 0};

	if (t->key_rounds++ < 2) {
		pthread_setspecific(end_key - 1, value);
		return;
	}
	t = probe_thread();
	if (!t)
		return;
	record.tid = t->th->tid;
	t->th->cpu_ns = probe_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
	emit(t, EV_THREAD, 0, probe_now(), &record, sizeof(record));
	__atomic_store_n(&t->th->ended, 1, __ATOMIC_RELEASE);
	t->th = NULL;
	t->phase = THREAD_GONE;
}

void lifecycle_thread_begins(void)
{
	uint32_t key = __atomic_load_n(&end_key, __ATOMIC_ACQUIRE);
	pthread_key_t made;

	if (!key && pthread_key_create(&made, thread_ends) == 0) {
		if (__atomic_compare_exchange_n(&end_key, &key, made + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			key = made + 1;
		else
			pthread_key_delete(made); /* another thread was faster */
	}
	if (key)
		pthread_setspecific(key - 1, &probe_tls);
}

static void exit_handler(int status, void *unused)
{
	struct probe_tls *t = child_is_mute(&probe_tls) ? NULL : probe_thread();

	(void)unused;
	if (t)
		process_exits(t, 0, status);
}

void lifecycle_start(void)
{
	on_exit(exit_handler, NULL);
}
