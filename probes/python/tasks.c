/* tasks.c: see tasks.h. The shapes are those of multiprocessing and its relatives: a task of Pool is (job, index,
 * function, args, kwargs), its answer (job, index, (ok, value)); an executor has _CallItem and _ResultItem. */
#include "python/tasks.h"

#include <stdio.h>

#include "python/code_role.h"
#include "python/path.h"

/* A task that takes so long is an event of its own. */
#define LONG_TIMES 50u /* block_event_ticks */
#define FAILED_IN_FULL 40u

static struct python_block *block_of(const struct probe_tls *t)
{
	return t->pc ? &t->pc->python : NULL;
}

/* --- what a message is --- */

/* Of one digit, as nearly all are (longintrepr.h): count or, from 3.12 on, count and sign in front of the digits. */
static bool number_is_small(const pyobject *o, int64_t *out)
{
	uint32_t digit;

	if ((uint64_t)items_of(o) > (python_minor() < 12 ? 1 : 1 << 3 | 1))
		return false;
	memcpy(&digit, (const char *)o + 24, sizeof(digit));
	*out = digit;
	return python_minor() < 12 ? items_of(o) == 1 : (items_of(o) & 3) == 0;
}

static bool number_read(pyobject *o, int64_t *out)
{
	if (!o || type_of(o) != py.PyLong_Type)
		return false;
	if (likely(number_is_small(o, out)))
		return true;
	*out = py.PyLong_AsLong(o);
	if (*out == -1 && py.PyErr_Occurred()) {
		py.PyErr_Clear();
		return false;
	}
	return true;
}

static bool has_type(const pyobject *o, const char *name)
{
	return o && type_has(type_of(o), TYPE_IS_HEAP) && strcmp(type_name(type_of(o)), name) == 0;
}

/* Kept for good: names that the library's own code keeps, too. */
static pyobject *attribute(pyobject *o, pyobject **name, const char *text)
{
	pyobject *dict = instance_dict(o);

	if (!*name)
		*name = py.PyUnicode_InternFromString(text);
	if (!*name)
		py.PyErr_Clear();
	return dict && *name && is_a(dict, TYPE_IS_DICT) ? py.PyDict_GetItem(dict, *name) : NULL;
}

static bool pool_task(pyobject *o, struct task_found *out)
{
	int64_t job;

	if (!is_tuple_of(o, 5) || !number_read(tuple_item(o, 0), &job) || !number_read(tuple_item(o, 1), &out->index))
		return false;
	out->kind = TASK_POOL;
	out->job = (uint64_t)job;
	out->function = tuple_item(o, 2);
	out->args = tuple_item(o, 3);
	return true;
}

/* Named tuples of two: Pebble's. */
static bool is_named_pair(const pyobject *o, const char *name)
{
	return o && is_a(o, TYPE_IS_TUPLE) && type_of(o) != py.PyTuple_Type && items_of(o) == 2 &&
	       strcmp(type_short_name(type_of(o)), name) == 0;
}

/* WorkerTask(id, TaskPayload(function, args, kwargs)) */
static bool pebble_task(pyobject *o, struct task_found *out)
{
	pyobject *payload = is_named_pair(o, "WorkerTask") || is_named_pair(o, "NewTask") ? tuple_item(o, 1) : NULL;
	int64_t job = 0;

	if (!payload || !is_a(payload, TYPE_IS_TUPLE) || items_of(payload) != 3)
		return false;
	number_read(tuple_item(o, 0), &job);
	out->kind = TASK_EXECUTOR;
	out->job = (uint64_t)job;
	out->index = 0;
	out->function = tuple_item(payload, 0);
	out->args = tuple_item(payload, 1);
	return true;
}

static bool executor_task(pyobject *o, struct task_found *out)
{
	static pyobject *work_id, *fn, *args;
	int64_t job = 0;

	if (!has_type(o, "_CallItem"))
		return false;
	number_read(attribute(o, &work_id, "work_id"), &job);
	out->kind = TASK_EXECUTOR;
	out->job = (uint64_t)job;
	out->index = 0;
	out->function = attribute(o, &fn, "fn");
	out->args = attribute(o, &args, "args");
	return true;
}

bool task_is(pyobject *o, enum message_kind kind, bool executor, struct task_found *out)
{
	if (!o)
		return false;
	return kind == MESSAGE_POOL_TASK
		       ? pool_task(o, out)
		       : kind == MESSAGE_QUEUE && (executor_task(o, out) || (executor && pebble_task(o, out)));
}

bool answer_is(pyobject *o, enum message_kind kind, bool executor, bool *failed)
{
	static pyobject *exception;
	pyobject *value;

	if (kind == MESSAGE_POOL_RESULT) {
		if (!is_tuple_of(o, 3) || !is_tuple_of(tuple_item(o, 2), 2))
			return false;
		*failed = tuple_item(tuple_item(o, 2), 0) == py._Py_FalseStruct;
		return true;
	}
	if (kind == MESSAGE_QUEUE && executor && is_named_pair(o, "Result")) {
		value = tuple_item(o, 1);
		*failed = value && (is_a(value, TYPE_IS_EXCEPTION) ||
					   strcmp(type_short_name(type_of(value)), "RemoteException") == 0);
		return true;
	}
	if (kind != MESSAGE_QUEUE || !has_type(o, "_ResultItem"))
		return false;
	value = attribute(o, &exception, "exception");
	*failed = value && value != py._Py_NoneStruct;
	return true;
}

/* --- rows of functions --- */

#define ROWS_KNOWN 64u

static struct {
	uint64_t serial;
	struct {
		uint64_t key;
		uint32_t row, func, name;
	} known[ROWS_KNOWN];
} rows;

static uint32_t row_claim(struct python_block *block, enum task_kind kind, uint32_t func, uint32_t name)
{
	uint32_t used = block->tasks_used;
	struct task_counters *row;

	for (uint32_t i = 0; i < used && i < PROC_TASKS - 1; i++)
		if (block->tasks[i].kind == kind && block->tasks[i].func == func && block->tasks[i].name == name)
			return i;
	if (used >= PROC_TASKS - 1)
		return PROC_TASKS - 1;
	row = &block->tasks[used];
	row->kind = kind;
	row->func = func;
	row->name = name;
	__atomic_store_n(&block->tasks_used, used + 1, __ATOMIC_RELEASE);
	return used;
}

static uint32_t current_row; /* of the task the process is in */

/* The row of the task's function, and what names it. */
static void row_find(struct probe_tls *t, struct python_block *block, const struct function_found *function,
	struct task_board *board)
{
	uint64_t key = label_mix(function->key, board->kind);
	uint32_t at = key % ROWS_KNOWN;

	board->items = function->items;
	if (rows.serial != t->serial) {
		memset(&rows, 0, sizeof(rows));
		rows.serial = t->serial;
	}
	if (unlikely(rows.known[at].key != key)) {
		rows.known[at].func = function_place(t, function);
		rows.known[at].name = function_name(t, function);
		rows.known[at].row = row_claim(block, board->kind, rows.known[at].func, rows.known[at].name);
		rows.known[at].key = key;
	}
	board->func = rows.known[at].func;
	board->name = rows.known[at].name;
	current_row = rows.known[at].row;
}

/* --- begin and end --- */

/* Written by one thread, read by the collector at any moment, also after a kill. */
static void board_write(struct task_board *board, const struct task_board *task)
{
	board->seq++;
	__asm__ volatile("" ::: "memory");
	board->kind = task->kind;
	board->func = task->func;
	board->name = task->name;
	board->since = task->since;
	board->job = task->job;
	board->index = task->index;
	board->items = task->items;
	__asm__ volatile("" ::: "memory");
	board->seq++;
}

void task_begins(
	struct probe_tls *t, const struct task_found *task, const struct function_found *function, uint64_t now)
{
	struct python_block *block = block_of(t);
	struct task_board begun = {.kind = task->kind, .since = now, .job = task->job, .index = task->index};

	if (!block)
		return;
	row_find(t, block, function, &begun);
	board_write(&block->task, &begun);
}

static bool is_worth_telling(const struct task_counters *row, uint64_t took, bool failed)
{
	if (row->done == 0 || took >= probe.block_event_ticks * LONG_TIMES)
		return true;
	return failed && (row->failed <= FAILED_IN_FULL || (row->failed & (row->failed - 1)) == 0);
}

void task_ends(struct probe_tls *t, bool failed, uint64_t now)
{
	struct python_block *block = block_of(t);
	struct task_counters *row;
	uint64_t took;

	if (!block || block->task.kind == TASK_NONE)
		return;
	row = &block->tasks[current_row < PROC_TASKS ? current_row : PROC_TASKS - 1];
	took = now - block->task.since;
	row->failed += failed;
	count_add(&row->items, block->task.items);
	count_add(&row->ticks, took);
	if (took > row->longest)
		row->longest = took;
	if (unlikely(is_worth_telling(row, took, failed))) {
		struct rec_pytask record = {.kind = block->task.kind,
			.failed = failed,
			.name = block->task.name,
			.items = block->task.items,
			.job = block->task.job,
			.index = block->task.index,
			.took = took};

		emit(t, EV_PYTASK, block->task.func, now, &record, sizeof(record));
	}
	count_add(&row->done, 1);
	block->task.seq++;
	__asm__ volatile("" ::: "memory");
	block->task.kind = TASK_NONE;
	__asm__ volatile("" ::: "memory");
	block->task.seq++;
}

uint32_t task_function(const struct probe_tls *t)
{
	const struct python_block *block = block_of(t);

	return block && block->task.kind != TASK_NONE ? block->task.func : 0;
}

/* --- Process --- */

/* 3.6: children of a forkserver end with status 1, whatever happened. */
static bool status_tells_nothing;

void task_of_process(struct probe_tls *t, pyobject *process, const char *method)
{
	struct task_found task = {.kind = TASK_PROCESS, .function = instance_entry(process, "_target")};
	pyobject *name = instance_entry(process, "_name");
	struct rec_pyproc record = {0};
	struct function_found function = {0};
	char text[160];
	uint32_t place = 0;
	uint64_t ticks;
	size_t used = 0;

	text[0] = 0;
	status_tells_nothing = python_minor() == 6 && strcmp(method, "fork") != 0;
	if (name && type_of(name) == py.PyUnicode_Type)
		used = python_text((const char *)name, text, sizeof(text) - 16, false);
	snprintf(text + used, sizeof(text) - used, "\n%s", method);
	if (task.function == py._Py_NoneStruct)
		task.function = NULL;
	if (task.function)
		function_find(task.function, NULL, &function);
	if (function.function && function.is_program) {
		record.name = function_name(t, &function);
		place = function_place(t, &function);
	}
	ticks = probe_now();
	t->th->own.busy++;
	emit_pieces(t, ticks, text);
	emit_record(t, EV_PYPROC, 0, place, ticks, &record, sizeof(record));
	t->th->own.busy--;
	if (function.function && function.is_program)
		task_begins(t, &task, &function, ticks);
}

void task_process_ends(struct probe_tls *t, bool failed)
{
	const struct python_block *block = block_of(t);

	if (block && block->task.kind == TASK_PROCESS)
		task_ends(t, failed && !status_tells_nothing, probe_now());
}
