/* agent.c: when to look at the interpreter. The first look is a pending call, which the main thread runs soon after a
 * file was opened by the initialised interpreter. From 3.8 on it adds an audit hook, which is told of each import. (Not
 * earlier: an entry made before the interpreter has chosen its allocator, -X dev or PYTHONMALLOC, would be freed by
 * another one.) Before 3.8 the pending call comes again. */
#include "python/agent.h"

#include <stdlib.h>
#include <string.h>

#include "python/failure.h"
#include "python/frames.h"
#include "python/hooks.h"
#include "python/tasks.h"
#include "python/waits.h"
#include "real.h"

bool agent_waits;

static int (*is_initialized)(void);
static int (*add_pending)(int (*)(void *), void *);
static int (*add_hook)(int (*)(const char *, pyobject *, void *), void *);
static bool wanted, done, queued, hooked, incomplete;

/* Modules that make messages. The names are those of import events. */
static bool makes_messages(const char *name)
{
	return strncmp(name, "multiprocessing", 15) == 0 || strncmp(name, "billiard", 8) == 0 ||
	       strncmp(name, "joblib", 6) == 0 || strncmp(name, "loky", 4) == 0;
}

/* Event names differ early: this is all that most events cost. */
static int audit(const char *event, pyobject *args, void *unused)
{
	(void)unused;
	if (likely(done) && event[0] != 'p' && event[0] != 's' && likely(!incomplete || event[0] != 'i'))
		return 0;
	if (probe.own->alive != ALIVE_YES || !is_initialized() || !args)
		return 0;
	if (!done && !wanted && strcmp(event, "import") == 0 && api_find() && items_of(args) > 0) {
		pyobject *name = tuple_item(args, 0);
		char text[64];

		if (name && type_of(name) == py.PyUnicode_Type) {
			python_text((const char *)name, text, sizeof(text), false);
			wanted = makes_messages(text);
		}
	}
	if (wanted && !done)
		incomplete = done = hooks_install();
	else if (incomplete)
		incomplete = hooks_later();
	if (done && event[0] == 'p' && strcmp(event, "pickle.find_class") == 0 && items_of(args) == 2)
		hooks_class_looked_up(tuple_item(args, 0), tuple_item(args, 1));
	else if (event[0] == 's' && strcmp(event, "sys.excepthook") == 0 && items_of(args) == 4 && api_find())
		failure_uncaught(PYFAIL_MAIN, tuple_item(args, 1), tuple_item(args, 2), tuple_item(args, 3));
	return 0;
}

static int look(void *unused)
{
	(void)unused;
	queued = false;
	if (!api_find()) {
		agent_waits = false;
		return 0;
	}
	if (!is_initialized())
		return 0;
	if (add_hook) {
		agent_waits = false;
		wanted = module_find("multiprocessing.reduction") != NULL;
		if (!hooked)
			add_hook(audit, NULL);
		hooked = true;
		return 0;
	}
	if (done) {
		agent_waits = hooks_later();
	} else if (module_find("multiprocessing.reduction") && hooks_install()) {
		done = true;
		agent_waits = hooks_later();
	}
	return 0;
}

void agent_ask(void)
{
	if (queued || !is_initialized() || !probe_tls.th)
		return;
	queued = true;
	if (add_pending(look, NULL) != 0)
		queued = false;
}

static bool switched_off(void)
{
	const char *value = getenv("MPWATCH_PYTHON");

	return value && strcmp(value, "0") == 0;
}

static enum python_state start(void)
{
	if (switched_off() || !(probe.control->flags & ARENA_STACKS))
		return PYTHON_OFF; /* without stacks nothing of the interpreter is read */
	if (!python_is_ready())
		return PYTHON_VERSION;
	is_initialized = (int (*)(void))elf_find(NULL, "Py_IsInitialized", NULL);
	add_pending = (int (*)(int (*)(void *), void *))elf_find(NULL, "Py_AddPendingCall", NULL);
	add_hook =
		(int (*)(int (*)(const char *, pyobject *, void *), void *))elf_find(NULL, "PySys_AddAuditHook", NULL);
	if (!is_initialized || !add_pending || (python_minor() >= 8 && !add_hook))
		return PYTHON_OTHER;
	agent_waits = true;
	if (probe.control->flags & ARENA_STACKS)
		waits_start();
	return PYTHON_WATCHED;
}

void agent_process_ends(struct probe_tls *t, int status)
{
	if (done)
		task_process_ends(t, status != 0);
}

void agent_start(struct probe_tls *t)
{
	struct rec_python record = {0};

	if (!(probe.control->flags & ARENA_PYTHON) || !t->th)
		return;
	record.state = start();
	record.minor = (uint32_t)python_minor();
	emit(t, EV_PYTHON, 0, probe_now(), &record, sizeof(record));
}
