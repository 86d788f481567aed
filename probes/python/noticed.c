/* noticed.c: see noticed.h. What is read here belongs to multiprocessing and concurrent.futures, whose shapes are
 * known: a result of Pool is (job, index, (ok, value)), one of an executor a _ResultItem. */
#include "python/noticed.h"

#include <stdio.h>
#include <stdlib.h>

#include "python/failure.h"
#include "python/frames.h"
#include "python/path.h"
#include "python/text_stack.h"

typedef pyobject *call_one(pyobject *self, pyobject *argument);
typedef pyobject *call_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);

void *noticed_real_exit, *noticed_real_os_exit, *noticed_real_pack;

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* --- exits inside of a task --- */

#define EXIT_FRAMES 100

static bool exit_asked; /* in this process, since the last message */

/* Does a pool's worker function run, with a task of the program inside? Workers may end themselves, too. An executor
 * catches sys.exit() itself. */
static bool is_in_task(bool executors)
{
	struct python_frame frames[EXIT_FRAMES];
	int count = python_walk(NULL, frames, EXIT_FRAMES);
	bool program = false;

	for (int i = 0; i < count; i++) {
		char file[160], name[48];

		python_code_names(frames[i].code, file, sizeof(file), name, sizeof(name));
		if (i == 0 && ends_with(file, "/multiprocessing/popen_fork.py"))
			return false; /* the ordinary end of every child */
		if (strcmp(name, "worker") == 0 &&
			(ends_with(file, "/multiprocessing/pool.py") || ends_with(file, "/billiard/pool.py")))
			return program;
		/* concurrent.futures and loky; pebble */
		if (executors && (strcmp(name, "_process_worker") == 0 || strcmp(name, "worker_process") == 0))
			return program;
		program = program || is_program_file(file);
	}
	return false;
}

static pyobject *exit_noticed(pyobject *result)
{
	if (!result && is_in_task(false) && failure_current(PYFAIL_EXIT, NULL, NULL, "", NULL))
		exit_asked = true;
	return result;
}

pyobject *noticed_os_exit(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	if (count == 1 && !keywords && is_in_task(true))
		failure_here(PYFAIL_EXIT, "os._exit", args[0]);
	return ((call_fast *)noticed_real_os_exit)(self, args, count, keywords);
}

pyobject *noticed_exit_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	return exit_noticed(((call_fast *)noticed_real_exit)(self, args, count, keywords));
}

pyobject *noticed_exit_tuple(pyobject *self, pyobject *args)
{
	return exit_noticed(((call_one *)noticed_real_exit)(self, args));
}

/* --- lengths that do not fit into a message's head --- */

static pyobject *pack_noticed(pyobject *result)
{
	struct python_frame frame;
	char file[80], name[48];

	if (likely(result) || !python_innermost(&frame))
		return result;
	python_code_names(frame.code, file, sizeof(file), name, sizeof(name));
	if (ends_with(file, "/multiprocessing/connection.py"))
		failure_current(PYFAIL_PICKLE, NULL, NULL, "", NULL);
	return result;
}

pyobject *noticed_pack_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	return pack_noticed(((call_fast *)noticed_real_pack)(self, args, count, keywords));
}

pyobject *noticed_pack_tuple(pyobject *self, pyobject *args)
{
	return pack_noticed(((call_one *)noticed_real_pack)(self, args));
}

/* --- answers of tasks --- */

/* Exceptions travel in a wrapper that has the traceback as text. */
static void task_failed(pyobject *wrapper)
{
	pyobject *exception = wrapper, *text = NULL;
	const char *name = type_short_name(type_of(wrapper));

	if (strcmp(name, "ExceptionWithTraceback") == 0 || strcmp(name, "_ExceptionWithTraceback") == 0) {
		exception = instance_entry(wrapper, "exc");
		text = instance_entry(wrapper, "tb");
	}
	if (is_a(exception, TYPE_IS_EXCEPTION))
		failure_told(PYFAIL_TASK, exception, text ? text_stack(text) : 0);
}

static bool is_pool_failure(const pyobject *sent)
{
	const pyobject *answer;

	if (items_of(sent) != 3)
		return false;
	answer = tuple_item(sent, 2);
	return answer && type_of(answer) == py.PyTuple_Type && items_of(answer) == 2 &&
	       tuple_item(answer, 0) == py._Py_FalseStruct;
}

void noticed_sent(pyobject *sent)
{
	pyobject *type;

	if (unlikely(exit_asked)) {
		exit_asked = false;
		failure_told(PYFAIL_WENT_ON, NULL, 0);
	}
	if (!sent)
		return;
	type = type_of(sent);
	if (type == py.PyTuple_Type) {
		if (unlikely(is_pool_failure(sent)))
			task_failed(tuple_item(tuple_item(sent, 2), 1));
	} else if (type_has(type, TYPE_IS_HEAP) && strcmp(type_name(type), "_ResultItem") == 0) {
		pyobject *exception = instance_entry(sent, "exception");

		if (exception && exception != py._Py_NoneStruct)
			task_failed(exception);
	}
}

/* --- locks of another context --- */

#define SEMLOCK_NAME 48 /* semaphore.c: handle, last_tid, count, maxvalue, kind, name */

/* Made for the fork method, its semaphore has no name any more by which another program could open it. */
static bool is_nameless(pyobject *lock)
{
	pyobject *semaphore = lock ? instance_entry(lock, "_semlock") : NULL;

	return semaphore && strcmp(type_name(type_of(semaphore)), "_multiprocessing.SemLock") == 0 &&
	       size_at(type_of(semaphore), TYPE_BASIC_SIZE) >= SEMLOCK_NAME + 8 && !object_at(semaphore, SEMLOCK_NAME);
}

static bool is_lock_of_fork(pyobject *o)
{
	static const char *const names[] = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event",
		"Queue", "JoinableQueue", "SimpleQueue"};
	const char *name = type_name(type_of(o));

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pyobject *condition;

		if (strcmp(name, names[i]) != 0 || !type_has(type_of(o), TYPE_IS_HEAP))
			continue;
		condition = instance_entry(o, "_cond");
		return is_nameless(o) || is_nameless(instance_entry(o, "_rlock")) ||
		       is_nameless(instance_entry(o, "_lock")) ||
		       (condition && is_nameless(instance_entry(condition, "_lock")));
	}
	return false;
}

void noticed_started(pyobject *process)
{
	struct path_found path;

	if (python_minor() > 11 || !process || !module_find("multiprocessing.synchronize"))
		return;
	path_find_where(process, is_lock_of_fork, &path);
	if (path.path[0])
		failure_path(PYFAIL_LOCK, &path);
}
