/* messages.c: see messages.h. A row is found by addresses; names are made when a row is new. */
#include "python/messages.h"

#include "python/code_role.h"
#include "python/failure.h"
#include "python/label.h"
#include "python/sent_from.h"
#include "python/tasks.h"
#include "wire/kinds.h"

/* --- rows --- */

#define ROWS_KNOWN 64u
#define ROWS_TRIED 4u
#define ROW_OTHERS_IN (PROC_MESSAGES - 2)
#define ROW_OTHERS_OUT (PROC_MESSAGES - 1)

static struct {
	uint64_t serial;
	struct {
		uint64_t key;
		uint32_t row;
	} known[ROWS_KNOWN];
} rows;

struct row_key {
	enum message_kind kind;
	bool out;
	uint64_t what;  /* key of the object */
	uint64_t place; /* where, in whatever form tells places apart */
};

static uint32_t row_claim(struct python_block *block, enum message_kind kind, bool out, uint32_t what, uint32_t place)
{
	uint32_t used = block->messages_used;
	struct message_counters *row;

	for (uint32_t i = 0; i < used && i < ROW_OTHERS_IN; i++) {
		row = &block->messages[i];
		if (row->kind == kind && row->out == out && row->what == what && row->place == place)
			return i;
	}
	if (used >= ROW_OTHERS_IN)
		return out ? ROW_OTHERS_OUT : ROW_OTHERS_IN;
	row = &block->messages[used];
	row->kind = kind;
	row->out = out;
	row->what = what;
	row->place = place;
	__atomic_store_n(&block->messages_used, used + 1, __ATOMIC_RELEASE);
	return used;
}

/* Row of this key if it is known; else *slot is where to put it. */
static bool row_known(struct probe_tls *t, uint64_t key, uint32_t *row, uint32_t *slot)
{
	if (unlikely(rows.serial != t->serial)) {
		memset(&rows, 0, sizeof(rows));
		rows.serial = t->serial;
	}
	*slot = (uint32_t)(key % ROWS_KNOWN);
	for (uint32_t i = 0; i < ROWS_TRIED; i++) {
		uint32_t at = (uint32_t)((key + i) % ROWS_KNOWN);

		if (likely(rows.known[at].key == key)) {
			*row = rows.known[at].row;
			return true;
		}
		if (!rows.known[at].key) {
			*slot = at;
			break;
		}
	}
	return false;
}

/* Who holds the GIL counts alone, but where interpreters have a GIL each (3.12). */
static bool counts_alone(void)
{
	return python_minor() < 12 || *probe.single_threaded ||
	       !py.PyInterpreterState_Next(py.PyInterpreterState_Head());
}

static void add(uint64_t *counter, uint64_t value, bool alone)
{
	if (likely(alone))
		count_add(counter, value);
	else
		count_add_shared(counter, value);
}

static void count(struct probe_tls *t, uint32_t row, uint64_t ticks, ptrdiff_t bytes)
{
	bool alone = counts_alone();
	struct python_block *block = &t->pc->python;
	struct message_counters *to = &block->messages[row];

	if (bytes > 0) {
		add(&to->bytes, (uint64_t)bytes, alone);
		if ((uint64_t)bytes > to->largest)
			to->largest = (uint64_t)bytes;
	}
	add(&to->ticks, ticks, alone);
	if (t->th == &t->pc->main)
		count_add(&block->copy_ticks, ticks);
	add(&to->count, 1, alone);
}

/* --- what it is and where --- */

struct described {
	enum message_kind kind; /* MESSAGE_QUEUE may turn out to be an executor's */
	uint64_t what, place;
	pyobject *object;               /* names it, if it is no task's function */
	pyobject *method;               /* ... or a manager's method */
	struct function_found function; /* of a task */
	struct site *site;              /* of the place; NULL: `stack` is it */
	uint32_t stack;
};

/* Field by field: zeroing all of it costs more than the rest. */
static void describe_start(struct described *out, enum message_kind kind)
{
	out->kind = kind;
	out->what = out->place = 0;
	out->object = out->method = NULL;
	out->function.function = NULL;
	out->site = NULL;
	out->stack = 0;
}

static pyobject *value_of_result(pyobject *item)
{
	return is_a(item, TYPE_IS_TUPLE) ? tuple_item(item, 1) : instance_entry(item, "result");
}

/* A manager is asked by (whom, method, args, kwargs). What it answers has no name of its own. */
static pyobject *method_called(const pyobject *object)
{
	if (!object || type_of(object) != py.PyTuple_Type || items_of(object) != 4 ||
		type_of(tuple_item(object, 1)) != py.PyUnicode_Type)
		return NULL;
	return tuple_item(object, 1);
}

/* Tasks are known by their function, answers by their value, the rest by itself. */
static void describe_object(struct described *out, pyobject *object, const struct task_found *task, bool answers)
{
	if (task) {
		out->kind = task->kind == TASK_EXECUTOR ? MESSAGE_EXECUTOR_TASK : MESSAGE_POOL_TASK;
		function_find(task->function, task->args, &out->function);
		out->what = out->function.key;
		return;
	}
	if (answers && out->kind == MESSAGE_QUEUE) {
		out->kind = MESSAGE_EXECUTOR_RESULT;
		object = value_of_result(object);
	} else if (answers) {
		object = tuple_item(tuple_item(object, 2), 1);
	}
	if (out->kind == MESSAGE_MANAGER) {
		out->method = method_called(object);
		object = NULL;
	}
	out->object = object;
	out->what = out->method ? (uint64_t)(uintptr_t)out->method : object ? object_key(object) : 0;
}

static void describe_place(struct described *out, struct message *message, bool sends, uint32_t from)
{
	if (from) {
		out->stack = from;
		out->place = from;
	} else if (message->site.program >= 0 && (sends || out->kind != MESSAGE_POOL_TASK)) {
		out->site = &message->site;
		out->place = message->site.place;
	}
}

static uint32_t method_name(struct probe_tls *t, const pyobject *method)
{
	char text[80];
	size_t used = python_text((const char *)method, text, sizeof(text) - 2, false);

	memcpy(text + used, "()", 3);
	return name_tell(t, text);
}

static uint32_t row_find(struct probe_tls *t, struct described *what, bool out)
{
	uint64_t key = label_mix(label_mix(label_mix(what->what, what->place), what->kind), out);
	uint32_t row = 0, slot = 0, name = 0, place = what->stack;

	key = key ? key : 1;
	if (likely(row_known(t, key, &row, &slot)))
		return row;
	failure_tell_main(); /* which a spawned process has only behind its first messages */
	if (what->function.function)
		name = function_name(t, &what->function);
	else if (what->method)
		name = method_name(t, what->method);
	else if (what->object)
		name = object_name(t, what->object);
	if (what->site) {
		t->th->own.busy++;
		place = python_stack_of(t, 0, site_frame(what->site, what->site->program), 1);
		t->th->own.busy--;
	}
	row = row_claim(&t->pc->python, what->kind, out, name, place);
	rows.known[slot].key = key;
	rows.known[slot].row = row;
	return row;
}

/* The last messages of the thread: the next one is most likely like them. */
static __thread struct last_row {
	uint64_t serial, what, place;
	enum message_kind kind;
	uint32_t row;
} last_rows[2];

static uint32_t row_of(struct probe_tls *t, struct described *what, bool out)
{
	struct last_row *last = &last_rows[out];

	if (likely(last->what == what->what && last->place == what->place && last->kind == what->kind &&
		    last->serial == t->serial))
		return last->row;
	*last = (struct last_row){t->serial, what->what, what->place, what->kind, row_find(t, what, out)};
	return last->row;
}

/* --- the two ways --- */

/* The type and its name's address were seen with that name: comparing the text costs more than the rest. */
static bool is_bytes_io(const pyobject *type)
{
	static const pyobject *known;
	static const char *known_name;

	if (likely(type == known && type_name(type) == known_name))
		return true;
	if (strcmp(type_name(type), "_io.BytesIO") != 0)
		return false;
	known = type;
	known_name = type_name(type);
	return true;
}

/* Bytes in the stream that a pickler writes to: its `write` (_pickle.c, PicklerObject) is a method of a BytesIO
 * (bytesio.c: buf, pos). -1: it is something else. */
static ptrdiff_t stream_position(const pyobject *pickler)
{
	bool late = python_minor() >= 8 && python_minor() <= 12;
	const pyobject *write = object_at(pickler, late ? 56 : 48), *stream;

	if (!write || type_of(write) != py.PyCFunction_Type)
		return -1;
	stream = object_at(write, 24);
	return stream && is_bytes_io(type_of(stream)) ? size_at(stream, 24) : -1;
}

/* bytes, or a memoryview (memoryobject.h: its Py_buffer is at 56, len at 16 of that). */
static ptrdiff_t length_of(const pyobject *from)
{
	if (!from)
		return -1;
	if (type_of(from) == py.PyBytes_Type)
		return size_at(from, 16);
	return type_of(from) == py.PyMemoryView_Type ? size_at(from, 72) : -1;
}

/* --- which are timed ---
 *
 * Two readings of the clock cost as much as the rest of what is done for a message. Of messages that cannot take long,
 * as they are small and no code of the program runs while they are made or read, the first ones of a thread are timed,
 * and then one of some, which stands for the others. */
#define TIMED_FIRST 64u
#define TIMED_SHIFT 3 /* one of 8 */
#define SHORT_BYTES 256
#define SHORT_ITEMS 20u

static uint32_t short_weight(void)
{
	static __thread struct {
		uint64_t serial; /* a forked child starts anew */
		uint32_t messages;
	} timed;
	uint32_t number;

	if (unlikely(timed.serial != probe_tls.serial)) {
		timed.serial = probe_tls.serial;
		timed.messages = 0;
	}
	number = timed.messages++;
	if (number < TIMED_FIRST)
		return 1;
	/* in step with nothing, also where each second message is of another kind */
	return number * 0x9e3779b9u >> (32 - TIMED_SHIFT) ? 0 : 1u << TIMED_SHIFT;
}

static bool is_short_value(const pyobject *o)
{
	const pyobject *type = type_of(o);

	if (type == py.PyLong_Type || type == py.PyUnicode_Type || type == py.PyBytes_Type)
		return items_of(o) < SHORT_BYTES && items_of(o) > -SHORT_BYTES; /* the sign of an int stands there */
	return type == py.PyFloat_Type || type == py.PyBool_Type || o == py._Py_NoneStruct;
}

/* Made of values and a few tuples and lists, which pickle takes itself (_pickle.c, save()). A function is none: the
 * program may have said how functions are sent. */
static bool is_short(const pyobject *o, unsigned *items)
{
	const pyobject *type;
	ptrdiff_t count;

	if (!o || !*items)
		return false;
	--*items;
	if (is_short_value(o))
		return true;
	type = type_of(o);
	if (type == py.PyDict_Type)
		return items_of(o) == 0; /* dictobject.h, ma_used */
	if (type != py.PyTuple_Type && type != py.PyList_Type)
		return false;
	count = items_of(o);
	for (ptrdiff_t i = 0; i < count; i++)
		if (!is_short(type == py.PyTuple_Type ? tuple_item(o, i) : list_item(o, i), items))
			return false;
	return true;
}

static bool has_function(const struct message *message)
{
	return message->site.kind == MESSAGE_POOL_TASK;
}

/* Now, if it is timed. */
static uint64_t message_now(const struct message *message)
{
	return message->weight ? probe_now() : 0;
}

/* The pool itself made what it sends around a result. */
static const pyobject *in_envelope(const struct message *message, const pyobject *sent)
{
	const pyobject *answer;

	if (message->site.kind != MESSAGE_POOL_RESULT || !is_tuple_of(sent, 3))
		return sent;
	answer = tuple_item(sent, 2);
	return is_tuple_of(answer, 2) ? tuple_item(answer, 1) : sent;
}

void message_begins_out(struct message *message, const pyobject *pickler, const pyobject *sent)
{
	unsigned items = SHORT_ITEMS;

	message->at = stream_position(pickler);
	message->weight = !has_function(message) && is_short(in_envelope(message, sent), &items) ? short_weight() : 1;
	message->start = message_now(message);
}

void message_begins_in(struct message *message, const pyobject *from, bool tells)
{
	ptrdiff_t length = tells ? length_of(from) : -1;

	message->at = -1;
	message->weight = length >= 0 && length < SHORT_BYTES && !has_function(message) ? short_weight() : 1;
	message->start = message_now(message);
}

void message_looked_up(struct message *message, uint64_t since)
{
	message->start = since;
	message->weight = 1;
}

static uint64_t message_ticks(const struct message *message, uint64_t end)
{
	return (int64_t)(end - message->start) > 0 ? (end - message->start) * message->weight : 0;
}

static uint32_t asked_at(
	struct message *message, uint32_t kind, pyobject *sent, bool is_task, const struct task_found *task)
{
	if (is_task)
		return task->kind == TASK_EXECUTOR ? sent_from_submit(task->function, task->args)
		       : message->site.job ? sent_from_job(python_out(&message->site.frames[0], message->site.job))
					   : 0;
	return kind == MESSAGE_QUEUE ? sent_from(sent) : 0;
}

uint32_t message_asked_at(struct message *message, pyobject *sent)
{
	struct described what;
	struct task_found task;

	describe_start(&what, message->site.kind);
	return asked_at(message, what.kind, sent, task_is(sent, what.kind, message->site.executor, &task), &task);
}

void message_sent(struct message *message, const pyobject *pickler, pyobject *sent)
{
	uint64_t ended = message_now(message);
	struct probe_tls *t = probe_thread();
	bool executor = message->site.executor;
	struct described what;
	ptrdiff_t end = stream_position(pickler);
	struct task_found task;
	uint32_t from;
	bool is_task, answers, failed = false;

	if (!t || !t->pc || !sent)
		return;
	if (unlikely(!t->th->own.named))
		thread_tell(t);
	describe_start(&what, message->site.kind);
	if (sent == py._Py_NoneStruct) { /* that is how queues and pools say "no more" */
		sent_by_submit();
		return;
	}
	is_task = task_is(sent, what.kind, executor, &task);
	answers = !is_task && answer_is(sent, what.kind, executor, &failed);
	from = answers ? task_function(t) : asked_at(message, what.kind, sent, is_task, &task);
	if (executor && !is_task && !answers) /* "I end" */
		what.kind = MESSAGE_OTHER;
	describe_object(&what, sent, is_task ? &task : NULL, answers);
	describe_place(&what, message, true, from);
	count(t, row_of(t, &what, true), message_ticks(message, ended),
		message->at >= 0 && end >= message->at ? end - message->at : -1);
	if (answers)
		task_ends(t, failed, ended ? ended : probe_now());
}

void message_received(struct message *message, const pyobject *from, pyobject *object)
{
	uint64_t ended = message_now(message);
	struct probe_tls *t = probe_thread();
	bool executor = message->site.executor;
	struct described what;
	struct task_found task;
	bool is_task, answers, failed = false;

	if (!t || !t->pc || object == py._Py_NoneStruct)
		return;
	if (unlikely(!t->th->own.named))
		thread_tell(t);
	describe_start(&what, message->site.kind);
	is_task = task_is(object, what.kind, executor, &task);
	answers = !is_task && answer_is(object, what.kind, executor, &failed);
	if (executor && !is_task && !answers)
		what.kind = MESSAGE_OTHER;
	describe_object(&what, object, is_task ? &task : NULL, answers);
	describe_place(&what, message, false, 0);
	count(t, row_of(t, &what, false), message_ticks(message, ended), length_of(from));
	if (is_task)
		task_begins(t, &task, &what.function, ended ? ended : probe_now());
}
