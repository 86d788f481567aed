/* birth.c: fork and what forks inside libc, vfork's C half, clone: the probe follows the program into every child. */
#include "birth.h"

#include <stdarg.h>

#include "arena_open.h"
#include "attach.h"
#include "handlers.h"
#include "real.h"
#include "stack.h"

uint32_t birth_stack(struct probe_tls *t, const void *site)
{
	t->th->own.site = site;
	return stack_capture(t, STACK_BIRTH);
}

void birth_tell(
	struct probe_tls *t, uint32_t call, uint32_t how, pid_t child, uint32_t stack, uint64_t ticks, int error)
{
	struct rec_fork record = {.child = child, .call = call, .err = child < 0 ? error : 0, .how = how};

	if (child < 0)
		stack = stack_capture(t, STACK_FAILURE);
	emit(t, EV_FORK, stack, ticks, &record, sizeof(record));
}

/* What stands around every fork of libc's that we see. No atfork handlers of ours: registering them costs each image of
 * the tree some page faults, and most images never fork. A child that was forked behind our back finds its page wiped
 * when it makes its first watched call. */
static void fork_begin(void)
{
	if (!probe.control)
		return;
	window_prepare();
	stack_fork_prepare();
	/* Found now, so that the child need not look, in pages that it would have to pay for. */
	real_find(CALL__exit);
	real_find(CALL_execve);
	real_find(CALL_execvpe);
}

static void fork_in_parent(void)
{
	if (probe.control)
		stack_fork_done();
}

/* parents: t->th before. It has changed if an atfork handler of the program made the child speak already. */
static void fork_in_child(const struct thread_block *parents)
{
	struct probe_tls *t = &probe_tls;

	if (!probe.control || t->th != parents)
		return;
	t->th = NULL;
	t->pc = NULL;
	t->phase = THREAD_NEW;
	t->unwinding = 0;
	t->vfork_depth = 0;
	t->forked = 1;
}

EXPORT pid_t fork(void)
{
	struct probe_tls *t = probe_thread();
	const struct thread_block *before = probe_tls.th;
	uint32_t stack = t ? birth_stack(t, SITE) : 0;
	uint64_t ticks = probe_now();
	pid_t child;

	fork_begin();
	child = REAL(fork)();
	if (child == 0) {
		fork_in_child(before);
		return 0;
	}
	fork_in_parent();
	if (t && t->th)
		birth_tell(t, CALL_fork, START_FORK, child, stack, ticks, errno);
	return child;
}

EXPORT pid_t _Fork(void)
{
	struct probe_tls *t = probe_thread();
	uint32_t stack = t ? birth_stack(t, SITE) : 0;
	uint64_t ticks = probe_now();
	pid_t child = REAL(_Fork)();

	if (child == 0 && probe.control && probe.own->alive == 0)
		process_forked(START_CLONE);
	else if (child != 0 && t && t->th)
		birth_tell(t, CALL__Fork, START_CLONE, child, stack, ticks, errno);
	return child;
}

/* The parent ends inside, unless no child was made; so it is mostly the child that returns, also when a later step
 * fails. */
EXPORT int daemon(int keep_directory, int keep_output)
{
	const struct thread_block *before = probe_tls.th;
	int result;

	fork_begin();
	result = REAL(daemon)(keep_directory, keep_output);
	if (probe.own->alive)
		fork_in_parent();
	else
		fork_in_child(before);
	return result;
}

EXPORT int forkpty(int *master, char *name, const struct termios *settings, const struct winsize *size)
{
	struct probe_tls *t = probe_thread();
	const struct thread_block *before = probe_tls.th;
	uint32_t stack = t ? birth_stack(t, SITE) : 0;
	uint64_t ticks = probe_now();
	int child, error;

	fork_begin();
	child = REAL(forkpty)(master, name, settings, size);
	if (child == 0) {
		fork_in_child(before);
		return 0;
	}
	fork_in_parent();
	error = errno;
	if (t && t->th) {
		birth_tell(t, CALL_forkpty, START_FORK, child, stack, ticks, error);
		after_fd(t, CALL_forkpty, child < 0 ? -1 : *master, FD_TTY, 0, error);
	}
	errno_restore(error);
	return child;
}

/* --- vfork: the child runs in our memory, on our thread state, while this thread is stopped (vfork.S) */
static void provisional_begin(struct probe_tls *t)
{
	if (t->vfork_depth++ > 0 || !probe.control || probe.own->alive != ALIVE_YES)
		return;
	t->parent_th = t->th;
	t->parent_pc = t->pc;
	t->parent_phase = t->phase;
	t->parent_serial = t->serial;
	t->th = NULL;
	t->pc = NULL;
	t->phase = THREAD_NEW; /* claims a chunk of its own if it makes a watched call before its exec */
}

static void provisional_end(struct probe_tls *t)
{
	if (t->vfork_env) {
		raw_call3(SYS_munmap, (long)t->vfork_env, (long)t->vfork_env_size, 0);
		t->vfork_env = NULL;
	}
	if (t->vfork_depth == 0 || --t->vfork_depth > 0 || !probe.control || probe.own->alive != ALIVE_YES)
		return;
	t->th = t->parent_th;
	t->pc = t->parent_pc;
	t->phase = t->parent_phase;
	t->serial = t->parent_serial;
	t->busy = 0;
	thread_forget_calm(t);
}

void vfork_before(const void *site);
void vfork_child(void);
long vfork_parent(long result);

void vfork_before(const void *site)
{
	struct probe_tls *t = probe_thread();

	if (!t || t->vfork_depth)
		return;
	t->vfork_stack = birth_stack(t, site);
	t->vfork_ticks = probe_now();
}

void vfork_child(void)
{
	int saved = errno;

	provisional_begin(&probe_tls);
	errno_restore(saved);
}

/* In the parent, after the child's exec or end. The result is the kernel's; the caller wants libc's. */
long vfork_parent(long result)
{
	struct probe_tls *t = &probe_tls;

	if (result < 0)
		errno = (int)-result;
	else
		provisional_end(t);
	if (probe_thread())
		birth_tell(t, CALL_vfork, START_VFORK, result < 0 ? -1 : (pid_t)result, t->vfork_stack, t->vfork_ticks,
			errno);
	return result < 0 ? -1 : result;
}

/* --- clone */
struct trampoline {
	int (*fn)(void *);
	void *arg;
};

static int trampoline_run(void *data)
{
	struct trampoline *trampoline = data;

	vfork_child();
	return trampoline->fn(trampoline->arg);
}

#ifndef CLONE_SETTLS
#define CLONE_SETTLS 0x00080000
#endif

EXPORT int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	struct probe_tls *t = probe_thread();
	struct trampoline trampoline = {fn, arg};
	bool shares = (flags & CLONE_VM) && !(flags & CLONE_SETTLS), stops = shares && (flags & CLONE_VFORK);
	uint32_t born_at = t && !(flags & CLONE_THREAD) ? birth_stack(t, SITE) : 0;
	uint64_t ticks = probe_now();
	void *parent_tid, *tls, *child_tid;
	va_list list;
	int child;

	va_start(list, arg);
	parent_tid = va_arg(list, void *);
	tls = va_arg(list, void *);
	child_tid = va_arg(list, void *);
	va_end(list);
	if (!t || !fn || !stack)
		return REAL(clone)(fn, stack, flags, arg, parent_tid, tls, child_tid);
	if (stops) {
		child = REAL(clone)(trampoline_run, stack, flags, &trampoline, parent_tid, tls, child_tid);
		if (child >= 0)
			provisional_end(t);
	} else {
		/* A child that runs at the same time on this thread's own state would write into the same ring. */
		if (shares)
			probe_silence(UNWATCHED_SILENT);
		child = REAL(clone)(fn, stack, flags, arg, parent_tid, tls, child_tid);
	}
	if (!(flags & CLONE_THREAD) && probe_thread())
		birth_tell(t, CALL_clone, stops ? START_VFORK : START_CLONE, child, born_at, ticks, errno);
	return child;
}
