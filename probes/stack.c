/* stack.c: native stacks. libunwind's unw_backtrace (70-330 ns warm) is dlopen'ed RTLD_LOCAL, so that its _Unwind_*
 * names do not enter the program's scope. libunwind 1.6 keeps a pipe in the process to test whether an address is
 * readable: its pipe2, read and syscall(SYS_write) come through our own wrappers, which answer them without a
 * descriptor while `unwinding` is set. */
#include "stack.h"

#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "python/frames.h"
#include "real.h"
#include "wire/stack_id.h"

#define STACK_MAX_FRAMES 24
#define STACK_PYTHON_FRAMES 12 /* our own frames count, too */
#define STACK_LOAD_AFTER 3     /* creations before the unwinder is worth its 0.3 ms */

static int (*unwind)(void **, int);
static uint32_t load_state; /* 0 not tried, 1 being loaded, 2 done or impossible */
static uint32_t wanted;     /* creations so far without an unwinder */
static uint32_t seen[4096]; /* ids of stacks already sent by this image, by hash */

bool stack_program_is_python(void)
{
	return elf_find(NULL, "PyGILState_GetThisThreadState", NULL) != NULL;
}

void stack_fork_prepare(void)
{
	if (probe_tls.unwinding || !unwind)
		return;
	__atomic_store_n(&probe.own->forking, 1, __ATOMIC_SEQ_CST);
	for (int spins = 0; __atomic_load_n(&probe.own->unwinders, __ATOMIC_SEQ_CST) != 0 && spins < 100000; spins++)
		if (!probe.restricted)
			raw_call3(SYS_sched_yield, 0, 0, 0);
}

void stack_fork_done(void)
{
	if (unwind)
		__atomic_store_n(&probe.own->forking, 0, __ATOMIC_SEQ_CST);
}

void stack_fork_unprepared(void)
{
	if (*probe.single_threaded == 0 && load_state != 0) {
		load_state = 2;
		unwind = NULL;
	}
}

int stack_fake_pipe(int fds[2])
{
	fds[0] = STACK_FAKE_FD;
	fds[1] = STACK_FAKE_FD + 1;
	return 0;
}

long stack_fake_read(void)
{
	errno = EAGAIN;
	return -1;
}

/* EFAULT if what is at `address` can not be read, else success. */
long stack_fake_write(const void *address)
{
	if (!raw_is_readable(address)) {
		errno = EFAULT;
		return -1;
	}
	return 1;
}

/* Is this call made by a signal handler? The kernel's frame of a handler returns into libc's restorer, so its address
 * stands on the stack between here and the stack's base. A stale copy of it only makes us wait. Anything unclear counts
 * as yes. */
static bool inside_handler(void)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = {0};
	stack_t alternate = {0};
	const uintptr_t *at = __builtin_frame_address(0), *base;
	void **end = elf_find(NULL, "__libc_stack_end", NULL);

	if (raw_call3(SYS_sigaltstack, 0, (long)&alternate, 0) != 0 || (alternate.ss_flags & SS_ONSTACK) || !end)
		return true;
	base = raw_gettid() == raw_getpid() ? *end : (void *)__builtin_thread_pointer();
	if (base < at || (size_t)(base - at) > (1u << 18))
		return true;
	for (int number = 1; number < 32 && !action.restorer; number++)
		raw_call4(SYS_rt_sigaction, number, 0, (long)&action, 8);
	if (!action.restorer)
		return false;
	for (; at < base; at++)
		if (*at == (uintptr_t)action.restorer)
			return true;
	return false;
}

static void unwinder_load(struct probe_tls *t)
{
	uint32_t expected = 0;
	void *library;

	if (!__atomic_compare_exchange_n(&load_state, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	t->unwinding = 1;
	library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
	if (library) {
		int (*found)(void **, int) = (int (*)(void **, int))dlsym(library, "unw_backtrace");
		void *frames[4];

		if (found)
			found(frames, 4);
		__atomic_store_n(&unwind, found, __ATOMIC_RELEASE);
	}
	t->unwinding = 0;
	__atomic_store_n(&load_state, 2, __ATOMIC_RELEASE);
}

void stack_start(bool python)
{
	if (!(probe.control->flags & ARENA_STACKS))
		load_state = 2;
	else if (python)
		python_start();
}

static bool may_load(struct probe_tls *t, enum stack_want want)
{
	if (load_state != 0 || want == STACK_IF_LOADED || want == STACK_BIRTH || t->vfork_depth || probe.restricted)
		return false;
	if (want == STACK_CREATION && __atomic_add_fetch(&wanted, 1, __ATOMIC_RELAXED) < STACK_LOAD_AFTER)
		return false;
	return !inside_handler();
}

/* Frames of our own library are no news to anyone. */
static int skip_own(void **frames, int count)
{
	extern const char __ehdr_start __attribute__((visibility("hidden")));
	extern const char _end __attribute__((visibility("hidden")));
	int skip = 0;

	while (skip < count && (const char *)frames[skip] >= &__ehdr_start && (const char *)frames[skip] < &_end)
		skip++;
	return skip;
}

bool stack_send(struct probe_tls *t, unsigned type, unsigned flags, uint32_t id, uint32_t second,
	const uint64_t *frames, int count)
{
	static uint32_t told;
	uint64_t ticks = probe_now();

	/* What lies where is read from our maps in /proc: while we are there, and we may not live long. */
	if (!told) {
		told = 1;
		doorbell_ring();
	}
	for (int at = 0; at < count; at += 5) {
		int here = count - at < 5 ? count - at : 5;
		struct {
			uint32_t id, second;
			uint64_t frame[5];
		} record = {.id = id, .second = type == EV_FRAMES ? (uint32_t)at : second};

		_Static_assert(
			sizeof(record) == sizeof(struct rec_frames) && sizeof(record) == sizeof(struct rec_pyframes),
			"");
		memcpy(record.frame, frames + at, (size_t)here * sizeof(record.frame[0]));
		if (emit_record(t, type, flags | (unsigned)here | (at + here == count ? STACK_LAST : 0), 0, ticks,
			    &record, sizeof(record)) < 0)
			return false;
	}
	return true;
}

bool stack_is_known(uint32_t id)
{
	return seen[id % 4096] == id;
}

void stack_now_known(uint32_t id)
{
	seen[id % 4096] = id;
}

/* --- stacks seen before at the same depth
 * ------------------------------------------------------------------------------------------ libunwind writes to its
 * own memory at each call, which costs a program that forks in a loop a copied page or two per fork. Where the stack
 * pointer is one that was unwound before, it is enough to read the return addresses that were found then, where they
 * were found: if all of them still stand there, the stack is the same. Nothing is written. */
#define DEPTHS 128
static struct depth {
	uint32_t version; /* odd while it is being written */
	uint32_t id, count;
	uintptr_t sp;
	struct {
		uint32_t at;  /* words above sp */
		uint32_t low; /* low half of the return address; the high half is the same for all code that is this
				 near */
	} slots[STACK_MAX_FRAMES];
} depths[DEPTHS];

/* End of the calling thread's stack if `sp` is on it as libc made it, else 0: then nothing above sp may be touched
 * unasked. */
static uintptr_t stack_end(uintptr_t sp)
{
	static uintptr_t main_end;
	uintptr_t end;

	if (!main_end) {
		void **found = elf_find(NULL, "__libc_stack_end", NULL);

		main_end = found ? (uintptr_t)*found : 1;
	}
	end = sp < (uintptr_t)__builtin_thread_pointer() && (uintptr_t)__builtin_thread_pointer() - sp < (8u << 20)
		      ? (uintptr_t)__builtin_thread_pointer()
		      : main_end;
	return sp < end && end - sp < (64u << 20) ? end : 0;
}

static struct depth *depth_of(uintptr_t sp)
{
	return &depths[(sp >> 4) % DEPTHS];
}

static uint32_t depth_match(uintptr_t sp, uintptr_t end)
{
	const struct depth *depth = depth_of(sp);
	uint32_t version = __atomic_load_n(&depth->version, __ATOMIC_ACQUIRE), id = depth->id;
	const uintptr_t *words = (const uintptr_t *)sp;

	if ((version & 1) || depth->sp != sp || depth->count == 0 || depth->count > STACK_MAX_FRAMES)
		return 0;
	for (uint32_t i = 0; i < depth->count; i++) {
		uint32_t at = depth->slots[i].at;

		if (at >= (end - sp) / sizeof(*words) || (uint32_t)words[at] != depth->slots[i].low)
			return 0;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&depth->version, __ATOMIC_RELAXED) == version ? id : 0;
}

/* Finds each return address on the stack, in order, and remembers where. One that is not found ends the attempt. */
static void depth_remember(uintptr_t sp, uintptr_t end, void **frames, int count, uint32_t id)
{
	struct depth *depth = depth_of(sp);
	const uintptr_t *words = (const uintptr_t *)sp;
	uint32_t version = depth->version, at = 0, limit = (uint32_t)((end - sp) / sizeof(*words));

	if (limit > 4096)
		limit = 4096;
	if ((version & 1) || !__atomic_compare_exchange_n(
				     &depth->version, &version, version + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	depth->count = 0;
	depth->sp = sp;
	depth->id = id;
	for (int i = 0; i < count; i++) {
		while (at < limit && words[at] != (uintptr_t)frames[i])
			at++;
		if (at == limit)
			break;
		depth->slots[i].at = at;
		depth->slots[i].low = (uint32_t)(uintptr_t)frames[i];
		if (i == count - 1)
			depth->count = (uint32_t)count;
	}
	__atomic_store_n(&depth->version, version + 2, __ATOMIC_RELEASE);
}

/* `most` native frames: below Python frames the interpreter's own tell little. */
static uint32_t capture(struct probe_tls *t, int most)
{
	void *frames[STACK_MAX_FRAMES];
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0), end = stack_end(sp);
	int count, own;
	uint32_t id = end ? depth_match(sp, end) : 0;

	if (id && stack_is_known(id))
		return id;
	if (probe.restricted) /* the unwinder makes system calls */
		return 0;
	t->unwinding = 1;
	count = unwind(frames, most);
	t->unwinding = 0;
	if (count <= 0)
		return 0;
	own = skip_own(frames, count);
	if (own == count)
		return 0;
	id = stack_id((const uint64_t *)(frames + own), count - own);
	if (!stack_is_known(id)) {
		if (!stack_send(t, EV_FRAMES, 0, id, 0, (const uint64_t *)(frames + own), count - own))
			return 0;
		stack_now_known(id);
	}
	/* Frames of ours in front are where this function was called from: they count, too. The outermost may be libc's
	 * first address, which stands nowhere; a full list was cut and so says nothing about what is behind. */
	if (end && count < most)
		depth_remember(sp, end, frames + 1, count - 1 - (count > 2), id);
	return id;
}

static uint32_t capture_unless_forking(struct probe_tls *t)
{
	uint32_t id = 0;

	if (!unwind || t->unwinding)
		return 0;
	__atomic_add_fetch(&probe.own->unwinders, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&probe.own->forking, __ATOMIC_SEQ_CST))
		id = capture(t, python_is_ready() ? STACK_PYTHON_FRAMES : STACK_MAX_FRAMES);
	__atomic_sub_fetch(&probe.own->unwinders, 1, __ATOMIC_SEQ_CST);
	return id;
}

/* What is known without an unwinder: the one frame that made the call. */
static uint32_t stack_of_site(struct probe_tls *t)
{
	uint64_t frame = (uint64_t)t->th->own.site;
	uint32_t id = stack_id(&frame, 1);

	if (!stack_is_known(id)) {
		if (!stack_send(t, EV_FRAMES, 0, id, 0, &frame, 1))
			return 0;
		stack_now_known(id);
	}
	return id;
}

uint32_t stack_capture_kept(struct probe_tls *t, enum stack_want want)
{
	uint32_t essential, id;

	if (!t->th)
		return 0;
	essential = t->th->own.essential;
	t->th->own.essential = essential || emit_frame_may_wait();
	id = stack_capture(t, want);
	t->th->own.essential = essential;
	return id;
}

/* Python frames say more than the interpreter's own, so the unwinder is not loaded for a thread that has some. */
uint32_t stack_capture(struct probe_tls *t, enum stack_want want)
{
	int saved = errno;
	uint32_t id, essential;

	if (!(probe.control->flags & ARENA_STACKS) || !t->th || t->th->own.busy)
		return 0;
	t->th->own.busy++;
	essential = t->th->own.essential;
	t->th->own.essential = essential || want == STACK_FAILURE || want == STACK_BIRTH;
	id = capture_unless_forking(t);
	/* CPython's own signal handler writes to a descriptor, and frames may be half made where it interrupted. */
	if (python_is_ready() && !(want == STACK_FAILURE && inside_handler()))
		id = python_stack(t, id);
	if (id == 0 && !unwind && may_load(t, want)) {
		unwinder_load(t);
		id = capture_unless_forking(t);
	}
	if (id == 0 && t->th->own.site)
		id = stack_of_site(t);
	t->th->own.essential = essential;
	t->th->own.busy--;
	errno_restore(saved);
	return id;
}
