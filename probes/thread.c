/* thread.c: the slow side of getting a thread's state: first call of a thread, calls from handlers, forked children
 * at theirs. */
#include "attach.h"
#include "lifecycle.h"
#include "probe.h"

/* glibc 2.35 and later register every thread and say where (rseq_abi: cpu_id at 4, rseq_cs at 8). */
void thread_find_rseq(struct probe_tls *t)
{
	char *area = (char *)__builtin_thread_pointer() + probe.rseq_offset;

	t->switched = NULL;
	thread_forget_calm(t);
	if (probe.rseq_offset && *(volatile int32_t *)(area + 4) >= 0)
		t->switched = (uint64_t *)(void *)(area + 8);
}

/* glibc keeps the id of a thread behind the list of its stacks, since ever: it is only believed if the first thread's
 * is there. */
#define TCB_TID 720

static int32_t tid_of_tcb(void)
{
	return *(volatile int32_t *)((char *)__builtin_thread_pointer() + TCB_TID);
}

void thread_find_id(void)
{
	probe.tid_in_tcb = tid_of_tcb() == (int32_t)raw_gettid();
}

int32_t thread_id(bool same)
{
	if (!probe.restricted)
		return (int32_t)raw_gettid();
	return same && probe.tid_in_tcb ? tid_of_tcb() : 0;
}

/* A child that fork() has not told us of, by an atfork handler of the program or because it was called past us: libc
 * has noted its new id. Others (clone without libc) keep their parent's. */
static bool libc_forked(void)
{
	return probe.tid_in_tcb && !probe.restricted && tid_of_tcb() == (int32_t)raw_gettid();
}

static struct probe_tls *thread_begin(struct probe_tls *t)
{
	struct proc_chunk *self = probe.own->self;
	struct thread_block *th;
	struct rec_thread record = {.begin = 1};
	uint32_t number;

	th = self ? chunk_claim(self->main.head.owner, self->main.head.serial, &number) : NULL;
	if (!th) {
		t->phase = THREAD_LOST;
		if (self)
			__atomic_fetch_add(&self->proc.threads_lost, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	th->tid = thread_id(true);
	th->ring_offset = THREAD_RING_OFFSET;
	th->ring_units = THREAD_RING_UNITS;
	chunk_publish(th, CHUNK_THREAD);
	t->th = th;
	t->pc = self;
	t->serial = self->main.head.serial;
	t->start_flags = self->proc.flags;
	t->same_pids = self->proc.host_pid == self->proc.pid;
	t->phase = THREAD_ON;
	thread_find_rseq(t);
	lifecycle_thread_begins();
	record.tid = th->tid;
	emit(t, EV_THREAD, 0, probe_now(), &record, sizeof(record));
	return t;
}

struct probe_tls *probe_thread_slow(struct probe_tls *t)
{
	uint32_t alive = probe.own->alive;
	int saved;

	if (!probe.control)
		return NULL;
	/* In a forked child th is the parent's still. */
	if (t->busy || (alive && t->th && t->th->own.busy)) {
		if (alive && t->th && !t->unwinding) /* the unwinder's own calls are no loss */
			count_add(&t->th->count.lost_signal, 1);
		return NULL;
	}
	if (likely(alive == ALIVE_YES && t->phase != THREAD_NEW))
		return NULL;
	if (alive == ALIVE_QUIET)
		return NULL;
	saved = errno;
	if (alive == 0) {
		process_forked(t->forked || libc_forked() ? START_FORK : START_CLONE);
		t = t->th ? t : NULL;
	} else if (t->vfork_depth && probe.restricted) {
		t = NULL; /* what libc keeps is the parent's */
	} else if (t->vfork_depth) {
		process_begin(t, START_VFORK, t->serial, 0);
		t = t->th ? t : NULL;
	} else {
		t->busy = 1;
		t = thread_begin(t);
		if (t)
			t->busy = 0;
		else
			probe_tls.busy = 0;
	}
	errno_restore(saved);
	return t;
}
