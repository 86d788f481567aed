/* exceptions.c: findings that one exception tells by itself: S003 to S006, B002, B008, B013 to B015, B017. What each of
 * them says is a row; which failure belongs to which is pyfails.c's. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "detect/pyfails.h"

typedef char *title_maker(struct detection *detection, const struct pyfail *fail);
typedef void fact_teller(struct detection *detection, struct finding *finding, const struct pyfail *fail);

/* --- S003 --- */

static char *thread_title(struct detection *detection, const struct pyfail *fail)
{
	const char *name = LINE(fail, PYFAIL_THREAD_NAME);
	char label[64];

	return str_make("thread `%s` of the library died in %s: %s", name[0] ? name : "?",
		process_label(detection->model, fail->process, label, sizeof(label)), LINE(fail, PYFAIL_TYPE));
}

static void tell_thread(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	struct str text = {0};
	char clock[FORMAT_SIZE];

	put_process(detection, &text, fail->process);
	str_printf(&text, " goes on without it since %s: ", format_clock(fail->ts_ns, clock));
	if (stack_has(detection, fail->stack, "/multiprocessing/pool.py", "_handle_results"))
		str_puts(&text, "nobody reads the results any more, and who waits for them waits for ever");
	else if (stack_has(detection, fail->stack, "/multiprocessing/pool.py", "_handle_tasks"))
		str_puts(&text, "nobody sends tasks to the workers any more");
	else
		str_puts(&text, "what it did for the program is not done any more");
	finding_seen(finding, str_take(&text));
}

/* --- S004, S005, S006 --- */

static char *size_title(struct detection *detection, const struct pyfail *fail)
{
	const char *sent = LINE(fail, PYFAIL_SENT);

	(void)detection;
	return sent[0] && strcmp(sent, "tuple") != 0 ? str_make("`%s` makes a message that is too big", sent)
						     : str_make("a message is too big to be sent");
}

static void tell_size(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	if (fail->process->python_told)
		finding_seen(finding, str_make("this is Python 3.%u", fail->process->python.minor));
	seen_where(detection, finding, fail);
}

static char *garbage_title(struct detection *detection, const struct pyfail *fail)
{
	char label[64];

	return str_make("%s reads garbage: several processes write into one connection",
		process_label(detection->model, fail->process, label, sizeof(label)));
}

static void put_writers(struct detection *detection, struct str *text, const struct channel *channel)
{
	unsigned count = 0;

	for (const struct channel_end *end = channel->ends; end; end = end->next) {
		if (!end->calls_out)
			continue;
		if (count++ < 4) {
			str_puts(text, count > 1 ? ", " : "");
			put_process(detection, text, end->process);
		}
	}
	if (count > 4)
		str_printf(text, " and %u more", count - 4);
}

static void tell_writers(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	const struct channel *channel = detection_has_many_writers(detection, fail->process);
	struct str text = {0};

	if (!channel)
		return;
	str_printf(&text, "into the %s that ", channel->kind == CHANNEL_PIPE ? "pipe" : "socket pair");
	put_process(detection, &text, fail->process);
	str_puts(&text, " reads write ");
	put_writers(detection, &text, channel);
	finding_seen(finding, str_take(&text));
	finding->sure = "likely (which message was torn can not be seen)";
}

static char *auth_title(struct detection *detection, const struct pyfail *fail)
{
	(void)detection;
	(void)fail;
	return str_make("client and server have different authkeys");
}

/* --- B002, B017 --- */

static char *start_title(struct detection *detection, const struct pyfail *fail)
{
	char label[64];

	return str_make("%s died while it was starting: %s",
		process_label(detection->model, fail->process, label, sizeof(label)), LINE(fail, PYFAIL_TYPE));
}

/* What its parent sent it could not be rebuilt: no code of the program ran yet. */
static bool is_begin(const struct pyfail *fail)
{
	return fail->what == PYFAIL_BEGIN;
}

static void tell_start(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	char age[FORMAT_SIZE];

	finding_seen(finding,
		str_make("this was %s after it was started, before it took any work",
			format_seconds(
				fail->ts_ns > fail->process->born_ns ? fail->ts_ns - fail->process->born_ns : 0, age)));
	seen_broken(detection, finding, fail);
}

static char *interactive_title(struct detection *detection, const struct pyfail *fail)
{
	char label[64];

	return str_make("%s cannot import the program: it comes from no file",
		process_label(detection->model, fail->process, label, sizeof(label)));
}

static void tell_main(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	const struct process *main = has_interactive_main(fail->process) ? fail->process : fail->process->parent;
	struct str text = {0};

	if (main && main->main_told) {
		str_puts(&text, "`__main__` of ");
		put_process(detection, &text, main);
		str_printf(&text, " comes from %s", main->main_file[0] ? main->main_file : "no file");
		finding_seen(finding, str_take(&text));
	}
	seen_broken(detection, finding, fail);
}

/* --- B008 --- */

static bool is_hard_exit(const struct pyfail *fail)
{
	return strcmp(LINE(fail, PYFAIL_TYPE), "os._exit") == 0;
}

static char *exit_title(struct detection *detection, const struct pyfail *fail)
{
	struct frame frame;
	bool placed = model_user_frame(detection->model, fail->stack, &frame) >= 0 && frame.function;

	return str_make("%s%s%s calls %s(%s) in a task: its worker ends, the task is lost", placed ? "`" : "",
		placed ? frame.function : "something", placed ? "`" : "", is_hard_exit(fail) ? "os._exit" : "sys.exit",
		LINE(fail, PYFAIL_MESSAGE));
}

static void tell_exit(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	struct str text = {0};

	put_process(detection, &text, fail->process);
	str_printf(&text, " ended with exit status %d and sent no answer", WEXITSTATUS(fail->process->status));
	finding_seen(finding, str_take(&text));
	if (stack_has(detection, fail->stack, "/multiprocessing/pool.py", "worker"))
		finding_seen(
			finding, str_make("a Pool starts another worker in its place and does not do the task again: "
					  "map() or get() waits for it for ever, and no traceback says why"));
	seen_broken(detection, finding, fail);
}

/* --- B013, B014, B015 --- */

static char *path_title(struct detection *detection, const struct pyfail *fail)
{
	(void)detection;
	(void)fail;
	return str_make("the path of a socket is too long");
}

static char *context_title(struct detection *detection, const struct pyfail *fail)
{
	const char *message = LINE(fail, PYFAIL_MESSAGE), *leaf = LINE(fail, PYFAIL_LEAF);

	(void)detection;
	if (fail->what == PYFAIL_LOCK)
		return str_make("a %s made for fork is given to a process of another start method", leaf);
	if (strstr(message, "SemLock"))
		return str_make("a lock made for one start method is given to a process of another one");
	if (strstr(message, "pool objects"))
		return str_make("a Pool cannot be sent to another process");
	if (strstr(message, "context has already"))
		return str_make("set_start_method() is called a second time");
	return str_make("a lock or queue can only be given to a process when it is started");
}

/* The start method is one for all the program. */
static bool is_second_method(const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_MESSAGE), "context has already") != NULL;
}

/* Something that belongs to the program's processes was given as an argument or result. */
static bool is_sent_later(const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_MESSAGE), "through inheritance") != NULL;
}

static bool is_pool(const struct pyfail *fail)
{
	return strstr(LINE(fail, PYFAIL_MESSAGE), "pool objects") != NULL;
}

static void tell_lock(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	if (fail->what == PYFAIL_LOCK) {
		if (strcmp(LINE(fail, PYFAIL_PATH), LINE(fail, PYFAIL_SENT)) != 0)
			finding_seen(finding, str_make("the way to it: %s", LINE(fail, PYFAIL_PATH)));
		finding_seen(finding,
			str_make("its semaphore has no name any more: the new process uses an address of its parent's "
				 "memory. It crashes there, or locks nothing in common"));
		for (const struct process *p = model_processes(detection->model); p; p = process_next(p)) {
			struct str text = {0};

			if (!context_explains_death(detection, p) || !p->dead || !WIFSIGNALED(p->status))
				continue;
			put_process(detection, &text, p);
			str_printf(&text, " was ended by signal %d", WTERMSIG(p->status));
			finding_seen(finding, str_take(&text));
		}
	}
	if (fail->what != PYFAIL_LOCK)
		seen_where(detection, finding, fail);
}

static char *daemon_title(struct detection *detection, const struct pyfail *fail)
{
	(void)detection;
	return fail->what == PYFAIL_TASK ? str_make("a worker of a Pool cannot start processes of its own")
					 : str_make("a daemon process cannot start processes of its own");
}

static void tell_daemon(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	const struct pyfail *end = pyfail_end(fail, NULL);

	if (fail->what == PYFAIL_TASK) {
		struct str text = {0};

		put_process(detection, &text, fail->process);
		str_puts(&text, " is a worker of a Pool, and so a daemon");
		finding_seen(finding, str_take(&text));
	}
	if (end && end != fail)
		seen_consequence(detection, finding, end);
}

/* --- the rows --- */

/* clang-format off */
static const struct told {
	enum finding_code code;
	title_maker *title;
	fact_teller *more;
	const char *why, *fix;
	bool (*only)(const struct pyfail *fail); /* NULL: for all that the rows above are not for */
} rows[] = {
	{FINDING_S003, thread_title, tell_thread,
		"Pool and executors do their work in threads of their own. Callbacks run there, too: an exception that gets out of one ends the thread, not the"
		" program.",
		"catch exceptions inside of the callback (or of what else of yours the library calls there), and keep what it must tell for the main thread.", NULL},
	{FINDING_S004, size_title, tell_size,
		"before Python 3.8 the length of a message, and of one bytes or str object in it, has to fit into 31 or 32 bits.",
		"send pieces, or the name of a file or of shared memory; or use Python 3.8 or later.", NULL},
	{FINDING_S005, garbage_title, tell_writers,
		"a message is written in pieces: its length, then its bytes, and a full pipe takes a part only. Pieces of several writers mix.",
		"give each worker its own Pipe and read them by multiprocessing.connection.wait([...]), or use a Queue, or hold a Lock around send().", NULL},
	{FINDING_S006, auth_title, NULL,
		"both sides of a Listener, Client or Manager prove to each other that they know the same authkey. Programs that do not descend from each other have"
		" different ones unless they are told.",
		"give the same authkey= to both sides, or set multiprocessing.current_process().authkey before anything is started.", NULL},
	{FINDING_B002, start_title, tell_start,
		"an initializer runs in each worker before its first task. An exception there ends the worker, and whoever waits for it hears only that it is gone.",
		"try once in the main process what the initializer needs (files, environment, connections), before the pool is made, so that the error comes"
		" from there; or catch it in the initializer and keep it for the first task.", pyfail_in_initializer},
	{FINDING_B002, start_title, tell_start,
		"a fresh python imports the modules of what its parent sends it: the target, its arguments and their classes. One of them can not be imported in"
		" the new process.",
		"make that the module can be imported there: installed, or in a folder of sys.path (PYTHONPATH), and not made at run time.", is_begin},
	{FINDING_B002, start_title, tell_start,
		"spawn and forkserver start a fresh python that imports the program's file again. What fails there ends the worker, and whoever waits for it"
		" hears only that it is gone.",
		"make that the module can be imported anywhere: what needs the first process (arguments, environment, open files) goes behind if __name__ =="
		" '__main__', and is passed on as an argument.", NULL},
	{FINDING_B017, interactive_title, tell_main,
		"spawn and forkserver start a fresh python that imports the functions by the name of their module. What was typed at a prompt, in a notebook, with"
		" -c or through standard input has no module that could be imported.",
		"put the functions into a .py file and import them. Where the program runs one thread only, get_context('fork') works, too; joblib and"
		" loky send functions as a whole.", NULL},
	{FINDING_B008, exit_title, tell_exit,
		"sys.exit() raises SystemExit, which ends a Pool's worker instead of its task; os._exit() ends any process at once. Nobody else has the task.",
		"raise another exception, which goes to the caller. Around code that exits by itself (argparse, click): try: ... except SystemExit as e: raise"
		" ValueError(e).", NULL},
	{FINDING_B013, path_title, seen_broken,
		"a Manager, Listener or forkserver listens at a socket in TMPDIR, and such a path may have 107 bytes.",
		"set TMPDIR to something short (TMPDIR=/tmp), or multiprocessing.process.current_process()._config['tempdir'] = '/tmp/x'.", NULL},
	{FINDING_B014, context_title, tell_lock,
		"the start method is a setting of the whole program, and is settled by the first call, or by the first process, lock or queue that is made.",
		"call set_start_method() once, first thing behind if __name__ == '__main__'; or leave it alone and use ctx = get_context('spawn') where another"
		" one is wanted: ctx.Pool(), ctx.Process(), ctx.Queue().", is_second_method},
	{FINDING_B014, context_title, tell_lock,
		"a Pool belongs to the process that made it. A bound method (self.work) takes its whole object along, and so the Pool in one of its attributes.",
		"give the pool a function at top level or a staticmethod; or leave the Pool out: def __getstate__(self): d = self.__dict__.copy(); del d['pool'];"
		" return d.", is_pool},
	{FINDING_B014, context_title, tell_lock,
		"a lock or queue belongs to the processes that got it when they were started; tasks and messages can not carry it.",
		"hand it over at the start: Process(args=(lock,)), or for a Pool initializer=init, initargs=(lock,) with def init(l): global lock; lock = l. Or use"
		" Manager().Lock() and Manager().Queue(), which may be sent.", is_sent_later},
	{FINDING_B014, context_title, tell_lock,
		"locks and queues belong to the start method (context) they were made for, and travel only with a Process that is being started.",
		"make all of them from one context: ctx = get_context('spawn'), ctx.Lock(), ctx.Queue(), ctx.Process(...). For a Pool: initializer and initargs, or"
		" Manager().Lock() and Manager().Queue(), which may be sent.", NULL},
	{FINDING_B015, daemon_title, tell_daemon,
		"workers of a Pool are daemons: they are ended with their parent at once and could not wait for children of their own, so they may have none.",
		"use ProcessPoolExecutor for the outer pool, or one Pool for all (make one list of all the work), or threads inside of the task.", NULL},
};
/* clang-format on */

static const struct told *row_of(enum finding_code code, const struct pyfail *fail)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == code && (!rows[i].only || rows[i].only(fail)))
			return &rows[i];
	return NULL;
}

/* It went on and sent something, or it did not end by itself: then the exit was caught. */
static bool did_exit(const struct pyfail *fail)
{
	for (const struct pyfail *f = fail->next; f; f = f->next)
		if (f->process == fail->process && f->what == PYFAIL_WENT_ON)
			return false;
	return fail->process->dead && fail->process->status >= 0 && WIFEXITED(fail->process->status) &&
	       fail->process->status_from != EXIT_UNSEEN;
}

static char *key_of(const struct told *row, const struct pyfail *fail)
{
	if (row->code == FINDING_S006 || row->code == FINDING_B017)
		return str_make("%s", "");
	if (row->code == FINDING_B008 || row->code == FINDING_S005 || row->code == FINDING_S003)
		return str_make("%u", fail->stack);
	return str_make("%s/%s", LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE));
}

/* Both sides say so, in any order: the place is that of the one that was turned away. */
static void second_side(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	if (finding->seen_count < 2)
		seen_exception(finding, fail);
	if (strstr(LINE(fail, PYFAIL_MESSAGE), "rejected")) {
		finding->line = 0;
		finding_place(detection, finding, fail->stack);
	}
}

static void report(struct detection *detection, const struct told *row, const struct pyfail *fail)
{
	struct finding *finding;
	bool is_new;

	finding = finding_add(detection, row->code, key_of(row, fail), fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (!is_new) {
		if (row->code == FINDING_S006)
			second_side(detection, finding, fail);
		return;
	}
	finding->title = row->title(detection, fail);
	finding->verdict_for_all = true;
	finding->verdict = str_make("%s.", finding->title);
	if (fail->what != PYFAIL_EXIT && fail->what != PYFAIL_LOCK)
		seen_exception(finding, fail);
	if (row->more)
		row->more(detection, finding, fail);
	if (fail->what == PYFAIL_BEGIN)
		finding_place(detection, finding, fail->process->birth_stack);
	finding->why = str_make("%s", row->why);
	finding->fix = str_make("%s", row->fix);
}

void detect_exceptions(struct detection *detection)
{
	for (const struct pyfail *fail = model_pyfails(detection->model); fail; fail = fail->next) {
		enum finding_code code = pyfail_code(detection, fail);
		const struct told *row = row_of(code, fail);

		if (row && (code != FINDING_B008 || did_exit(fail)))
			report(detection, row, fail);
	}
}
