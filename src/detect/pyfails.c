/* pyfails.c: see pyfails.h. */
#include "detect/pyfails.h"

#include <string.h>

#include "base/text.h"

bool pyfail_same(const struct pyfail *a, const struct pyfail *b)
{
	/* texts are interned */
	return LINE(a, PYFAIL_TYPE) == LINE(b, PYFAIL_TYPE) && LINE(a, PYFAIL_MESSAGE) == LINE(b, PYFAIL_MESSAGE);
}

bool pyfail_is_end(const struct pyfail *fail)
{
	return fail->what == PYFAIL_MAIN || fail->what == PYFAIL_PROCESS || fail->what == PYFAIL_THREAD;
}

const struct pyfail *pyfail_end(const struct pyfail *fail, const struct process *process)
{
	for (const struct pyfail *end = fail; end; end = process ? end->next_of_process : end->next)
		if (pyfail_is_end(end) && pyfail_same(end, fail))
			return end;
	return NULL;
}

/* From Python 3.11 on functions are told with their class. */
static bool is_function(const char *name, const char *wanted)
{
	const char *dot = name ? strrchr(name, '.') : NULL;

	return name && strcmp(dot ? dot + 1 : name, wanted) == 0;
}

bool stack_has(const struct detection *detection, uint32_t stack, const char *file_end, const char *function)
{
	struct frame frame;

	for (unsigned i = 0; model_frame(detection->model, stack, i, &frame); i++)
		if (text_ends_with(frame.file, file_end) && is_function(frame.function, function))
			return true;
	return false;
}

bool has_interactive_main(const struct process *process)
{
	return process && process->main_told && (!process->main_file[0] || process->main_file[0] == '<');
}

static bool is_in_library(const struct detection *detection, const struct pyfail *fail)
{
	struct frame frame;

	return fail->flags & (PYFAIL_WAITER | PYFAIL_ASKED | PYFAIL_RAISED) ||
	       (LINE(fail, PYFAIL_LIBRARY)[0] && model_user_frame(detection->model, fail->stack, &frame) < 0);
}

/* Pools and executors hand an error of pickling to the caller, who may catch it. It counts if the program ended badly,
 * and not of something else. */
static bool ended_program(const struct detection *detection, const struct pyfail *fail)
{
	const struct process *root = model_root(detection->model);

	if (!root || !root->dead || root->status == 0)
		return false;
	for (const struct pyfail *end = root->pyfails; end; end = end->next_of_process)
		if (end->what == PYFAIL_MAIN)
			return pyfail_same(end, fail) ||
			       strstr(LINE(end, PYFAIL_MESSAGE), LINE(fail, PYFAIL_MESSAGE)) ||
			       strcmp(LINE(end, PYFAIL_TYPE), "MaybeEncodingError") == 0 ||
			       strstr(LINE(end, PYFAIL_TYPE), "PicklingError") ||
			       strncmp(LINE(end, PYFAIL_TYPE), "Broken", 6) == 0;
	return true;
}

/* Queue's own thread pickles, and nobody hears of its errors. */
static bool is_dropped(const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_LIBRARY), "_feed") && !(fail->flags & PYFAIL_DELIVERED);
}

/* An exception that the program's own call raised may have been expected: it counts if it went on to end something.
 * What a thread of the library can not read or sends to nobody is out of the program's hands. */
static bool counts(const struct detection *detection, const struct pyfail *fail)
{
	if (pyfail_end(fail, fail->process) || is_dropped(fail))
		return true;
	if (!is_in_library(detection, fail))
		return false;
	return fail->what != PYFAIL_PICKLE || ended_program(detection, fail);
}

/* The end of something by an exception that was told already where it began. A task's goes from the worker to the
 * caller. */
static bool is_consequence(const struct detection *detection, const struct pyfail *end)
{
	bool from_task = stack_has(detection, end->stack, "/concurrent/futures/_base.py", "__get_result") ||
			 stack_has(detection, end->stack, "/multiprocessing/pool.py", "get") ||
			 stack_has(detection, end->stack, "/multiprocessing/pool.py", "next");

	for (const struct pyfail *f = end->process->pyfails; f && f != end; f = f->next_of_process)
		if (!pyfail_is_end(f) && f->what != PYFAIL_EXIT && pyfail_same(f, end))
			return true;
	for (const struct pyfail *f = model_pyfails(detection->model); from_task && f && f != end; f = f->next)
		if (f->what == PYFAIL_TASK && pyfail_same(f, end))
			return true;
	return false;
}

/* --- by what the exception says --- */

/* clang-format off */
static const struct {
	enum finding_code code;
	const char *type; /* NULL any */
	const char *message;
} texts[] = {
	{FINDING_B001, "RuntimeError",        "An attempt has been made to start a new process before the"},
	{FINDING_B013, "OSError",             "AF_UNIX path too long"},
	{FINDING_B014, NULL,                  "A SemLock created in a "},
	{FINDING_B014, NULL,                  "should only be shared between processes through inheritance"},
	{FINDING_B014, NULL,                  "pool objects cannot be passed between processes"},
	{FINDING_B014, "RuntimeError",        "context has already been set"},
	{FINDING_B015, "AssertionError",      "daemonic processes are not allowed to have children"},
	{FINDING_S004, "error",               "format requires -2147483648 <= number"},
	{FINDING_S004, "OverflowError",       "larger than 4 GiB"},
	{FINDING_S006, "AuthenticationError", "digest "},
	{FINDING_B005, "BrokenProcessPool",   ""},
	{FINDING_B005, "TerminatedWorkerError", ""},
	{FINDING_B005, "WorkerLostError",     ""},
};
/* clang-format on */

static enum finding_code code_of_text(const struct pyfail *fail)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((!texts[i].type || strcmp(LINE(fail, PYFAIL_TYPE), texts[i].type) == 0) &&
			strstr(LINE(fail, PYFAIL_MESSAGE), texts[i].message))
			return texts[i].code;
	return FINDING_COUNT;
}

/* --- by where it happened --- */

static unsigned writers_of(const struct channel *channel)
{
	unsigned count = 0;

	for (const struct channel_end *end = channel->ends; end; end = end->next)
		count += end->calls_out > 0;
	return count;
}

const struct channel *detection_has_many_writers(const struct detection *detection, const struct process *reader)
{
	for (const struct channel *c = model_channels(detection->model); c; c = channel_next(c))
		for (const struct channel_end *end = c->ends; end; end = end->next)
			if (end->process == reader && end->calls_in && writers_of(c) > 1)
				return c;
	return NULL;
}

bool context_explains_death(const struct detection *detection, const struct process *process)
{
	const struct process *giver = process->parent;
	const struct pyfail *lock = NULL;

	if (giver && giver->role == ROLE_FORKSERVER)
		giver = giver->parent;
	for (const struct pyfail *f = giver ? giver->pyfails : NULL; f; f = f->next_of_process)
		if (f->what == PYFAIL_LOCK && f->ts_ns <= process->born_ns)
			lock = f;
	for (const struct process *p = lock ? model_processes(detection->model) : NULL; p; p = process_next(p))
		if (p != process && p->parent == process->parent && p->role == ROLE_WORKER &&
			p->born_ns >= lock->ts_ns && p->born_ns < process->born_ns)
			return false;
	return lock != NULL;
}

static bool is_import_error(const struct pyfail *fail)
{
	return strcmp(LINE(fail, PYFAIL_TYPE), "ModuleNotFoundError") == 0 ||
	       strcmp(LINE(fail, PYFAIL_TYPE), "ImportError") == 0;
}

static enum finding_code code_of_sending(const struct pyfail *fail)
{
	return is_dropped(fail) ? FINDING_S007 : FINDING_S001;
}

/* Bytes that are no pickle: what a mix of messages looks like. */
static bool is_garbage(const struct pyfail *fail)
{
	static const char *const types[] = {
		"UnpicklingError", "UnicodeDecodeError", "EOFError", "MemoryError", "OverflowError", "IndexError"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(LINE(fail, PYFAIL_TYPE), types[i]) == 0)
			return true;
	return false;
}

static enum finding_code code_of_receiving(const struct detection *detection, const struct pyfail *fail)
{
	bool of_main = strstr(LINE(fail, PYFAIL_MESSAGE), "module '__main__'") ||
		       strstr(LINE(fail, PYFAIL_MESSAGE), "module '__mp_main__'");

	if (of_main && (has_interactive_main(fail->process) || has_interactive_main(fail->process->parent)))
		return FINDING_B017;
	if (fail->what == PYFAIL_BEGIN && is_import_error(fail))
		return FINDING_B002;
	if (is_garbage(fail) && detection_has_many_writers(detection, fail->process))
		return FINDING_S005;
	return fail->flags & PYFAIL_EXCEPTION && !of_main ? FINDING_S008 : FINDING_S002;
}

/* multiprocessing's and concurrent.futures' own threads. */
static bool is_in_helper_thread(const struct detection *detection, const struct pyfail *fail)
{
	static const struct {
		const char *file, *function;
	} helpers[] = {{"/multiprocessing/pool.py", "_handle_results"}, {"/multiprocessing/pool.py", "_handle_tasks"},
		{"/multiprocessing/pool.py", "_handle_workers"}, {"/multiprocessing/queues.py", "_feed"},
		{"/concurrent/futures/process.py", "_queue_management_worker"},
		{"/concurrent/futures/process.py", "run"}, {"/billiard/pool.py", "body"},
		{"/joblib/externals/loky/process_executor.py", "run"}};

	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		if (stack_has(detection, fail->stack, helpers[i].file, helpers[i].function))
			return true;
	return false;
}

#define STORM 10u

char *pyfail_storm_key(const struct pyfail *fail)
{
	return str_make("%s/%s/%u", LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE), fail->stack);
}

/* Was the program's code called by the worker function itself? Tasks are, too, but their exceptions are sent back, not
 * raised. */
bool pyfail_in_initializer(const struct pyfail *fail)
{
	return fail->what == PYFAIL_PROCESS &&
	       (strcmp(LINE(fail, PYFAIL_LIBRARY), "pool.py worker") == 0 ||
		       strcmp(LINE(fail, PYFAIL_LIBRARY), "process.py _process_worker") == 0);
}

/* So many workers that died of the same are a storm, the first of them too. */
static bool is_storm(const struct detection *detection, const struct pyfail *fail)
{
	unsigned count = 0;

	for (const struct pyfail *f = model_pyfails(detection->model); f && count < STORM; f = f->next)
		count += f->what == PYFAIL_PROCESS && LINE(f, PYFAIL_TYPE) == LINE(fail, PYFAIL_TYPE) &&
			 f->stack == fail->stack;
	return count >= STORM;
}

/* Its parent went on to a good end. */
static bool was_ignored(const struct detection *detection, const struct process *process)
{
	const struct process *root = model_root(detection->model);

	return process->parent == root && root && root->dead && root->status == 0 && root->status_from != EXIT_UNSEEN;
}

/* The fresh python of a worker came to set_start_method() as it imported the program: there is no main guard. */
static bool is_unguarded(const struct detection *detection, const struct pyfail *fail)
{
	return fail->what == PYFAIL_MAIN && strstr(LINE(fail, PYFAIL_MESSAGE), "context has already been set") &&
	       stack_has(detection, fail->stack, "/multiprocessing/spawn.py", "prepare");
}

static enum finding_code code_of_end(const struct detection *detection, const struct pyfail *fail)
{
	if (fail->what == PYFAIL_MAIN && stack_has(detection, fail->stack, "/multiprocessing/spawn.py", "prepare"))
		return has_interactive_main(fail->process->parent) &&
				       strcmp(LINE(fail, PYFAIL_TYPE), "FileNotFoundError") == 0
			       ? FINDING_B017
			       : FINDING_B002;
	if (pyfail_in_initializer(fail))
		return is_storm(detection, fail) ? FINDING_B003 : FINDING_B002;
	if (fail->what == PYFAIL_THREAD && is_in_helper_thread(detection, fail))
		return FINDING_S003;
	return fail->what == PYFAIL_PROCESS && was_ignored(detection, fail->process) ? FINDING_B009 : FINDING_COUNT;
}

enum finding_code pyfail_code(const struct detection *detection, const struct pyfail *fail)
{
	enum finding_code by_text = code_of_text(fail);

	switch ((enum pyfail_what)fail->what) {
	case PYFAIL_PICKLE:
	case PYFAIL_START:
		if (!counts(detection, fail))
			return FINDING_COUNT;
		return by_text != FINDING_COUNT ? by_text : code_of_sending(fail);
	case PYFAIL_UNPICKLE:
	case PYFAIL_BEGIN:
		return counts(detection, fail) ? code_of_receiving(detection, fail) : FINDING_COUNT;
	case PYFAIL_MAIN:
	case PYFAIL_PROCESS:
	case PYFAIL_THREAD:
		if (is_consequence(detection, fail))
			return FINDING_COUNT;
		if (is_unguarded(detection, fail))
			return FINDING_B001;
		return by_text != FINDING_COUNT ? by_text : code_of_end(detection, fail);
	case PYFAIL_TASK:
		return by_text != FINDING_COUNT && pyfail_end(fail, NULL) ? by_text : FINDING_COUNT;
	case PYFAIL_EXIT:
		return FINDING_B008;
	case PYFAIL_LOCK:
		return FINDING_B014;
	case PYFAIL_WENT_ON:
		break;
	}
	return FINDING_COUNT;
}

bool pyfail_is_news(struct model *model, const struct pyfail *fail)
{
	const struct detection detection = {.model = model};

	if (pyfail_is_end(fail))
		return !is_consequence(&detection, fail) && pyfail_code(&detection, fail) == FINDING_COUNT;
	return fail->what == PYFAIL_TASK && pyfail_code(&detection, fail) == FINDING_COUNT && pyfail_end(fail, NULL);
}

/* --- what all of them say --- */

void seen_exception(struct finding *finding, const struct pyfail *fail)
{
	if (LINE(fail, PYFAIL_MESSAGE)[0])
		finding_seen(finding, str_make("%s: %s", LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE)));
	else
		finding_seen(finding, str_make("%s", LINE(fail, PYFAIL_TYPE)));
}

void seen_where(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	struct str text = {0};
	char clock[FORMAT_SIZE];

	if (!LINE(fail, PYFAIL_LIBRARY)[0])
		return;
	str_printf(&text, "in ");
	put_process(detection, &text, fail->process);
	str_printf(&text, ", thread `%s` (%s), at %s",
		LINE(fail, PYFAIL_THREAD_NAME)[0] ? LINE(fail, PYFAIL_THREAD_NAME) : "?", LINE(fail, PYFAIL_LIBRARY),
		format_clock(fail->ts_ns, clock));
	if ((fail->flags & PYFAIL_WAITER) && finding->line)
		str_puts(&text, "; the place above waits for it");
	else if ((fail->flags & PYFAIL_ASKED) && finding->line)
		str_puts(&text, ", for the place above");
	finding_seen(finding, str_take(&text));
}

void seen_consequence(struct detection *detection, struct finding *finding, const struct pyfail *end)
{
	struct str text = {0};

	put_process(detection, &text, end->process);
	str_printf(&text, " ended with %s", LINE(end, PYFAIL_TYPE));
	if (end->stack) {
		struct frame frame;

		if (model_user_frame(detection->model, end->stack, &frame) >= 0) {
			str_puts(&text, " at ");
			put_frame(&text, &frame);
		}
	}
	finding_seen(finding, str_take(&text));
}

void seen_broken(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	for (const struct pyfail *end = fail->next; end; end = end->next) {
		bool broken = pyfail_is_end(end) && (strncmp(LINE(end, PYFAIL_TYPE), "Broken", 6) == 0 ||
							    strcmp(LINE(end, PYFAIL_TYPE), "EOFError") == 0);

		if (broken && end->process == fail->process->parent) {
			seen_consequence(detection, finding, end);
			finding_place(detection, finding, end->stack);
			return;
		}
	}
}
