/* sending.c: S001, S007: messages that could not be made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/pyfails.h"
#include "detect/quote.h"

/* --- S001 --- */

enum content {
	CONTENT_OTHER,
	CONTENT_LOCK,
	CONTENT_FILE,
	CONTENT_SOCKET,
	CONTENT_GENERATOR,
	CONTENT_MODULE,
	CONTENT_FUNCTION,
	CONTENT_CLASS,
	CONTENT_REPLACED,
	CONTENT_DEEP
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
	const char *is, *it, *why, *fix;
} content_texts[] = {
	[CONTENT_OTHER] = {"", "it",
		"an argument, a result or a function goes to another process as bytes (pickle). This object says that it has none.",
		"send what it was made from, and make it again in the worker (Pool(initializer=...)); or give its class __getstate__ and __setstate__."},
	[CONTENT_LOCK] = {": it contains a lock", "the lock",
		"a lock, file, socket or thread exists in one process only and has no bytes that could be sent.",
		"do not send the object that holds the lock: make it once in each worker, def init(): global model; model = load() with"
		" Pool(initializer=init), and use it in a function at top level. Must it travel? Leave the lock out: __getstate__ without it, and a new one"
		" in __setstate__."},
	[CONTENT_FILE] = {": it contains an open file", "the file",
		"an open file is a descriptor of one process and has no bytes that could be sent.",
		"send the file's path and open it in the worker."},
	[CONTENT_SOCKET] = {": it contains a connection", "the connection",
		"a connection belongs to one process; its state can not be sent as bytes.",
		"connect in each worker: Pool(initializer=connect)."},
	[CONTENT_GENERATOR] = {": it contains a generator", "the generator",
		"a generator is a function that stands still in the middle; that state can not be sent as bytes.",
		"send list(generator), or what the generator was made from."},
	[CONTENT_MODULE] = {": it contains a module", "the module",
		"a module is code, which each process imports for itself.",
		"do not keep the module in an attribute or argument: import it where it is used."},
	[CONTENT_FUNCTION] = {": it is a function that has no name in its module", "the function",
		"pickle sends only the name of a function or class. A lambda, and what is defined inside of a function, can not be found by name.",
		"define it at the top level of a module; give it what it needs as arguments (functools.partial)."},
	[CONTENT_CLASS] = {": its class has no name in its module", "the object",
		"pickle sends an object's class by its name only. A class that is made inside of a function, or that its module has under another name"
		" than its own (Point = namedtuple('P', ...)), can not be found by name.",
		"define the class at the top level of its module, under its own name; or send plain data (dict, tuple) instead."},
	[CONTENT_REPLACED] = {": its name in its module means something else by now", "the object",
		"pickle sends only the name of a function or class. Under that name its module has another one by now: a decorator put its own in the"
		" place, or the file was run or loaded again.",
		"send what the name stands for; or give the plain function a name of its own: work = decorate(_work)."},
	[CONTENT_DEEP] = {": it is nested too deeply", "the object",
		"pickle goes into each part of an object by a call of its own. Objects that hold one another in a long chain (linked lists, trees, graphs) need"
		" more of them than the recursion limit allows.",
		"send it flat: a list of the parts, which the receiver puts together again; or raise sys.setrecursionlimit() in the sender."},
};
/* clang-format on */

static bool not_found_by_name(const char *message)
{
	static const char *const texts[] = {
		"<lambda>", "<locals>", "pickle local object", ": attribute lookup ", ": import of module "};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strstr(message, texts[i]))
			return true;
	return false;
}

/* The message names a class, or the local one that the object is of; of a function the leaf is its whole name. */
static bool is_class(const char *leaf, const char *message)
{
	const char *local = strstr(message, "<locals>.");

	return strstr(message, "<class '") || (local && !strstr(leaf, "<locals>") && !strstr(message, "<lambda>"));
}

static enum content content_of(const struct pyfail *fail)
{
	const char *leaf = LINE(fail, PYFAIL_LEAF), *message = LINE(fail, PYFAIL_MESSAGE);

	if (strcmp(LINE(fail, PYFAIL_TYPE), "RecursionError") == 0)
		return CONTENT_DEEP;
	if (strstr(message, "it's not the same object as"))
		return CONTENT_REPLACED;
	if (not_found_by_name(message))
		return is_class(leaf, message) ? CONTENT_CLASS : CONTENT_FUNCTION;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		if (strcmp(leaf, contents[i].leaf) == 0)
			return contents[i].content;
	return CONTENT_OTHER;
}

/* A worker's answer can not be sent: the place is where the program wants it. */
static uint32_t caller_of(const struct pyfail *fail)
{
	for (const struct pyfail *end = fail->next; end; end = end->next)
		if (end->what == PYFAIL_MAIN && process_is_ancestor(end->process, fail->process) &&
			(strcmp(LINE(end, PYFAIL_TYPE), "MaybeEncodingError") == 0 || pyfail_same(end, fail)))
			return end->stack;
	return 0;
}

/* What pickle can send by name only, and does not find. */
static char *s001_title_of_name(const struct pyfail *fail, enum content content, const char *sent, bool itself)
{
	static const char *const parts[] = {
		[CONTENT_FUNCTION] = ": it contains a function that has no name in its module",
		[CONTENT_CLASS] = ": it contains an object whose class has no name in its module",
		[CONTENT_REPLACED] = ": it contains something whose name means something else by now",
	};
	const char *what = itself ? content_texts[content].is : parts[content];

	if (caller_of(fail))
		return str_make("the answer of a task, a `%s`, cannot be sent back%s", sent, what);
	return str_make("`%s` cannot be sent%s", sent, what);
}

/* Only what the search has really reached is named in the title. `as`: as the program's own line calls it, or NULL. */
static char *s001_title(const struct pyfail *fail, enum content content, const char *as)
{
	const char *sent = as ? as : LINE(fail, PYFAIL_SENT);
	bool itself = strcmp(LINE(fail, PYFAIL_PATH), LINE(fail, PYFAIL_SENT)) == 0;
	bool reached = LINE(fail, PYFAIL_PATH)[0] && !itself;

	if (fail->what == PYFAIL_START)
		return str_make("`%s` cannot be sent to its new process%s", sent,
			content == CONTENT_FUNCTION ? "" : content_texts[content].is);
	if (content == CONTENT_DEEP)
		return str_make("an object cannot be sent%s", content_texts[content].is);
	if (content >= CONTENT_FUNCTION && (itself || reached))
		return s001_title_of_name(fail, content, sent, itself);
	if (caller_of(fail) && sent[0])
		return str_make("the answer of a task cannot be sent back: %s`%s`%s", itself ? "it is a " : "", sent,
			reached ? content_texts[content].is : "");
	if (!sent[0] || strcmp(sent, "tuple") == 0)
		return str_make("an object cannot be sent to another process");
	return str_make("`%s` cannot be sent%s", sent, reached ? content_texts[content].is : "");
}

/* --- the way to it --- */

#define STEP " -> "

/* A bound method was sent, and something behind its object can not be pickled. */
static bool is_bound_method(const struct pyfail *fail)
{
	const char *path = LINE(fail, PYFAIL_PATH), *step = strstr(path, STEP);

	return step && strncmp(step, STEP "self", 8) == 0;
}

/* How the program calls it at the finding's place: "self.check" for a bound method "Validator.check". */
static char *sent_as(const struct detection *detection, const struct finding *finding, const struct pyfail *fail)
{
	const char *dot = strrchr(LINE(fail, PYFAIL_SENT), '.');

	return is_bound_method(fail) && dot ? quote_name(detection, finding, dot + 1) : NULL;
}

static void seen_path(struct finding *finding, const struct pyfail *fail, enum content content, const char *as)
{
	const char *path = LINE(fail, PYFAIL_PATH), *sent = LINE(fail, PYFAIL_SENT);

	if (content == CONTENT_DEEP)
		return;
	if (!path[0])
		finding_seen(finding, str_make("how pickle came to it is not known; pickle.dumps() of its parts, one "
					       "by one, shows it"));
	else if (strcmp(path, sent) != 0)
		finding_seen(finding, str_make("how pickle came to %s:\n  %s%s", content_texts[content].it,
					      as ? as : sent, path + strlen(sent)));
}

/* What the sender got through, and what that left its workers with. Sentinels are not counted. */
static void seen_chunks(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	const struct process *sender = fail->process;
	unsigned chunks = 0, workers = 0;

	if (!strstr(LINE(fail, PYFAIL_LIBRARY), "_handle_tasks"))
		return;
	for (const struct pyfail *f = fail; f; f = f->next_of_process)
		chunks += pyfail_same(f, fail) && f->what == fail->what && f->flags == fail->flags;
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p))
		workers += p->parent == sender && p->role == ROLE_WORKER;
	if (sender->exit_called && sender->pycost.sent == 0 && workers)
		finding_seen(finding, str_make("0 of %u task chunk%s %s sent, %s%u worker%s did nothing", chunks,
					      chunks == 1 ? "" : "s", chunks == 1 ? "was" : "were",
					      workers == 1 ? "its " : "all ", workers, workers == 1 ? "" : "s"));
	else
		finding_seen(finding, str_make("%u task chunk%s could not be sent", chunks, chunks == 1 ? "" : "s"));
}

/* The last but one step: what holds the thing that can not be sent. ".model: Model" gives name "model", type "Model".
 */
struct holder {
	char name[48], type[48], leaf[48];
};

static void part_copy(char *out, size_t room, const char *from, const char *end)
{
	snprintf(out, room, "%.*s", (int)(end - from), from);
}

/* What Python's own library makes of locks: who holds the lock inside of one does not help. */
static bool is_made_of_locks(const char *type)
{
	static const char *const types[] = {"Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier", "Thread",
		"Timer", "Queue", "LifoQueue", "PriorityQueue", "ThreadPoolExecutor", "ThreadPool", "Future"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

#define STEPS 16u

/* Step `at` with its type, which the last one has not: "model", "Model". */
static bool step_read(const char *const *steps, unsigned at, struct holder *out)
{
	const char *colon = strstr(steps[at], ": "), *end = steps[at + 1] - (sizeof(STEP) - 1);

	if (*steps[at] != '.' || !colon || colon > end)
		return false;
	part_copy(out->name, sizeof(out->name), steps[at] + 1, colon);
	part_copy(out->type, sizeof(out->type), colon + 2, end);
	return true;
}

static bool holder_find(const struct pyfail *fail, struct holder *out)
{
	const char *at = LINE(fail, PYFAIL_PATH), *steps[STEPS];
	unsigned count = 0, step;
	struct holder outer;

	memset(out, 0, sizeof(*out));
	for (; count < STEPS && (at = strstr(at, STEP)); at += sizeof(STEP) - 1)
		steps[count++] = at + sizeof(STEP) - 1;
	if (count < 2 || count == STEPS || *steps[count - 1] != '.' || !step_read(steps, count - 2, out))
		return false;
	part_copy(out->leaf, sizeof(out->leaf), steps[count - 1] + 1, steps[count - 1] + strlen(steps[count - 1]));
	for (step = count - 2; step > 0 && is_made_of_locks(out->type) && step_read(steps, step - 1, &outer); step--) {
		memcpy(out->name, outer.name, sizeof(out->name));
		memcpy(out->type, outer.type, sizeof(out->type));
	}
	if (is_made_of_locks(out->type)) /* its owner has to leave it out as a whole */
		memcpy(out->leaf, out->name, sizeof(out->leaf));
	return true;
}

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static char *s001_why(const struct pyfail *fail, enum content content, const char *as)
{
	const char *self = strstr(LINE(fail, PYFAIL_PATH), STEP "self: "), *end;
	struct holder holder;
	bool held = holder_find(fail, &holder);

	if (!is_bound_method(fail) || !self)
		return str_make("%s", content_texts[content].why);
	self += sizeof(STEP "self: ") - 1;
	end = strstr(self, STEP);
	return str_make("`%s` is a bound method: it takes the whole %.*s along%s%s%s. %c%s",
		as ? as : LINE(fail, PYFAIL_SENT), end ? (int)(end - self) : (int)strlen(self), self,
		held ? ", and so the `" : "", held ? holder.name : "", held ? "`" : "",
		upper(content_texts[content].why[0]), content_texts[content].why + 1);
}

/* A new process has no initializer: its own function is the place for what can not be sent. */
static char *s001_fix_of_start(const struct pyfail *fail, const char *method)
{
	struct holder holder;

	if (!holder_find(fail, &holder))
		return str_make(
			"do not give the object that holds the lock to the new process: make it there, at the "
			"begin of its function. Must it travel? Leave the lock out: __getstate__ without it, and a "
			"new one in __setstate__.");
	return str_make(
		"do not give the %s to the new process: make it there, at the begin of %s%s. Must the rest travel? "
		"Leave it out: __getstate__ without '%s', and make a new one in __setstate__.",
		holder.name, is_bound_method(fail) && method ? method + 1 : "its function",
		is_bound_method(fail) && method ? "()" : "", holder.leaf);
}

static char *s001_fix(const struct pyfail *fail, enum content content)
{
	const char *method = strrchr(LINE(fail, PYFAIL_SENT), '.');
	struct holder holder;

	if (content == CONTENT_LOCK && fail->what == PYFAIL_START)
		return s001_fix_of_start(fail, method);
	if (content != CONTENT_LOCK || !is_bound_method(fail) || !method || !holder_find(fail, &holder))
		return str_make("%s", content_texts[content].fix);
	return str_make(
		"do not send the %s. Make it once in each worker:\n"
		"  def init():  global %s; %s = %s(...)\n"
		"  def %s(x):  ...                  # top level, uses %s\n"
		"  with Pool(initializer=init) as pool: pool.map(%s, ...)\n"
		"Must it travel? Leave the lock out: __getstate__ without '%s', and make a new one in __setstate__.",
		holder.name, holder.name, holder.name, holder.type, method + 1, holder.name, method + 1, holder.leaf);
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

static void texts_of_s007(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	char *title = finding->title, *why = finding->why, *fix = finding->fix;

	finding->title = str_make("an item put into a Queue is lost: %s", title);
	finding->why = str_make(
		"put() only hands the item to a thread of the Queue, which pickles it later; nobody hears of its "
		"error, and who reads the queue waits for an item that never comes. %c%s",
		upper(*why), why + 1);
	finding->fix = str_make("%s SimpleQueue pickles in put() itself, so that put() raises the error.", fix);
	free(title);
	free(why);
	free(fix);
	seen_dropped(detection, finding, fail);
}

static void report_s001(struct detection *detection, const struct pyfail *fail, enum finding_code code)
{
	enum content content = content_of(fail);
	struct finding *finding;
	char *as;
	bool is_new;

	finding = finding_add(detection, code,
		str_make("%u/%s/%s/%s", fail->what, LINE(fail, PYFAIL_MESSAGE), LINE(fail, PYFAIL_SENT),
			LINE(fail, PYFAIL_PATH)),
		fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	finding_place(detection, finding, caller_of(fail));
	if (!is_new)
		return;
	as = sent_as(detection, finding, fail);
	finding->title = s001_title(fail, content, as);
	if (as) {
		finding->mark = str_make("%s", as);
		finding->mark_note = str_make("%s: %s", LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE));
	} else {
		seen_exception(finding, fail);
	}
	seen_path(finding, fail, content, as);
	seen_chunks(detection, finding, fail);
	seen_where(detection, finding, fail);
	finding->why = s001_why(fail, content, as);
	finding->fix = s001_fix(fail, content);
	if (code == FINDING_S007)
		texts_of_s007(detection, finding, fail);
	finding->verdict_for_all = true;
	finding->verdict = str_make("%s.", finding->title);
	free(as);
}

void detect_sending(struct detection *detection)
{
	for (const struct pyfail *fail = model_pyfails(detection->model); fail; fail = fail->next) {
		enum finding_code code = fail->what == PYFAIL_PICKLE || fail->what == PYFAIL_START
						 ? pyfail_code(detection, fail)
						 : FINDING_COUNT;

		if (code == FINDING_S001 || code == FINDING_S007)
			report_s001(detection, fail, code);
	}
}
