/* sent_from.c: Pool, Queue and executors hand objects to a thread of their own that pickles them. Where they take an
 * object from the program, they call a C function that we stand in front of; the object's address leads from one to the
 * other, as both hold it meanwhile. */
#include "python/sent_from.h"

#include "python/code_role.h"
#include "python/failure.h"
#include "python/tasks.h"

typedef pyobject *call_one(pyobject *self, pyobject *argument);
typedef pyobject *call_two(pyobject *self, pyobject *args, pyobject *keywords);
typedef pyobject *call_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
typedef pyobject *call_method(
	pyobject *self, pyobject *class_, pyobject *const *args, ptrdiff_t count, pyobject *keywords);

void *sent_real_put, *sent_real_get, *sent_real_acquire, *sent_real_write, *sent_real_fork;

#define PLACES 256u
#define HANDLERS 16u
#define FRAMES 12 /* submit() wakes its thread from deep inside */

static struct {
	const void *o;
	uint32_t place;
} places[PLACES], handlers[HANDLERS];

static uint64_t slot_of(const void *o)
{
	return (uint64_t)(uintptr_t)o * 0x9e3779b97f4a7c15u >> 40;
}

static void remember(const void *o, uint32_t place)
{
	uint64_t at = slot_of(o) % PLACES;

	places[at].o = o;
	places[at].place = place;
}

uint32_t sent_from(const pyobject *o)
{
	uint64_t at = slot_of(o) % PLACES;

	return o && places[at].o == o ? places[at].place : 0;
}

/* Each call has arguments of its own, unless it has none: () is one object for all. */
static bool is_own(const pyobject *args)
{
	return args && (type_of(args) == py.PyTuple_Type || type_of(args) == py.PyList_Type) && items_of(args) > 0;
}

uint32_t sent_from_submit(const pyobject *function, const pyobject *args)
{
	uint32_t place = is_own(args) ? sent_from(args) : 0;

	return place ? place : sent_from(function);
}

static uint32_t place_tell(struct probe_tls *t, const struct python_frame *frame)
{
	uint32_t id;

	t->th->own.busy++;
	id = python_stack_of(t, 0, frame, 1);
	t->th->own.busy--;
	return id;
}

/* The program's line among these frames. */
static uint32_t place_of(const struct python_frame *frames, int count)
{
	struct probe_tls *t = probe_thread();
	int program = frame_of_program(frames, count);

	return t && program >= 0 ? place_tell(t, &frames[program]) : 0;
}

/* --- Pool: queue.SimpleQueue of (tasks, function or None) --- */

pyobject *sent_put(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	struct python_frame frames[FRAMES];

	if (count >= 1 && args[0] && type_of(args[0]) == py.PyTuple_Type && items_of(args[0]) == 2 &&
		python_innermost(&frames[0]) && code_role(frames[0].code) == CODE_POOL)
		remember(args[0], place_of(frames, python_walk(NULL, frames, FRAMES)));
	return ((call_fast *)sent_real_put)(self, args, count, keywords);
}

/* Who got it sends the tasks inside one after the other. */
static pyobject *job_got(pyobject *job)
{
	struct python_frame frame;
	uint64_t at;

	if (!job || type_of(job) != py.PyTuple_Type || !python_innermost(&frame) ||
		code_role(frame.code) != CODE_POOL_TASKS)
		return job;
	at = slot_of(frame.at) % HANDLERS;
	handlers[at].o = frame.at;
	handlers[at].place = sent_from(job);
	return job;
}

pyobject *sent_get(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	return job_got(((call_fast *)sent_real_get)(self, args, count, keywords));
}

pyobject *sent_get_method(pyobject *self, pyobject *class_, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	return job_got(((call_method *)sent_real_get)(self, class_, args, count, keywords));
}

uint32_t sent_from_job(const void *handler)
{
	uint64_t at = slot_of(handler) % HANDLERS;

	return handler && handlers[at].o == handler ? handlers[at].place : 0;
}

/* --- Queue: put() takes its semaphore first --- */

/* The last put() of the thread: a loop has no other one for long. */
static __thread struct {
	struct python_path path; /* from put() to the program's line */
	uint64_t serial;         /* of the process that told the place */
	uint32_t place;
} last_put;

static uint32_t put_place(struct probe_tls *t, const struct python_frame *put)
{
	struct python_frame frames[FRAMES];
	int program = frame_of_program(frames, python_walk_on(put, frames, FRAMES));

	last_put.path.count = 0;
	if (program < 0)
		return 0;
	last_put.place = place_tell(t, &frames[program]);
	last_put.serial = t->serial;
	if (last_put.place)
		python_path_keep(&last_put.path, put, python_distance(put, &frames[program]), true);
	return last_put.place;
}

/* Another function of a Queue, which stays where it is as long as queues are used, that took its semaphore last. */
static __thread const char *not_put;

static void put_noticed(void)
{
	struct probe_tls *t = probe_thread();
	struct python_frame put;

	if (!t)
		return;
	if (python_path_is(&last_put.path, &put) && last_put.serial == t->serial) {
		remember(python_local(&put, 1), last_put.place);
	} else if (python_innermost(&put) && put.code != not_put) {
		enum code_role role = code_role(put.code);

		if (role == CODE_QUEUE_PUT)
			remember(python_local(&put, 1), put_place(t, &put));
		else if (role == CODE_QUEUE)
			not_put = put.code;
	}
}

pyobject *sent_acquire(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	put_noticed();
	return ((call_fast *)sent_real_acquire)(self, args, count, keywords);
}

pyobject *sent_acquire_tuple(pyobject *self, pyobject *args, pyobject *keywords)
{
	put_noticed();
	return ((call_two *)sent_real_acquire)(self, args, keywords);
}

/* --- executors: submit() wakes a thread through a pipe --- */

static void submit_noticed(const struct python_frame *frames, int count)
{
	/* 3.7 and 3.8 take all parameters in *args first */
	bool late = python_minor() == 7 || python_minor() == 8;

	for (int i = 0; i < count; i++) {
		enum code_role role = code_role(frames[i].code);
		char file[80], name[8];

		if (role == CODE_SUBMIT) {
			uint32_t place = place_of(frames, count);
			const void *args;

			python_code_names(frames[i].code, file, sizeof(file), name, sizeof(name));
			late = late && strstr(file, "/concurrent/");
			args = python_local(&frames[i], late ? 0 : 2);
			remember(python_local(&frames[i], late ? 3 : 1), place);
			if (is_own(args))
				remember(args, place);
			return;
		}
		if (role != CODE_EXECUTOR && role != CODE_TRANSPORT && role != CODE_QUEUE_PUT)
			return;
	}
}

void sent_by_submit(void)
{
	struct python_frame frames[FRAMES];

	if (python_minor() == 6)
		submit_noticed(frames, python_walk(NULL, frames, FRAMES));
}

/* Waking is an empty message: its length alone. */
static bool is_empty_message(pyobject *const *args, ptrdiff_t count)
{
	return count == 2 && args[1] && type_of(args[1]) == py.PyBytes_Type && items_of(args[1]) == 4;
}

pyobject *sent_write(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	struct python_frame frames[FRAMES];

	if (is_empty_message(args, count) && python_innermost(&frames[0]) &&
		code_role(frames[0].code) == CODE_TRANSPORT)
		submit_noticed(frames, python_walk(NULL, frames, FRAMES));
	return ((call_fast *)sent_real_write)(self, args, count, keywords);
}

/* --- new processes of multiprocessing --- */

pyobject *sent_fork(pyobject *self, pyobject *unused)
{
	pyobject *result = ((call_one *)sent_real_fork)(self, unused);
	struct python_frame frame;
	struct probe_tls *t;

	if (!result || type_of(result) != py.PyLong_Type || py.PyLong_AsLong(result) != 0)
		return result;
	if (!python_innermost(&frame) || code_role(frame.code) != CODE_LAUNCH)
		return result;
	t = probe_thread();
	if (t && python_local(&frame, 1))
		task_of_process(t, (pyobject *)(uintptr_t)python_local(&frame, 1), "fork");
	return result;
}

/* --- names of threads --- */

void thread_tell(struct probe_tls *t)
{
	struct rec_pythread record = {.main = t->th == &t->pc->main};
	char name[64];

	t->th->own.named = 1;
	failure_thread_name(name, sizeof(name));
	if (name[0])
		emit_text(t, EV_PYTHREAD, 0, probe_now(), &record, sizeof(record), name);
}
