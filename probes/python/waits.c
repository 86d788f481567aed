/* waits.c: see waits.h. A thread that has given back the GIL can not change its frames, so they are whole whatever it
 * was interrupted in; one that has it may be anywhere inside the interpreter, also in a signal handler of CPython's,
 * and is not looked at. */
#include "python/waits.h"

#include "python/code_role.h"
#include "python/frames.h"
#include "handlers.h"
#include "real.h"
#include "stack.h"
#include "wire/calls.h"

#define FRAMES 30
#define FRAMES_SKIPPED 10 /* those of no function among them */

bool waits_watched;
static int (*is_finalizing)(void);
static void *const *finalizing; /* 3.6 */

/* clang-format off */
#define CALL(phase, class_, ret, fail, name, params, args, handler) [CALL_##name] = CLASS_##class_,
#define HAND(class_, name, note) [CALL_##name] = CLASS_##class_,
#define SKIP(name, reason)
static const uint8_t classes[CALL_COUNT] = {
#include "wire/calls.def"
};
/* clang-format on */

void waits_start(void)
{
	is_finalizing = (int (*)(void))elf_find(NULL, "_Py_IsFinalizing", NULL);
	if (!is_finalizing)
		is_finalizing = (int (*)(void))elf_find(NULL, "Py_IsFinalizing", NULL);
	finalizing = elf_find(NULL, "_Py_Finalizing", NULL);
	waits_watched = python_is_ready() && (is_finalizing || finalizing);
}

/* Opening, and reading a plain file, are no waits to ask about, and imports do little else. CPython's own mutexes and
 * conditions are how its threads pass the GIL on: one that ends may wait there without a thread state. */
static bool may_wait(const struct probe_tls *t, uint32_t call, int fd)
{
	unsigned class_ = classes[call];

	if (likely(class_ == CLASS_INPUT || class_ == CLASS_OUTPUT))
		return (unsigned)fd >= PROC_FDS || !(t->pc->fds[fd].quiet & FD_QUIET);
	if (class_ == CLASS_LOCK)
		return call == CALL_sem_wait || call == CALL_sem_timedwait || call == CALL_sem_clockwait;
	return class_ == CLASS_POLL || class_ == CLASS_SLEEP || class_ == CLASS_WAIT;
}

/* Stacks that were told, two for each place, the last used first. */
static uint32_t known[512][2];

/* Below the first function of a Process are the frames of the parent, as it was when it forked. */
static int own_frames(const struct python_frame *frames, int count)
{
	for (int i = 0; i < count; i++)
		if (code_role(frames[i].code) == CODE_BOOTSTRAP)
			return i + 1;
	return count;
}

/* How much of the ring may be full then, in eighths. Nobody naps for a stack, and others must not go short of room:
 * what is read and written most often ends soon; who sleeps or waits for a process leaves the collector the time. */
static const uint8_t eighths[CLASS_COUNT] = {
	[CLASS_INPUT] = 2, [CLASS_OUTPUT] = 2, [CLASS_LOCK] = 4, [CLASS_POLL] = 6, [CLASS_SLEEP] = 6, [CLASS_WAIT] = 6};

static bool has_room(const struct thread_block *th, uint32_t call, const struct python_frame *frames, int count)
{
	uint64_t used = th->written - __atomic_load_n(&th->read, __ATOMIC_RELAXED);

	return used + python_stack_units(frames, count) <= th->ring_units / 8 * eighths[classes[call]];
}

/* Tells a stack that is not among the known ones. 0: that can not be. */
static __attribute__((noinline)) uint32_t waits_tell(
	struct probe_tls *t, uint32_t call, const char *state, uint32_t id, uint32_t *at)
{
	struct python_frame frames[FRAMES];
	int count = own_frames(frames, python_walk(state, frames, FRAMES));

	if (count == 0 || !has_room(t->th, call, frames, count))
		return 0;
	t->busy++;
	if (!python_stack_tell(t, id, 0, frames, count))
		id = 0;
	t->busy--;
	if (id) {
		at[1] = at[0];
		at[0] = id;
	}
	return id;
}

static void state_keep(struct thread_own *own, const void *state)
{
	if (likely(own->python_state == (uint64_t)(uintptr_t)state))
		return; /* also when there is none */
	own->python_minor = (uint32_t)python_minor();
	own->python_state = (uint64_t)(uintptr_t)state;
}

void waits_begin(struct probe_tls *t)
{
	const void *state = waits_watched && t->th ? python_states.that_runs() : NULL;

	if (state)
		state_keep(&t->th->own, state);
}

static pthread_key_t state_key; /* of the interpreter, plus 1 */

static void state_noted(pthread_key_t key, const void *state)
{
	struct probe_tls *t;

	if (python_states.of_thread() != state)
		return;
	state_key = key + 1;
	t = probe_thread();
	if (t)
		state_keep(&t->th->own, state);
}

/* The thread goes on without Python, or ends. */
static void state_dropped(void)
{
	struct probe_tls *t = probe_thread();

	if (t)
		t->th->own.python_state = 0;
}

/* Here CPython notes the state of a thread that begins, and of the one that is left in a forked child (pystate.c: the
 * key of PyGILState_GetThisThreadState). One that then computes may make no other call that we see. */
EXPORT int pthread_setspecific(pthread_key_t key, const void *value)
{
	int rc = REAL(pthread_setspecific)(key, value);

	if (unlikely(waits_watched) && value)
		state_noted(key, value);
	else if (unlikely(waits_watched) && key + 1 == state_key)
		state_dropped();
	return rc;
}

/* Thread states other than main's are gone when the interpreter ends, and this one may still be in its call: what says
 * that it ends stays set (pylifecycle.c). */
static const char *state_without_gil(const struct probe_tls *t)
{
	const char *state;

	if (t->busy || !t->pc || (t->th != &t->pc->main && (is_finalizing ? is_finalizing() : *finalizing != NULL)))
		return NULL;
	state = python_states.of_thread();
	if (!state || state == python_states.that_runs())
		return NULL;
	return state;
}

bool waits_in_transport(struct probe_tls *t)
{
	static const char *last; /* code of the function that reads all messages */
	const char *state = state_without_gil(t), *code;

	if (!state)
		return false;
	if (likely(last && python_innermost_is(state, last)))
		return true;
	code = python_innermost_code(state);
	if (!code || code_role(code) != CODE_TRANSPORT)
		return false;
	last = code;
	return true;
}

uint32_t waits_stack(struct probe_tls *t, uint32_t call, int fd)
{
	const char *state;
	uint32_t id, *at;

	if (t->busy || !t->pc || !may_wait(t, call, fd))
		return 0;
	state = state_without_gil(t);
	if (!state)
		return 0;
	state_keep(&t->th->own, state);
	id = python_walk_id(state, FRAMES + FRAMES_SKIPPED);
	at = known[id / 2 % 512];
	if (likely(at[0] == id || at[1] == id))
		return id;
	return waits_tell(t, call, state, id, at);
}
