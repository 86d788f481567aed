/* lifecycle.c: fork handlers, thread ends, exit. One pthread key and one exit handler are all that the program could
 * notice. */
#include "lifecycle.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "arena_open.h"
#include "attach.h"
#include "probe.h"
#include "stack.h"

static pthread_key_t end_key;
static bool end_key_made;

/* Runs for each ending thread. Destructors of the program's own keys may still make calls, so ours puts itself off to
 * the last of the rounds that POSIX grants (PTHREAD_DESTRUCTOR_ITERATIONS, 4 in glibc). */
static void thread_ends(void *value)
{
	struct probe_tls *t = &probe_tls;
	struct rec_thread record = {.begin = 0};

	if (t->key_rounds++ < 2) {
		pthread_setspecific(end_key, value);
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
	if (end_key_made)
		pthread_setspecific(end_key, &probe_tls);
}

static void exit_handler(int status, void *unused)
{
	struct probe_tls *t = child_is_mute(&probe_tls) ? NULL : probe_thread();

	(void)unused;
	if (t)
		process_exits(t, 0, status);
}

static void fork_prepare(void)
{
	window_prepare();
	stack_fork_prepare();
}

static void fork_parent(void)
{
	stack_fork_done();
}

static void fork_child(void)
{
	struct probe_tls *t = &probe_tls;

	if (!probe.control)
		return;
	t->th = NULL; /* the parent's */
	t->pc = NULL;
	t->phase = THREAD_NEW;
	t->unwinding = 0;
	t->vfork_depth = 0;
	t->forked = 1;
}

void lifecycle_start(void)
{
	end_key_made = pthread_key_create(&end_key, thread_ends) == 0;
	pthread_atfork(fork_prepare, fork_parent, fork_child);
	on_exit(exit_handler, NULL);
}
