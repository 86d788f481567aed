/* sending.c: S001, S002, S007, S008: messages that could not be made, or not be read. */
#include <stdlib.h>
#include <string.h>

#include "detect/pyfails.h"

/* --- S001 --- */

enum content {
	CONTENT_OTHER,
	CONTENT_LOCK,
	CONTENT_FILE,
	CONTENT_SOCKET,
	CONTENT_GENERATOR,
	CONTENT_MODULE,
	CONTENT_FUNCTION
};

/* clang-format off */
static const struct {
	const char *leaf;
	enum content content;
} contents[] = {
	{"RLock", CONTENT_LOCK}, {"lock", CONTENT_LOCK}, {"Condition", CONTENT_LOCK}, {"_local", CONTENT_LOCK},
	{"TextIOWrapper", CONTENT_FILE}, {"BufferedReader", CONTENT_FILE}, {"BufferedWriter", CONTENT_FILE}, {"BufferedRandom", CONTENT_FILE},
	{"FileIO", CONTENT_FILE}, {"socket", CONTENT_SOCKET}, {"SSLContext", CONTENT_SOCKET}, {"Connection", CONTENT_SOCKET},
	{"generator", CONTENT_GENERATOR}, {"module", CONTENT_MODULE},
};
static const struct {
	const char *is, *why, *fix;
} content_texts[] = {
	[CONTENT_OTHER] = {"",
		"an argument, a result or a function goes to another process as bytes (pickle). This object says that it has none.",
		"send what it was made from, and make it again in the worker (Pool(initializer=...)); or give its class __getstate__ and __setstate__."},
	[CONTENT_LOCK] = {": it contains a lock",
		"a lock, file, socket or thread exists in one process only and has no bytes that could be sent.",
		"do not send the object that holds the lock: make it once in each worker, def init(): global model; model = load() with"
		" Pool(initializer=init), and use it in a function at top level. Must it travel? Leave the lock out: __getstate__ without it, and a new one"
		" in __setstate__."},
	[CONTENT_FILE] = {": it contains an open file",
		"an open file is a descriptor of one process and has no bytes that could be sent.",
		"send the file's path and open it in the worker."},
	[CONTENT_SOCKET] = {": it contains a connection",
		"a connection belongs to one process; its state can not be sent as bytes.",
		"connect in each worker: Pool(initializer=connect)."},
	[CONTENT_GENERATOR] = {": it contains a generator",
		"a generator is a function that stands still in the middle; that state can not be sent as bytes.",
		"send list(generator), or what the generator was made from."},
	[CONTENT_MODULE] = {": it contains a module",
		"a module is code, which each process imports for itself.",
		"do not keep the module in an attribute or argument: import it where it is used."},
	[CONTENT_FUNCTION] = {": it is a function that has no name in its module",
		"pickle sends only the name of a function or class. A lambda, and what is defined inside of a function, can not be found by name.",
		"define it at the top level of a module; give it what it needs as arguments (functools.partial)."},
};
/* clang-format on */

static enum content content_of(const struct pyfail *fail)
{
	const char *leaf = LINE(fail, PYFAIL_LEAF), *message = LINE(fail, PYFAIL_MESSAGE);

	if (strstr(message, "<lambda>") || strstr(message, "<locals>") || strstr(message, "pickle local object"))
		return CONTENT_FUNCTION;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		if (strcmp(leaf, contents[i].leaf) == 0)
			return contents[i].content;
	return CONTENT_OTHER;
}

/* Only what the search has really reached is named in the title. */
static char *s001_title(const struct pyfail *fail, enum content content)
{
	const char *sent = LINE(fail, PYFAIL_SENT);
	bool itself = strcmp(LINE(fail, PYFAIL_PATH), sent) == 0;
	bool reached = LINE(fail, PYFAIL_PATH)[0] && !itself;

	if (fail->what == PYFAIL_START)
		return str_make("`%s` cannot be sent to its new process%s", sent,
			content == CONTENT_FUNCTION ? "" : content_texts[content].is);
	if (content == CONTENT_FUNCTION && itself)
		return str_make("`%s` cannot be sent%s", sent, content_texts[content].is);
	if (content == CONTENT_FUNCTION && reached)
		return str_make("`%s` cannot be sent: it contains a function that has no name in its module", sent);
	if (!sent[0] || strcmp(sent, "tuple") == 0)
		return str_make("an object cannot be sent to another process");
	return str_make("`%s` cannot be sent%s", sent, reached ? content_texts[content].is : "");
}

/* What became of an item that Queue's own thread could not send. */
static void seen_dropped(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	struct str text = {0};

	put_process(detection, &text, fail->process);
	str_puts(&text,
		fail->flags & PYFAIL_SILENT
			? " was on its way out when Queue's thread came to the item: it dropped it and printed nothing"
			: " went on: put() had returned long before Queue's thread came to the item and dropped it");
	finding_seen(finding, str_take(&text));
}

static void report_s001(struct detection *detection, const struct pyfail *fail, enum finding_code code)
{
	enum content content = content_of(fail);
	struct finding *finding;
	bool is_new;

	finding = finding_add(detection, code,
		str_make("%u/%s/%s/%s", fail->what, LINE(fail, PYFAIL_MESSAGE), LINE(fail, PYFAIL_SENT),
			LINE(fail, PYFAIL_PATH)),
		fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (!is_new)
		return;
	finding->title = s001_title(fail, content);
	if (code == FINDING_S007) {
		char *what = finding->title;

		finding->title = str_make("an item put into a Queue is lost: %s", what);
		free(what);
	}
	finding->verdict_for_all = true;
	finding->verdict = str_make("%s.", finding->title);
	seen_exception(finding, fail);
	if (LINE(fail, PYFAIL_PATH)[0] && strcmp(LINE(fail, PYFAIL_PATH), LINE(fail, PYFAIL_SENT)) != 0)
		finding_seen(finding, str_make("how pickle came to it: %s", LINE(fail, PYFAIL_PATH)));
	else if (!LINE(fail, PYFAIL_PATH)[0])
		finding_seen(finding, str_make("how pickle came to it is not known; pickle.dumps() of its parts, one "
					       "by one, shows it"));
	seen_where(detection, finding, fail);
	if (code == FINDING_S007)
		seen_dropped(detection, finding, fail);
	finding->why = str_make("%s%s",
		code == FINDING_S007 ? "put() only hands the item to a thread of the Queue, which pickles it "
				       "later; nobody hears of its error, and who reads the queue waits for an item "
				       "that never comes. "
				     : "",
		content_texts[content].why);
	finding->fix = str_make("%s%s", content_texts[content].fix,
		code == FINDING_S007 ? " SimpleQueue pickles in put() itself, so that put() raises the error." : "");
}

/* --- S002, S008 --- */

static bool is_of_main(const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_MESSAGE), "module '__main__'") ||
	       strstr(LINE(fail, PYFAIL_MESSAGE), "module '__mp_main__'");
}

/* The module in which the receiver looked: a program that put another one in the place of __main__ still has the first
 * as
 * __mp_main__, by which spawned processes know it. */
static const char *file_of_main(const struct process *process)
{
	return process->main_is_mp_main ? process->main_file : process->mp_main_file;
}

static const char *main_text(const struct detection *detection, const struct process *process)
{
	const char *file = file_of_main(process);

	return file[0] ? shown_path(detection, file) : "no file";
}

/* What the name stands for on both sides. */
static void seen_mains(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	const char *name = fail->process->main_is_mp_main ? "__main__" : "__mp_main__", *told[4] = {0};
	unsigned count = 0;

	if (!is_of_main(fail) || !fail->process->main_told)
		return;
	told[count++] = file_of_main(fail->process);
	for (const struct process *p = model_processes(detection->model); p && count < 4; p = process_next(p)) {
		struct str text = {0};
		bool known = !p->main_told;

		for (unsigned i = 0; i < count && !known; i++)
			known = told[i] == file_of_main(p);
		if (known)
			continue;
		told[count++] = file_of_main(p);
		str_printf(&text, "`%s` in ", name);
		put_process(detection, &text, p);
		str_printf(&text, " is %s; in ", main_text(detection, p));
		put_process(detection, &text, fail->process);
		str_printf(&text, " it is %s", main_text(detection, fail->process));
		finding_seen(finding, str_take(&text));
	}
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

static void seen_thread_end(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	if (!strstr(LINE(fail, PYFAIL_LIBRARY), "_handle_results"))
		return;
	for (const struct pyfail *end = fail->next; end; end = end->next) {
		struct str text = {0};

		if (end->process != fail->process || end->tid != fail->tid || end->what != PYFAIL_THREAD ||
			!pyfail_same(end, fail))
			continue;
		str_printf(&text, "this ended thread `%s` of ",
			LINE(end, PYFAIL_THREAD_NAME)[0] ? LINE(end, PYFAIL_THREAD_NAME) : "?");
		put_process(detection, &text, end->process);
		str_puts(&text, ": nobody reads the results any more, and who waits for them waits for ever");
		finding_seen(finding, str_take(&text));
		return;
	}
}

static void report_unreadable(struct detection *detection, const struct pyfail *fail)
{
	bool exception = fail->flags & PYFAIL_EXCEPTION && !is_of_main(fail);
	char *name = missing_name(fail);
	struct finding *finding;
	char label[64];
	bool is_new;

	finding = finding_add(detection, exception ? FINDING_S008 : FINDING_S002,
		str_make("%u/%s/%s/%s", fail->what, LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE),
			LINE(fail, PYFAIL_CLASS)),
		fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (is_new) {
		process_label(detection->model, fail->process, label, sizeof(label));
		if (exception)
			finding->title = str_make("exception `%s` cannot be made again in %s", name, label);
		else if (strncmp(LINE(fail, PYFAIL_MESSAGE), "Can't get", 9) == 0)
			finding->title = str_make("%s does not know `%s`: a message for it is lost", label, name);
		else
			finding->title = str_make("%s cannot read a message: %s", label, LINE(fail, PYFAIL_TYPE));
		finding->verdict_for_all = true;
		finding->verdict = str_make("%s.", finding->title);
		seen_exception(finding, fail);
		seen_mains(detection, finding, fail);
		seen_where(detection, finding, fail);
		seen_thread_end(detection, finding, fail);
		if (exception) {
			finding->why = str_make("an exception is sent as its class and its args, which are what it "
						"gave to super().__init__(). Its own "
						"__init__ wants other arguments, so it can not be called with them.");
			finding->fix = str_make("give all arguments to the base: super().__init__(line, reason), and "
						"make the text in __str__; or "
						"define __reduce__.");
		} else {
			finding->why = str_make("pickle sends only the module and the name of a class or function. The "
						"receiver must find the "
						"same name in the same module. A script runner, a notebook or an "
						"interpreter is `__main__` itself.");
			finding->fix =
				str_make("put the class or function into a module of its own that both sides import.");
		}
	}
	free(name);
}

void detect_sending(struct detection *detection)
{
	for (const struct pyfail *fail = model_pyfails(detection->model); fail; fail = fail->next) {
		enum finding_code code = fail->what > PYFAIL_BEGIN ? FINDING_COUNT : pyfail_code(detection, fail);

		if (code == FINDING_S001 || code == FINDING_S007)
			report_s001(detection, fail, code);
		else if (code == FINDING_S002 || code == FINDING_S008)
			report_unreadable(detection, fail);
	}
}
