/* agent.c: when to look at the interpreter. The first look is a pending call, which the main thread runs soon after a
 * file was opened by the initialised interpreter. From 3.8 on it adds an audit hook, which is told of each import. (Not
 * earlier: an entry made before the interpreter has chosen its allocator, -X dev or PYTHONMALLOC, would be freed by
 * another one.) Before 3.8 the pending call comes again. An audit hook makes each id() and each class that a pickle
 * names dearer; so it goes when nothing more is to be found. */
#include "python/agent.h"

#include <stdlib.h>
#include <string.h>

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

/* --- the audit hook --- */

/* An entry of CPython's list of hooks (pycore_sysmodule.h). */
struct audit_entry {
	struct audit_entry *next;
	void *function, *data;
};

static struct audit_entry **audit_head, *audit_own; /* where the list begins, and our entry in it; NULL: not found */

static int audit(const char *event, pyobject *args, void *unused);

/* Other words change meanwhile, too: a thread that begins to wait for the GIL makes numbers that look like addresses.
 * So none is followed before the kernel has said that it may be. */
static bool is_own_entry(const struct audit_entry *entry)
{
	return entry && ((uintptr_t)entry & 15) == 0 && raw_is_readable(entry) && raw_is_readable(&entry->data) &&
	       entry->function == (void *)audit && entry->data == &audit_own;
}

/* There is no call that takes a hook away. The list's head lies in _PyRuntime (near its start in every version), as the
 * word that was NULL before and then is our entry; where others were before us, we stay. */
#define RUNTIME_HEAD 12288u

static void audit_begin(void)
{
	size_t size = 0, words;
	struct audit_entry **runtime = elf_find_sized(NULL, "_PyRuntime", &size), *before[RUNTIME_HEAD / 8];

	words = !runtime || probe.restricted ? 0 : (size < RUNTIME_HEAD ? size : RUNTIME_HEAD) / 8;
	if (words)
		memcpy(before, runtime, words * 8);
	if (add_hook(audit, &audit_own) != 0)
		return;
	for (size_t i = 0; i < words && !audit_own; i++)
		if (!before[i] && is_own_entry(runtime[i])) {
			audit_own = runtime[i];
			audit_head = &runtime[i];
		}
}

/* The entry is not freed: another interpreter may be at it. */
static void audit_end(void)
{
	if (!audit_head || *audit_head != audit_own || !hooks_main_is_ours())
		return;
	__atomic_store_n(audit_head, audit_own->next, __ATOMIC_RELEASE);
	audit_head = NULL;
}

/* imported: name of the module that is about to be, NULL: none. */
static void look_for_messages(pyobject *imported)
{
	if (!done && !wanted && imported && type_of(imported) == py.PyUnicode_Type) {
		char text[64];

		python_text((const char *)imported, text, sizeof(text), false);
		wanted = makes_messages(text);
	}
	if (wanted && !done)
		incomplete = done = hooks_install();
	else if (incomplete)
		incomplete = hooks_later();
	if (done && !incomplete)
		audit_end();
}

/* Event names differ early: this is all that most events cost. */
static int audit(const char *event, pyobject *args, void *unused)
{
	bool any = wanted && !done; /* `_pickle` may be there at any moment */

	(void)unused;
	if (likely(event[0] != 's' && event[0] != 'i' && !any))
		return 0;
	if (probe.own->alive != ALIVE_YES || !is_initialized() || !args || !api_find())
		return 0;
	if (strcmp(event, "import") == 0)
		look_for_messages(items_of(args) > 0 ? tuple_item(args, 0) : NULL);
	else if (any)
		look_for_messages(NULL);
	if (strcmp(event, "sys.excepthook") == 0 && items_of(args) == 4)
		hooks_main_uncaught(tuple_item(args, 1), tuple_item(args, 2), tuple_item(args, 3));
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
	hooks_for_all();
	waits_begin(&probe_tls);
	if (add_hook) {
		agent_waits = false;
		wanted = module_find("multiprocessing.reduction") != NULL;
		if (!hooked)
			audit_begin();
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
