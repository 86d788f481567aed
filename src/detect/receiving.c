/* receiving.c: S002, S008: messages that could not be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/pyfails.h"
#include "detect/quote.h"

static bool is_of_main(const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_MESSAGE), "module '__main__'") ||
	       strstr(LINE(fail, PYFAIL_MESSAGE), "module '__mp_main__'");
}

/* The module in which the receiver looked: a program that put another one in the place of __main__ still has the first
 * as __mp_main__, by which spawned processes know it. */
static const char *file_of_main(const struct process *process)
{
	return process->main_is_mp_main ? process->main_file : process->mp_main_file;
}

static const char *main_text(const struct detection *detection, const struct process *process)
{
	const char *file = file_of_main(process);

	return file[0] ? shown_path(detection, file) : "no file";
}

/* The first other process for which the name is another file. */
static const struct process *other_main(struct detection *detection, const struct process *receiver)
{
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p))
		if (p != receiver && p->main_told && file_of_main(p)[0] && file_of_main(p) != file_of_main(receiver))
			return p;
	return NULL;
}

/* What the name stands for on both sides. */
static void seen_mains(
	struct detection *detection, struct finding *finding, const struct pyfail *fail, const char *missing)
{
	const char *name = fail->process->main_is_mp_main ? "__main__" : "__mp_main__";
	const struct process *other = other_main(detection, fail->process);
	char theirs[64], ours[64];
	struct str text = {0};

	if (!is_of_main(fail) || !fail->process->main_told || !other)
		return;
	process_label(detection->model, other, theirs, sizeof(theirs));
	process_label(detection->model, fail->process, ours, sizeof(ours));
	put_process(detection, &text, other);
	str_printf(&text, " knows it as `%s.%s`;\n", name, missing);
	str_printf(&text, "  `%s` in %s is %s\n", name, theirs, main_text(detection, other));
	str_printf(&text, "  `%s` in %s is %s <- has no %s", name, ours, main_text(detection, fail->process), missing);
	finding_seen(finding, str_take(&text));
}

/* "Can't get attribute 'Result' on ...": Result; else the class looked up last. */
static char *missing_name(const struct pyfail *fail)
{
	const char *message = LINE(fail, PYFAIL_MESSAGE), *dot;
	static const char begin[] = "Can't get attribute '";

	if (strncmp(message, begin, sizeof(begin) - 1) == 0) {
		const char *name = message + sizeof(begin) - 1, *end = strchr(name, '\'');

		if (end)
			return str_make("%.*s", (int)(end - name), name);
	}
	dot = strrchr(LINE(fail, PYFAIL_CLASS), '.');
	return str_make("%s", dot ? dot + 1 : "");
}

static const struct pyfail *thread_end(const struct pyfail *fail)
{
	if (strstr(LINE(fail, PYFAIL_LIBRARY), "_handle_results"))
		for (const struct pyfail *end = fail->next_of_process; end; end = end->next_of_process)
			if (end->tid == fail->tid && end->what == PYFAIL_THREAD && pyfail_same(end, fail))
				return end;
	return NULL;
}

/* The library's function that the program's line called, and waits in: "map". "" not known. */
static void waiting_call(const struct detection *detection, const struct pyfail *fail, char *out, size_t room)
{
	struct frame frame;
	int user = fail->flags & PYFAIL_WAITER ? model_user_frame(detection->model, fail->stack, &frame) : -1;
	const char *dot;

	*out = 0;
	if (user < 1 || !model_frame(detection->model, fail->stack, (unsigned)user - 1, &frame) || !frame.function)
		return;
	dot = strrchr(frame.function, '.');
	snprintf(out, room, "%s", dot ? dot + 1 : frame.function);
}

static void seen_thread_end(
	struct detection *detection, struct finding *finding, const struct pyfail *fail, const char *call)
{
	const struct pyfail *end = thread_end(fail);
	struct str text = {0};
	char clock[FORMAT_SIZE], age[FORMAT_SIZE];
	unsigned workers = 0;

	if (!end) {
		seen_where(detection, finding, fail);
		return;
	}
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p))
		workers += p->parent == end->process && p->role == ROLE_WORKER && p->born_ns <= end->ts_ns &&
			   (!p->dead || p->dead_ns > end->ts_ns);
	str_printf(&text, "thread `%s` of ", LINE(end, PYFAIL_THREAD_NAME)[0] ? LINE(end, PYFAIL_THREAD_NAME) : "?");
	put_process(detection, &text, end->process);
	str_printf(&text,
		" (%s) ended with this error at %s: nobody reads results any more. %u worker%s nobody to answer to "
		"since",
		LINE(fail, PYFAIL_LIBRARY), format_clock(end->ts_ns, clock), workers, workers == 1 ? " has" : "s have");
	if (*call)
		str_printf(&text, ", `%s` waited %s", call,
			format_seconds(model_now_ns(detection->model) - end->ts_ns, age));
	finding_seen(finding, str_take(&text));
}

/* Where it was raised: of the exceptions that tasks sent back before, the latest of that class. */
static void seen_raised(
	struct detection *detection, struct finding *finding, const struct pyfail *fail, const char *name)
{
	const struct pyfail *raised = NULL;
	struct str text = {0};
	struct frame frame;

	for (const struct pyfail *f = model_pyfails(detection->model); f && f != fail; f = f->next)
		if (f->what == PYFAIL_TASK && strcmp(LINE(f, PYFAIL_TYPE), name) == 0)
			raised = f;
	if (!raised || model_user_frame(detection->model, raised->stack, &frame) < 0)
		return;
	put_process(detection, &text, raised->process);
	str_printf(&text, " raised %s: %s, at ", name, LINE(raised, PYFAIL_MESSAGE));
	put_frame(&text, &frame);
	finding_seen(finding, str_take(&text));
}

static char *lower(const char *name)
{
	char *copy = str_make("%s", name);

	for (char *c = copy; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	return copy;
}

/* A forked worker looked into the main module that it has from its parent, who made the message by that name. */
static bool was_forked_before(struct detection *detection, const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_MESSAGE), "module '__main__'") && fail->process->how == START_FORK &&
	       fail->process->role == ROLE_WORKER && !other_main(detection, fail->process) &&
	       strncmp(LINE(fail, PYFAIL_MESSAGE), "Can't get", 9) == 0;
}

/* A fresh python has the program's own file, but what is behind its main guard is not run there. */
static bool was_guarded(struct detection *detection, const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_MESSAGE), "module '__mp_main__'") && fail->process->main_told &&
	       file_of_main(fail->process)[0] && fail->process->role == ROLE_WORKER &&
	       !other_main(detection, fail->process) && strncmp(LINE(fail, PYFAIL_MESSAGE), "Can't get", 9) == 0;
}

static void texts_of_s002(
	struct detection *detection, struct finding *finding, const struct pyfail *fail, const char *name)
{
	const struct process *other = other_main(detection, fail->process);
	bool runner = is_of_main(fail) && other && file_of_main(other)[0];
	char *module;

	if (was_forked_before(detection, fail)) {
		finding->why = str_make("a forked worker knows what the program had defined when it was started. `%s` "
					"was defined later, so only its name can be sent, and the worker finds nothing "
					"under it.",
			name);
		finding->fix = str_make("start the workers behind all definitions: Pool(...) into if __name__ == "
					"'__main__' at the end of the file.");
		return;
	}
	if (was_guarded(detection, fail)) {
		finding->why =
			str_make("spawn and forkserver start a fresh python that imports the program's file, but not "
				 "as __main__. `%s` is defined behind if __name__ == '__main__', or made at run "
				 "time, so that it is not there.",
				name);
		finding->fix =
			str_make("define `%s` at the top level of the file, above if __name__ == '__main__'.", name);
		return;
	}
	module = lower(name);
	finding->why = str_make("pickle sends only the module and the name of a class or function. %s",
		runner ? "A runner (streamlit, gunicorn, pytest, a notebook) is `__main__` itself, your file is not."
		       : "The receiver must find the same name in the same module. A script runner, a notebook or an "
			 "interpreter"
			 " is `__main__` itself.");
	if (runner && *name)
		finding->fix = str_make("put it into a module that both sides import:\n"
					"  # %s.py: ... %s ...\n"
					"  # %s: from %s import %s",
			module, name, text_last_part(file_of_main(other)), module, name);
	else
		finding->fix = str_make("put the class or function into a module of its own that both sides import.");
	free(module);
}

/* The class was found, or code of the program for it called, and that raised. */
static bool is_rebuilding(const struct pyfail *fail)
{
	return fail->flags & PYFAIL_RAISED ||
	       (strncmp(LINE(fail, PYFAIL_MESSAGE), "Can't get", 9) != 0 && LINE(fail, PYFAIL_CLASS)[0] &&
		       strcmp(LINE(fail, PYFAIL_TYPE), "ModuleNotFoundError") != 0 &&
		       strcmp(LINE(fail, PYFAIL_TYPE), "ImportError") != 0);
}

static void texts_of_rebuilding(struct finding *finding)
{
	finding->why = str_make("to make the object again pickle calls code of its class: __setstate__, or what "
				"__reduce__ names with the arguments that it gave. That raised.");
	finding->fix =
		str_make("let __setstate__ take what __getstate__ gave (or the object's __dict__), and __reduce__ give "
			 "all arguments; try it with pickle.loads(pickle.dumps(x)) in one process.");
}

static void texts_of_s008(struct finding *finding)
{
	finding->why = str_make(
		"an exception is sent as its class and its args, which are what it gave to "
		"super().__init__(). Its own __init__ wants other arguments, so it can not be called with them.");
	finding->fix =
		str_make("give the base all that __init__ is given: def __init__(self, a, b): super().__init__(a, b), "
			 "and make the text in __str__; or def __reduce__(self): return type(self), (self.a, self.b).");
}

static char *title_of(
	struct detection *detection, const struct pyfail *fail, bool exception, const char *name, const char *call)
{
	char label[64];

	process_label(detection->model, fail->process, label, sizeof(label));
	if (exception)
		return str_make("exception `%s` cannot be made again in %s", name, label);
	if (is_rebuilding(fail))
		return str_make("%s cannot make a `%s` of what it received: %s", label, name[0] ? name : "?",
			LINE(fail, PYFAIL_TYPE));
	if (strncmp(LINE(fail, PYFAIL_MESSAGE), "Can't get", 9) != 0)
		return str_make("%s cannot read a message: %s", label, LINE(fail, PYFAIL_TYPE));
	if (*call)
		return str_make("%s does not know `%s`: the answer of `%s` is lost", label, name, call);
	return str_make("%s does not know `%s`: a message for it is lost", label, name);
}

static char *verdict_of(const struct finding *finding, const struct pyfail *fail, const char *call)
{
	if (!thread_end(fail) || !*call || !finding->line)
		return str_make("%s.", finding->title);
	return str_make("Not slow but stuck: `%s` at %s:%u waits for ever.", call, text_last_part(finding->file),
		finding->line);
}

static void report_unreadable(struct detection *detection, const struct pyfail *fail, bool exception)
{
	char *name = missing_name(fail), *quoted, call[64];
	struct finding *finding;
	bool is_new;

	finding = finding_add(detection, exception ? FINDING_S008 : FINDING_S002,
		str_make("%u/%s/%s/%s", fail->what, LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE),
			LINE(fail, PYFAIL_CLASS)),
		fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (!exception && (was_forked_before(detection, fail) || was_guarded(detection, fail)))
		finding_place(detection, finding, fail->process->birth_stack);
	if (!is_new) {
		free(name);
		return;
	}
	waiting_call(detection, fail, call, sizeof(call));
	quoted = *call ? quote_call(detection, finding, call, true) : NULL;
	if (quoted) {
		snprintf(call, sizeof(call), "%s", quoted);
		finding->mark = quoted;
		finding->mark_note = str_make("%s: %s", LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE));
	} else {
		seen_exception(finding, fail);
	}
	finding->title = title_of(detection, fail, exception, name, call);
	finding->verdict_for_all = true;
	finding->verdict = verdict_of(finding, fail, call);
	seen_mains(detection, finding, fail, name);
	if (exception)
		seen_raised(detection, finding, fail, name);
	seen_thread_end(detection, finding, fail, call);
	seen_broken(detection, finding, fail);
	if (exception)
		texts_of_s008(finding);
	else if (is_rebuilding(fail))
		texts_of_rebuilding(finding);
	else
		texts_of_s002(detection, finding, fail, name);
	free(name);
}

void detect_receiving(struct detection *detection)
{
	for (const struct pyfail *fail = model_pyfails(detection->model); fail; fail = fail->next) {
		enum finding_code code = fail->what == PYFAIL_UNPICKLE || fail->what == PYFAIL_BEGIN
						 ? pyfail_code(detection, fail)
						 : FINDING_COUNT;

		if (code == FINDING_S002 || code == FINDING_S008)
			report_unreadable(detection, fail, code == FINDING_S008);
	}
}
