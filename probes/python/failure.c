/* failure.c: what an exception was about, read from the objects at hand and told in one record. Only failures come
 * here, so this may take its time (tens of microseconds), but it may not change anything: no call into the program, no
 * name normalised, no cache filled. */
#include "python/failure.h"

#include <errno.h>
#include <stdio.h>

#include "python/frames.h"
#include "python/messages.h"
#include "python/path.h"
#include "stack.h"

#define FRAMES 30
#define FAILURES_IN_FULL 40u

struct report {
	enum pyfail_what what;
	uint32_t flags, stack;
	char type[64], message[300], looked_up[130], thread[48], library[200];
	struct path_found path;
};

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The same rule as the model's (src/model/stacks.c). */
bool is_program_file(const char *file)
{
	return file[0] && file[0] != '<' && !strstr(file, "/lib/python") && !strstr(file, "/site-packages/") &&
	       !strstr(file, "/dist-packages/");
}

/* Libraries whose calls wait for what their helper threads send and receive. */
static bool is_waiting_file(const char *file)
{
	return strstr(file, "/multiprocessing/pool.py") || strstr(file, "/concurrent/futures/") ||
	       strstr(file, "/joblib/");
}

/* --- the exception --- */

static void number_text(pyobject *number, char *out, size_t room)
{
	snprintf(out, room, "[Errno %ld] ", py.PyLong_AsLong(number));
	py.PyErr_Clear();
}

static bool is_os_error(const pyobject *type)
{
	pyobject *mro = is_a(type, TYPE_IS_TYPE) ? object_at(type, TYPE_MRO) : NULL;

	for (ptrdiff_t i = 0; py.PyExc_OSError && mro && i < items_of(mro); i++)
		if (tuple_item(mro, i) == py.PyExc_OSError)
			return true;
	return false;
}

/* The file an OSError is about: behind what all exceptions have, errno and strerror (pyerrors.h). */
static void put_file_name(pyobject *value, char *out, size_t room)
{
	size_t used = strlen(out);
	pyobject *name;
	char file[160];

	if (!is_os_error(type_of(value)) || used + 8 > room)
		return;
	name = object_at(value, python_minor() < 11 ? 80 : 88);
	if (!name || type_of(name) != py.PyUnicode_Type)
		return;
	python_text((const char *)name, file, sizeof(file), true);
	snprintf(out + used, room - used, ": '%s'", file);
}

/* "3, 'row'": arguments that are text or numbers, "..." for others. */
static void args_text(pyobject *args, char *out, size_t room)
{
	size_t used = 0;

	for (ptrdiff_t i = 0; i < items_of(args) && used + 32 < room; i++) {
		pyobject *item = tuple_item(args, i);
		char text[120] = "...";

		if (item && type_of(item) == py.PyUnicode_Type)
			python_text((const char *)item, text, sizeof(text), false);
		else if (item && type_of(item) == py.PyLong_Type)
			snprintf(text, sizeof(text), "%ld", py.PyLong_AsLong(item));
		used += (size_t)snprintf(out + used, room - used, "%s%s", i ? ", " : "", text);
		if (used >= room)
			break;
	}
	py.PyErr_Clear();
}

/* str(value) as far as it can be had from value's args. */
static void message_read(const pyobject *type, pyobject *value, char *out, size_t room)
{
	pyobject *args = value;
	size_t used;

	*out = 0;
	if (!value)
		return;
	if (is_a(value, TYPE_IS_EXCEPTION))
		args = object_at(value, 24);
	if (args && type_of(args) == py.PyUnicode_Type) {
		python_text((const char *)args, out, room, false);
		return;
	}
	if (args && type_of(args) == py.PyLong_Type) { /* SystemExit(2) as it was set, not made yet */
		snprintf(out, room, "%ld", py.PyLong_AsLong(args));
		py.PyErr_Clear();
		return;
	}
	if (!args || type_of(args) != py.PyTuple_Type || items_of(args) == 0)
		return;
	if (items_of(args) == 1 || !is_os_error(type) || type_of(tuple_item(args, 0)) != py.PyLong_Type) {
		args_text(args, out, room);
		return;
	}
	number_text(tuple_item(args, 0), out, room);
	used = strlen(out);
	if (type_of(tuple_item(args, 1)) == py.PyUnicode_Type)
		python_text((const char *)tuple_item(args, 1), out + used, room - used, false);
}

/* --- places --- */

/* Frames of a traceback, innermost first. */
static int traceback_walk(const pyobject *traceback, struct python_frame *frames)
{
	struct python_frame ring[FRAMES];
	int total = 0, count;

	for (int guard = 0; traceback && guard < 100000; guard++) {
		struct python_frame *frame = &ring[total++ % FRAMES];
		pyobject *f = object_at(traceback, 24), *code = NULL;
		int32_t numbers[2]; /* tb_lasti, tb_lineno */

		memcpy(numbers, (const char *)traceback + 32, sizeof(numbers));
		if (py.PyFrame_GetCode) {
			code = py.PyFrame_GetCode(f);
			py.Py_DecRef(code); /* the frame has it */
		} else {
			code = object_at(f, 32);
		}
		frame->code = (const char *)code;
		frame->offset = numbers[0];
		frame->line = numbers[1] > 0 ? numbers[1] : 0;
		traceback = object_at(traceback, 16);
	}
	count = total < FRAMES ? total : FRAMES;
	for (int i = 0; i < count; i++)
		frames[i] = ring[(total - 1 - i) % FRAMES];
	return count;
}

static uint32_t stack_tell(struct probe_tls *t, const struct python_frame *frames, int count)
{
	uint32_t id;

	t->th->own.busy++;
	id = count ? python_stack_of(t, 0, frames, count) : 0;
	t->th->own.busy--;
	return id;
}

/* Does this thread stand in a waiting call of the library that code of the program made? */
static bool waits_for_library(const struct python_frame *frames, int count)
{
	bool waits = false;

	for (int i = 0; i < count; i++) {
		char file[128], name[64];

		python_code_names(frames[i].code, file, sizeof(file), name, sizeof(name));
		if (is_program_file(file))
			return waits;
		waits = waits || is_waiting_file(file);
	}
	return false;
}

static bool has_program_frame(const struct python_frame *frames, int count, char *library, size_t room)
{
	for (int i = 0; i < count; i++) {
		char file[128], name[64];

		python_code_names(frames[i].code, file, sizeof(file), name, sizeof(name));
		if (is_program_file(file))
			return true;
		/* the first frames are pickle's own way; the place is who wanted to send or receive */
		if (!*library && !strstr(file, "/multiprocessing/reduction.py") &&
			!strstr(file, "/multiprocessing/connection.py") &&
			!strstr(file, "/loky/backend/reduction.py") && !strstr(file, "/cloudpickle/"))
			snprintf(library, room, "%s %s", file_name(file), name);
	}
	return false;
}

/* The function of a library that called the program's code first. */
static void library_above(const struct python_frame *frames, int count, char *library, size_t room)
{
	char file[128], name[64], above[200] = "";

	for (int i = count - 1; i >= 0; i--) {
		python_code_names(frames[i].code, file, sizeof(file), name, sizeof(name));
		if (is_program_file(file)) {
			snprintf(library, room, "%s", above);
			return;
		}
		snprintf(above, sizeof(above), "%s %s", file_name(file), name);
	}
}

/* The failure is in a thread of the library: who waits for it? Threads can not run while we hold the GIL, so that their
 * frames can be read; with interpreters that have a GIL of their own this is not so. More than one that waits: nobody
 * is named. */
static uint32_t waiter_stack(struct probe_tls *t)
{
	pyobject *interpreter = py.PyInterpreterState_Head(), *own = py.PyGILState_GetThisThreadState();
	struct python_frame frames[FRAMES], best[FRAMES];
	int found = 0, best_count = 0, guard = 0;

	if (!interpreter || py.PyInterpreterState_Next(interpreter))
		return 0;
	for (pyobject *state = py.PyInterpreterState_ThreadHead(interpreter); state && guard++ < 1000;
		state = py.PyThreadState_Next(state)) {
		int count = state == own ? 0 : python_walk((const char *)state, frames, FRAMES);

		if (!waits_for_library(frames, count))
			continue;
		found++;
		best_count = count;
		memcpy(best, frames, sizeof(best));
	}
	return found == 1 ? stack_tell(t, best, best_count) : 0;
}

/* Queue's feeder thread prints nothing about an error once its interpreter is on its way out. */
static bool is_swallowed(const struct report *report)
{
	pyobject *util;

	if (strncmp(report->library, "queues.py ", 10) != 0)
		return false;
	util = module_find("multiprocessing.util");
	return util && module_entry(util, "_exiting") == py._Py_TrueStruct;
}

/* A forked Process still has its parent's frames below its own. */
static int own_frames(const struct python_frame *frames, int count)
{
	for (int i = 0; i < count; i++) {
		char file[128], name[64];
		const char *end;

		python_code_names(frames[i].code, file, sizeof(file), name, sizeof(name));
		end = strstr(file, "/multiprocessing/process.py");
		if (end && !end[27] && strstr(name, "_bootstrap"))
			return i + 1;
	}
	return count;
}

/* The program's own code that pickle called (__reduce__, __setstate__, an import) and that raised. 0: none did. */
static uint32_t raised_at(struct probe_tls *t, const pyobject *traceback)
{
	struct python_frame frames[FRAMES];
	char library[200] = "";
	int count = 0;

	if (traceback && strcmp(type_name(type_of(traceback)), "traceback") == 0)
		count = traceback_walk(traceback, frames);
	return has_program_frame(frames, count, library, sizeof(library)) ? stack_tell(t, frames, count) : 0;
}

/* `asked`: the place where the program handed it over, 0: not known. */
static void place_find(struct probe_tls *t, struct report *report, uint32_t asked, const pyobject *traceback)
{
	struct python_frame frames[FRAMES];
	int count = own_frames(frames, python_walk(NULL, frames, FRAMES));
	bool ours = has_program_frame(frames, count, report->library, sizeof(report->library));
	uint32_t other = ours ? 0 : raised_at(t, traceback);

	if (is_swallowed(report))
		report->flags |= PYFAIL_SILENT;
	if (other) {
		report->flags |= PYFAIL_RAISED;
	} else if (!ours && asked) {
		other = asked;
		report->flags |= PYFAIL_ASKED;
	} else if (!ours) {
		other = waiter_stack(t);
		if (other)
			report->flags |= PYFAIL_WAITER;
	}
	report->stack = other ? other : stack_tell(t, frames, count);
}

/* threading._active[ident]._name */
void failure_thread_name(char *out, size_t room)
{
	pyobject *active = module_entry(module_find("threading"), "_active"), *ident, *thread, *name = NULL;

	*out = 0;
	if (!active || type_of(active) != py.PyDict_Type)
		return;
	ident = py.PyLong_FromUnsignedLong(py.PyThread_get_thread_ident());
	if (!ident) {
		py.PyErr_Clear();
		return;
	}
	thread = py.PyDict_GetItem(active, ident);
	py.Py_DecRef(ident);
	if (thread)
		name = instance_entry(thread, "_name");
	if (name && type_of(name) == py.PyUnicode_Type)
		python_text((const char *)name, out, room, false);
}

/* --- telling --- */

/* Names of types may hold anything. */
static size_t put_line(char *out, size_t used, const char *line)
{
	for (; *line; line++)
		out[used++] = (unsigned char)*line < ' ' || *line == 127 ? ' ' : *line;
	out[used] = '\n';
	return used + 1;
}

static void report_tell(struct probe_tls *t, const struct report *report, uint32_t number)
{
	const char *const lines[PYFAIL_LINES] = {[PYFAIL_TYPE] = report->type,
		[PYFAIL_MESSAGE] = report->message,
		[PYFAIL_SENT] = report->path.sent,
		[PYFAIL_PATH] = report->path.path,
		[PYFAIL_LEAF] = report->path.leaf,
		[PYFAIL_CLASS] = report->looked_up,
		[PYFAIL_THREAD_NAME] = report->thread,
		[PYFAIL_LIBRARY] = report->library};
	struct rec_pyfail record = {.what = report->what, .flags = report->flags, .number = number};
	char text[sizeof(struct report) + PYFAIL_LINES + 1];
	uint64_t ticks = probe_now();
	size_t used = 0;

	for (unsigned i = 0; i < PYFAIL_LINES; i++)
		used = put_line(text, used, lines[i]);
	text[used] = 0;
	t->th->own.busy++;
	emit_pieces(t, ticks, text);
	emit_record(t, EV_PYFAIL, 0, report->stack, ticks, &record, sizeof(record));
	t->th->own.busy--;
}

static pyobject *main_file_of(const char *module)
{
	return module_entry(module_find(module), "__file__");
}

static void main_file(const char *module, char *out, size_t room)
{
	pyobject *file = main_file_of(module);

	*out = 0;
	if (file && type_of(file) == py.PyUnicode_Type)
		python_text((const char *)file, out, room, true);
}

void failure_tell_main(void)
{
	static uint64_t told;                           /* serial: a forked child tells again */
	static const pyobject *told_main, *told_second; /* a spawned one gets its main module late */
	const pyobject *first = main_file_of("__main__"), *other = main_file_of("__mp_main__");
	struct probe_tls *t = probe_thread();
	struct rec_pymain record = {0};
	char text[512], *second;
	uint64_t ticks;

	if (!t || (told == t->serial && told_main == first && told_second == other))
		return;
	told = t->serial;
	told_main = first;
	told_second = other;
	record.same = module_find("__main__") == module_find("__mp_main__");
	main_file("__main__", text, 250);
	second = text + strlen(text);
	*second++ = '\n';
	main_file("__mp_main__", second, 250);
	ticks = probe_now();
	t->th->own.busy++;
	emit_pieces(t, ticks, text);
	emit_record(t, EV_PYMAIN, 0, 0, ticks, &record, sizeof(record));
	t->th->own.busy--;
}

/* Number of this failure in its process; 0: enough were told. */
static uint32_t failure_number(const struct probe_tls *t, enum pyfail_what what)
{
	static uint64_t serial;
	static uint32_t count;

	if (serial != t->serial) {
		serial = t->serial;
		count = 0;
	}
	count++;
	/* What ends a process comes once; what takes back an exit has to follow it. */
	if (what == PYFAIL_MAIN || what == PYFAIL_PROCESS || what == PYFAIL_WENT_ON)
		return count;
	return count <= FAILURES_IN_FULL || (count & (count - 1)) == 0 ? count : 0;
}

static bool is_exception_class(const pyobject *class_)
{
	return class_ && is_a(class_, TYPE_IS_TYPE) && type_has(class_, TYPE_IS_EXCEPTION);
}

static void exception_read(struct report *report, pyobject *type, pyobject *value)
{
	snprintf(report->type, sizeof(report->type), "%s", is_a(type, TYPE_IS_TYPE) ? type_short_name(type) : "?");
	message_read(type, value, report->message, sizeof(report->message));
	if (is_a(value, TYPE_IS_EXCEPTION))
		put_file_name(value, report->message, sizeof(report->message));
	failure_thread_name(report->thread, sizeof(report->thread));
}

bool failure_current(
	enum pyfail_what what, pyobject *sent, struct message *message, const char *looked_up, pyobject *class_)
{
	struct probe_tls *t = probe_thread();
	struct report report = {.what = what};
	pyobject *type, *value, *traceback;
	int saved = errno;
	uint32_t number = t ? failure_number(t, what) : 0;

	if (!number)
		return false;
	py.PyErr_Fetch(&type, &value, &traceback);
	if (type) {
		failure_tell_main();
		exception_read(&report, type, value);
		snprintf(report.looked_up, sizeof(report.looked_up), "%s", looked_up);
		if (is_exception_class(class_))
			report.flags |= PYFAIL_EXCEPTION;
		if (sent && python_minor() >= 7 && strcmp(type_short_name(type_of(sent)), "_CallItem") == 0)
			report.flags |= PYFAIL_DELIVERED;
		if (sent)
			path_find(sent, report.message, &report.path);
		place_find(t, &report, sent && message ? message_asked_at(message, sent) : 0, traceback);
		report_tell(t, &report, number);
	}
	py.PyErr_Restore(type, value, traceback);
	errno_restore(saved);
	return true;
}

void failure_uncaught(enum pyfail_what what, pyobject *type, pyobject *value, pyobject *traceback)
{
	struct probe_tls *t = probe_thread();
	struct python_frame frames[FRAMES];
	struct report report = {.what = what};
	int saved = errno, count = 0;
	uint32_t number = t ? failure_number(t, what) : 0;
	pyobject *kept[3];

	if (!number || !type || strcmp(is_a(type, TYPE_IS_TYPE) ? type_name(type) : "?", "KeyboardInterrupt") == 0)
		return;
	py.PyErr_Fetch(&kept[0], &kept[1], &kept[2]);
	exception_read(&report, type, value);
	if (traceback && strcmp(type_name(type_of(traceback)), "traceback") == 0)
		count = traceback_walk(traceback, frames);
	library_above(frames, count, report.library, sizeof(report.library));
	report.stack = stack_tell(t, frames, count);
	report_tell(t, &report, number);
	py.PyErr_Restore(kept[0], kept[1], kept[2]);
	errno_restore(saved);
}

void failure_told(enum pyfail_what what, pyobject *value, uint32_t stack)
{
	struct probe_tls *t = probe_thread();
	struct report report = {.what = what, .stack = stack};
	int saved = errno;
	uint32_t number = t ? failure_number(t, what) : 0;
	pyobject *kept[3];

	if (!number)
		return;
	py.PyErr_Fetch(&kept[0], &kept[1], &kept[2]);
	failure_tell_main();
	if (value)
		exception_read(&report, type_of(value), value);
	report_tell(t, &report, number);
	py.PyErr_Restore(kept[0], kept[1], kept[2]);
	errno_restore(saved);
}

void failure_here(enum pyfail_what what, const char *type, pyobject *value)
{
	struct probe_tls *t = probe_thread();
	struct report report = {.what = what};
	int saved = errno;
	uint32_t number = t ? failure_number(t, what) : 0;

	if (!number)
		return;
	snprintf(report.type, sizeof(report.type), "%s", type);
	message_read(NULL, value, report.message, sizeof(report.message));
	place_find(t, &report, 0, NULL);
	report_tell(t, &report, number);
	errno_restore(saved);
}

void failure_path(enum pyfail_what what, const struct path_found *path)
{
	struct probe_tls *t = probe_thread();
	struct report report = {.what = what, .path = *path};
	int saved = errno;
	uint32_t number = t ? failure_number(t, what) : 0;

	if (!number)
		return;
	place_find(t, &report, 0, NULL);
	report_tell(t, &report, number);
	errno_restore(saved);
}
