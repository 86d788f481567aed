/* hooks.c: pickling and unpickling of messages, and the functions that print uncaught exceptions.
 *
 * Nothing that Python code can see is replaced: the objects `_pickle.loads`, `Pickler.dump` and so on stay what they
 * are. Each points to a method table entry (struct PyMethodDef, methodobject.h), whose C function is exchanged for
 * ours: same signature, calls the original. CPython reads the entry at each call, also in specialised bytecode. Calls
 * by others than the message layers of multiprocessing and its relatives go straight on: a program may pickle for
 * itself, and fail, as it likes. */
#include "python/hooks.h"

#include <errno.h>
#include <stdio.h>

#include "python/direct.h"
#include "python/failure.h"
#include "python/frames.h"
#include "python/messages.h"
#include "python/noticed.h"
#include "python/sent_from.h"
#include "python/site.h"
#include "python/tasks.h"

#define METH_VARARGS 0x1
#define METH_KEYWORDS 0x2
#define METH_NOARGS 0x4
#define METH_O 0x8
#define METH_FASTCALL 0x80
#define METH_METHOD 0x200

struct method {
	const char *name;
	void *function;
	int32_t flags, spare;
	const char *doc;
};

typedef pyobject *call_one(pyobject *self, pyobject *argument);
typedef pyobject *call_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
typedef pyobject *call_method(
	pyobject *self, pyobject *class_, pyobject *const *args, ptrdiff_t count, pyobject *keywords);

/* --- pickling --- */

static void *real_dump, *real_loads, *real_load, *real_exc_info, *real_exception, *real_thread_hook, *real_main_hook,
	*real_find_class;

static enum pyfail_what dump_what(enum caller caller)
{
	return caller == CALLER_START ? PYFAIL_START : PYFAIL_PICKLE;
}

static void dump_done(struct message *message, const pyobject *pickler, const pyobject *result, pyobject *sent)
{
	enum caller caller = message->site.caller;

	if (unlikely(!result)) {
		failure_current(dump_what(caller), sent, message, "", NULL);
		return;
	}
	message_sent(message, pickler, sent);
	if (likely(caller == CALLER_SEND))
		noticed_sent(sent);
	else
		noticed_started(sent);
}

static pyobject *dump_one(pyobject *self, pyobject *sent)
{
	struct message message;
	pyobject *result;

	site_find(&message.site, true);
	if (message.site.caller != CALLER_SEND && message.site.caller != CALLER_START)
		return ((call_one *)real_dump)(self, sent);
	message_begins_out(&message, self, sent);
	result = ((call_one *)real_dump)(self, sent);
	dump_done(&message, self, result, sent);
	return result;
}

static pyobject *dump_method(
	pyobject *self, pyobject *class_, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	pyobject *sent = (count & ~(1ul << 63)) == 1 ? args[0] : NULL, *result;
	struct message message;

	site_find(&message.site, true);
	if (message.site.caller != CALLER_SEND && message.site.caller != CALLER_START)
		return ((call_method *)real_dump)(self, class_, args, count, keywords);
	message_begins_out(&message, self, sent);
	result = ((call_method *)real_dump)(self, class_, args, count, keywords);
	dump_done(&message, self, result, sent);
	return result;
}

/* --- unpickling --- */

/* What the thread has looked up last while it rebuilds messages (one of them may make it rebuild another). */
static __thread struct {
	uint32_t depth;
	bool any;       /* looked up by the message that is read */
	uint64_t since; /* when that began, or 0 and then the first lookup: no address of it, as greenlets exchange
			   stacks */
	/* Copies, which cost less than references; without a NUL at the end. */
	uint8_t module_length, name_length; /* name_length 0: nothing */
	char module[80], name[48];
} looked_up __attribute__((tls_model("initial-exec")));

/* At most `room` - 1 bytes. */
static uint8_t text_copy(char *to, uint8_t room, const pyobject *text)
{
	size_t length;
	const char *ascii = python_ascii((const char *)text, &length);

	if (unlikely(!ascii))
		return (uint8_t)python_text((const char *)text, to, room, false);
	length = length < room ? length : room - 1u;
	memcpy(to, ascii, length);
	return (uint8_t)length;
}

static void class_looked_up(const pyobject *module, const pyobject *name)
{
	if (!looked_up.depth)
		return;
	looked_up.any = true;
	if (!looked_up.since)
		looked_up.since = probe_now();
	if (!module || !name || type_of(module) != py.PyUnicode_Type || type_of(name) != py.PyUnicode_Type)
		return;
	looked_up.module_length = text_copy(looked_up.module, sizeof(looked_up.module), module);
	looked_up.name_length = text_copy(looked_up.name, sizeof(looked_up.name), name);
}

/* Ends a copy; control characters become spaces, as python_text() does it. */
static void text_end(char *text, uint8_t length)
{
	for (uint8_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			text[i] = ' ';
	text[length] = 0;
}

static void unpickle_failed(enum pyfail_what what)
{
	char text[sizeof(looked_up.module) + sizeof(looked_up.name)];
	pyobject *kept[3], *class_ = NULL;

	text[0] = 0;
	if (looked_up.name_length) {
		text_end(looked_up.module, looked_up.module_length);
		text_end(looked_up.name, looked_up.name_length);
		snprintf(text, sizeof(text), "%s.%s", looked_up.module, looked_up.name);
		py.PyErr_Fetch(&kept[0], &kept[1], &kept[2]);
		class_ = module_entry(module_find(looked_up.module), looked_up.name);
		py.PyErr_Restore(kept[0], kept[1], kept[2]);
	}
	failure_current(what, NULL, NULL, text, class_);
}

static pyobject *find_class(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	if (count == 2)
		class_looked_up(args[0], args[1]);
	return ((call_fast *)real_find_class)(self, args, count, keywords);
}

static pyobject *find_class_method(
	pyobject *self, pyobject *class_, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	if ((count & ~(1ul << 63)) == 2)
		class_looked_up(args[0], args[1]);
	return ((call_method *)real_find_class)(self, class_, args, count, keywords);
}

static pyobject *find_class_tuple(pyobject *self, pyobject *args)
{
	if (args && type_of(args) == py.PyTuple_Type && items_of(args) == 2)
		class_looked_up(tuple_item(args, 0), tuple_item(args, 1));
	return ((call_one *)real_find_class)(self, args);
}

static bool is_process(const pyobject *o)
{
	return o && strstr(type_name(type_of(o)), "Process") && type_has(type_of(o), TYPE_IS_HEAP);
}

static void load_done(struct message *message, const pyobject *from, pyobject *object)
{
	struct probe_tls *t;

	message_received(message, from, object);
	/* the second object of a fresh interpreter; the first says how to prepare for it */
	if (message->site.caller == CALLER_BEGIN && is_process(object) && (t = probe_thread()))
		task_of_process(t, object, "spawn");
}

static pyobject *unpickle(void *real, pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	struct message message;
	uint64_t outer = looked_up.since;
	pyobject *result;

	site_find(&message.site, false);
	if (message.site.caller != CALLER_RECEIVE && message.site.caller != CALLER_BEGIN)
		return ((call_fast *)real)(self, args, count, keywords);
	message_begins_in(&message, count > 0 ? args[0] : NULL, real_find_class && real == real_loads);
	looked_up.depth++;
	looked_up.any = false;
	looked_up.since = message.start;
	result = ((call_fast *)real)(self, args, count, keywords);
	if (looked_up.any && looked_up.since)
		message_looked_up(&message, looked_up.since);
	if (likely(result))
		load_done(&message, count > 0 ? args[0] : NULL, result);
	else
		unpickle_failed(message.site.caller == CALLER_BEGIN ? PYFAIL_BEGIN : PYFAIL_UNPICKLE);
	looked_up.any = --looked_up.depth > 0; /* only what an outer one has looked up reads a message itself */
	looked_up.since = outer;
	looked_up.name_length = 0;
	return result;
}

static pyobject *loads(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	return unpickle(real_loads, self, args, count, keywords);
}

static pyobject *load(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	return unpickle(real_load, self, args, count, keywords);
}

/* --- uncaught exceptions --- */

/* BaseProcess._bootstrap prints the exception that ended a Process by traceback.print_exc, which asks for it here. An
 * executor's worker logs that of its initializer, and ends. */
static bool process_is_ending(void)
{
	enum caller caller = caller_find();
	struct python_frame frames[3];
	bool logs = caller == CALLER_LOG;
	int at = logs ? 2 : 1;

	if ((caller != CALLER_PRINT && !logs) || python_walk(NULL, frames, at + 1) != at + 1)
		return false;
	return logs ? code_is(frames[at].code, "/concurrent/futures/process.py", "_process_worker")
		    : code_is(frames[at].code, "/multiprocessing/process.py", "_bootstrap");
}

/* threading of 3.6 and 3.7 prints the exception that ended a thread by traceback.format_exc. */
static bool thread_is_ending(void)
{
	struct python_frame frames[2];

	if (python_minor() > 7 || caller_find() != CALLER_FORMAT || python_walk(NULL, frames, 2) != 2)
		return false;
	return code_is(frames[1].code, "/threading.py", "_bootstrap_inner");
}

static pyobject *exc_info(pyobject *self, pyobject *unused)
{
	pyobject *result = ((call_one *)real_exc_info)(self, unused);

	bool ends = result && items_of(result) == 3, thread = ends && thread_is_ending();
	/* What a child of the forkserver dies of before its Process begins is printed by the loop that forked it. */
	bool main = ends && !thread && caller_find() == CALLER_FORKSERVER;

	if (ends && (thread || main || process_is_ending()))
		failure_uncaught(thread ? PYFAIL_THREAD
				 : main ? PYFAIL_MAIN
					: PYFAIL_PROCESS,
			tuple_item(result, 0), tuple_item(result, 1), tuple_item(result, 2));
	return result;
}

/* An exception keeps its traceback behind args and notes (pyerrors.h, from 3.11). */
static pyobject *exception(pyobject *self, pyobject *unused)
{
	pyobject *result = ((call_one *)real_exception)(self, unused);

	if (result && is_a(result, TYPE_IS_EXCEPTION) && process_is_ending())
		failure_uncaught(PYFAIL_PROCESS, type_of(result), result, object_at(result, 40));
	return result;
}

static pyobject *thread_hook(pyobject *self, pyobject *args)
{
	/* a structure of type, value, traceback, thread, which is a tuple */
	if (args && is_a(args, TYPE_IS_TUPLE) && items_of(args) >= 3 &&
		!(is_a(tuple_item(args, 0), TYPE_IS_TYPE) && strcmp(type_name(tuple_item(args, 0)), "SystemExit") == 0))
		failure_uncaught(PYFAIL_THREAD, tuple_item(args, 0), tuple_item(args, 1), tuple_item(args, 2));
	return ((call_one *)real_thread_hook)(self, args);
}

static const pyobject *uncaught_told; /* of the main thread, by its audit event: its hook follows */

static void main_uncaught(pyobject *type, pyobject *value, pyobject *traceback)
{
	if (!value || value != uncaught_told)
		failure_uncaught(PYFAIL_MAIN, type, value, traceback);
	uncaught_told = NULL;
}

void hooks_main_uncaught(pyobject *type, pyobject *value, pyobject *traceback)
{
	failure_uncaught(PYFAIL_MAIN, type, value, traceback);
	uncaught_told = value;
}

static pyobject *main_hook_tuple(pyobject *self, pyobject *args)
{
	if (args && type_of(args) == py.PyTuple_Type && items_of(args) == 3)
		main_uncaught(tuple_item(args, 0), tuple_item(args, 1), tuple_item(args, 2));
	return ((call_one *)real_main_hook)(self, args);
}

static pyobject *main_hook_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords)
{
	if (count == 3)
		main_uncaught(args[0], args[1], args[2]);
	return ((call_fast *)real_main_hook)(self, args, count, keywords);
}

/* --- putting them in place --- */

struct hook {
	const char *module, *name;
	int32_t flags;
	void *ours;
	void **real;
	uint8_t from, to; /* versions */
};

/* clang-format off */
static const struct hook hooks[] = {
	{"_pickle", "dump",  METH_O,                                     (void *)dump_one,    &real_dump,        6, 11},
	{"_pickle", "dump",  METH_METHOD | METH_FASTCALL | METH_KEYWORDS, (void *)dump_method, &real_dump,       12, 13},
	{"_pickle", "loads", METH_FASTCALL,                              (void *)loads,       &real_loads,       6, 6},
	{"_pickle", "loads", METH_FASTCALL | METH_KEYWORDS,              (void *)loads,       &real_loads,       7, 13},
	{"_pickle", "load",  METH_FASTCALL,                              (void *)load,        &real_load,        6, 6},
	{"_pickle", "load",  METH_FASTCALL | METH_KEYWORDS,              (void *)load,        &real_load,        7, 13},
	{"_pickle", "find_class", METH_VARARGS,                          (void *)find_class_tuple, &real_find_class, 6, 6},
	{"_pickle", "find_class", METH_FASTCALL,                         (void *)find_class,  &real_find_class,  7, 12},
	{"_pickle", "find_class", METH_METHOD | METH_FASTCALL | METH_KEYWORDS, (void *)find_class_method, &real_find_class, 12, 13},
	{"sys",     "exc_info",       METH_NOARGS,                       (void *)exc_info,    &real_exc_info,    6, 7},
	{"sys",     "exc_info",       METH_NOARGS,                       (void *)exc_info,    &real_exc_info,    8, 13},
	{"sys",     "exception",      METH_NOARGS,                       (void *)exception,   &real_exception,   12, 13},
	{"sys",     "__excepthook__", METH_VARARGS,                      (void *)main_hook_tuple, &real_main_hook, 6, 7},
	{"sys",     "__excepthook__", METH_FASTCALL,                     (void *)main_hook_fast, &real_main_hook, 8, 13},
	{"sys",     "exit",           METH_VARARGS,                      (void *)noticed_exit_tuple, &noticed_real_exit, 6, 7},
	{"sys",     "exit",           METH_FASTCALL,                     (void *)noticed_exit_fast,  &noticed_real_exit, 8, 13},
	{"posix",   "_exit",          METH_FASTCALL,                     (void *)noticed_os_exit,    &noticed_real_os_exit, 6, 6},
	{"posix",   "_exit",          METH_FASTCALL | METH_KEYWORDS,     (void *)noticed_os_exit,    &noticed_real_os_exit, 7, 13},
	{"posix",   "fork",           METH_NOARGS,                       (void *)sent_fork,   &sent_real_fork,   6, 13},
	{"posix",   "write",          METH_FASTCALL,                     (void *)sent_write,  &sent_real_write,  7, 13},
	{"_queue",  "put",            METH_FASTCALL | METH_KEYWORDS,     (void *)sent_put,    &sent_real_put,    7, 13},
	{"_queue",  "get",            METH_FASTCALL | METH_KEYWORDS,     (void *)sent_get,    &sent_real_get,    7, 13},
	{"_queue",  "get",            METH_METHOD | METH_FASTCALL | METH_KEYWORDS, (void *)sent_get_method, &sent_real_get, 9, 13},
	{"_multiprocessing", "acquire", METH_VARARGS | METH_KEYWORDS,    (void *)sent_acquire_tuple, &sent_real_acquire, 6, 9},
	{"_multiprocessing", "acquire", METH_FASTCALL | METH_KEYWORDS,   (void *)sent_acquire, &sent_real_acquire, 9, 13},
	{"_struct", "pack",           METH_VARARGS,                      (void *)noticed_pack_tuple, &noticed_real_pack, 6, 6},
	{"_struct", "pack",           METH_FASTCALL,                     (void *)noticed_pack_fast,  &noticed_real_pack, 7, 7},
	{"_thread", "_excepthook",    METH_O,                            (void *)thread_hook, &real_thread_hook, 8, 13},
};
/* clang-format on */

/* The class that has the method; NULL: it is the module's function. */
static const char *class_name(const struct hook *hook)
{
	static const char *const classes[][2] = {{"dump", "Pickler"}, {"find_class", "Unpickler"},
		{"acquire", "SemLock"}, {"put", "SimpleQueue"}, {"get", "SimpleQueue"}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(hook->name, classes[i][0]) == 0)
			return classes[i][1];
	return NULL;
}

/* The table entry behind a function of a module, or behind a method of its classes. NULL: not what was expected. */
static struct method *method_find(const struct hook *hook, pyobject *module)
{
	const char *name = strcmp(hook->name, "__excepthook__") == 0 ? "excepthook" : hook->name;
	struct method *method;
	pyobject *o;

	if (class_name(hook)) {
		pyobject *class_ = module_entry(module, class_name(hook)), *dict;

		dict = is_a(class_, TYPE_IS_TYPE) ? object_at(class_, TYPE_DICT) : NULL;
		o = is_a(dict, TYPE_IS_DICT) ? py.PyDict_GetItemString(dict, name) : NULL;
		if (!o || type_of(o) != py.PyMethodDescr_Type)
			return NULL;
		method = (struct method *)object_at(o, 40);
	} else {
		o = module_entry(module, hook->name);
		if (!o || type_of(o) != py.PyCFunction_Type)
			return NULL;
		method = (struct method *)object_at(o, 16);
	}
	return method && method->name && strcmp(method->name, name) == 0 && method->flags == hook->flags ? method
													 : NULL;
}

static void hook_install(const struct hook *hook)
{
	pyobject *module = module_find(hook->module);
	struct method *method = module ? method_find(hook, module) : NULL;

	if (!method || *hook->real || method->function == hook->ours || probe.restricted ||
		!raw_is_writable(&method->function))
		return;
	*hook->real = method->function;
	__atomic_store_n(&method->function, hook->ours, __ATOMIC_RELEASE);
}

/* Of use to every program. */
static bool is_early(const struct hook *hook)
{
	return hook->real == &real_main_hook || hook->real == &real_thread_hook ||
	       (hook->real == &real_exc_info && hook->to <= 7);
}

static void hooks_place(bool all)
{
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (python_minor() >= hooks[i].from && python_minor() <= hooks[i].to && (all || is_early(&hooks[i])))
			hook_install(&hooks[i]);
}

void hooks_for_all(void)
{
	if (!probe.restricted)
		hooks_place(false);
}

bool hooks_main_is_ours(void)
{
	pyobject *sys = module_find("sys"), *given = module_entry(sys, "excepthook");

	return real_main_hook && given && given == module_entry(sys, "__excepthook__");
}

#define LATER_TRIES 2000u

bool hooks_later(void)
{
	static uint32_t tries;

	if ((sent_real_acquire && (sent_real_put || python_minor() < 7)) || tries >= LATER_TRIES)
		return false;
	tries++;
	hooks_place(true);
	return true;
}

bool hooks_install(void)
{
	pyobject *pickle;

	if (!api_find() || probe.restricted)
		return true;
	pickle = module_find("_pickle");
	if (!pickle || !module_entry(pickle, "Pickler") || !module_entry(pickle, "loads") ||
		!module_entry(pickle, "load"))
		return false;
	hooks_place(true);
	direct_begin();
	return true;
}
