/* role.c: what a process is to a person: the program itself, a worker of it, a helper of multiprocessing, or another
 * command. A pure function of the model's state, so that live and replayed runs agree. */
#include "model/internal.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *text; /* part of the command line */
	enum process_role role;
	const char *method;
} marks[] = {
	{"multiprocessing.spawn import spawn_main", ROLE_WORKER, "spawn"},
	{"--multiprocessing-fork", ROLE_WORKER, "spawn"},
	{"loky.backend.popen_loky_posix", ROLE_WORKER, "loky"},
	{"multiprocessing.forkserver import main", ROLE_FORKSERVER, NULL},
	{"multiprocessing.resource_tracker import main", ROLE_TRACKER, NULL},
	{"multiprocessing.semaphore_tracker import main", ROLE_TRACKER, NULL},
	{"loky.backend.resource_tracker", ROLE_TRACKER, NULL},
};
/* Their forks become other commands or subshells, never workers. */
static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh", "fish", "busybox", "make", "env", "xargs"};
/* clang-format on */

static int mark_of(const struct process *process)
{
	for (unsigned i = 0; process->cmdline && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(process->cmdline, marks[i].text))
			return (int)i;
	return -1;
}

static bool is_shell(const struct process *process)
{
	for (unsigned i = 0; process->comm && i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(process->comm, shells[i]) == 0)
			return true;
	return false;
}

/* Parents come before their children, so theirs is known. */
static enum process_role role_of(const struct model *model, const struct process *process)
{
	int mark;

	if (process == model->root)
		return ROLE_MAIN;
	if (process->images == 0) {
		const struct process *parent = process->parent;
		bool forked = process->how == START_FORK || process->how == START_CLONE;

		if (!forked || !parent || is_shell(process))
			return ROLE_COMMAND;
		return parent->role == ROLE_COMMAND || parent->role == ROLE_TRACKER ? ROLE_COMMAND : ROLE_WORKER;
	}
	mark = mark_of(process);
	return mark < 0 ? ROLE_COMMAND : marks[mark].role;
}

/* --- names that the program chose: Process(name=...) --- */

#define OWN_NAME_MOST 32 /* bytes; longer ones are shown where there is room for them */

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789:") == strlen(text);
}

/* "ForkPoolWorker-3", "SpawnProcess-1:2", "SyncManager-1", "LokyProcess-7": what the libraries think of by themselves;
 * and what would be taken for one of our own labels. */
static bool is_own_name(const char *name)
{
	static const char *const kinds[] = {"Process", "PoolWorker", "Manager"};
	static const char *const labels[] = {"main", "forkserver", "tracker"};
	const char *dash = strrchr(name, '-');

	if (strlen(name) > OWN_NAME_MOST || (name[0] == 'w' && is_number(name + 1)))
		return false;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(name, labels[i]) == 0)
			return false;
	for (size_t i = 0; dash && is_number(dash + 1) && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t length = strlen(kinds[i]);

		if ((size_t)(dash - name) >= length && memcmp(dash - length, kinds[i], length) == 0)
			return false;
	}
	return true;
}

struct owner {
	const char *name; /* interned: equal texts are one */
	struct process *process;
	UT_hash_handle hh;
};

/* Several of one name are told apart by their numbers. */
static void name_workers(struct model *model)
{
	struct owner *owners = NULL, *owner, *next_owner;
	struct process *process, *next;

	HASH_ITER(hh, model->processes, process, next)
	{
		process->own_name = NULL;
		if (process->role != ROLE_WORKER || !process->process_name || !is_own_name(process->process_name))
			continue;
		HASH_FIND_PTR(owners, &process->process_name, owner);
		if (owner) {
			owner->process->own_name = NULL;
			continue;
		}
		owner = mem_zalloc(1, sizeof(*owner));
		owner->name = process->own_name = process->process_name;
		owner->process = process;
		HASH_ADD_PTR(owners, name, owner);
	}
	HASH_ITER(hh, owners, owner, next_owner)
	{
		HASH_DEL(owners, owner);
		mem_free(owner);
	}
}

void number_workers(struct model *model)
{
	struct process *process, *next;

	if (model->workers_numbered)
		return;
	model->workers = 0;
	HASH_ITER(hh, model->processes, process, next)
	{
		process->role = role_of(model, process);
		process->worker_number = process->role == ROLE_WORKER ? ++model->workers : 0;
	}
	name_workers(model);
	model->workers_numbered = true;
}

uint32_t model_worker_count(struct model *model)
{
	number_workers(model);
	return model->workers;
}

const char *process_label(struct model *model, const struct process *process, char *buffer, size_t size)
{
	static const char *const fixed[] = {
		[ROLE_MAIN] = "main", [ROLE_FORKSERVER] = "forkserver", [ROLE_TRACKER] = "tracker"};

	number_workers(model);
	if (process->own_name)
		snprintf(buffer, size, "%s", process->own_name);
	else if (process->role == ROLE_WORKER)
		snprintf(buffer, size, "w%u", process->worker_number);
	else if (process->role == ROLE_COMMAND)
		snprintf(buffer, size, "%s", process->comm && process->comm[0] ? process->comm : "?");
	else
		snprintf(buffer, size, "%s", fixed[process->role]);
	return buffer;
}

static const char *start_method_of(const struct process *process)
{
	int mark = process->images ? mark_of(process) : -1;

	if (mark >= 0)
		return marks[mark].method;
	return process->parent && process->parent->role == ROLE_FORKSERVER ? "forkserver" : "fork";
}

const char *model_start_method(struct model *model)
{
	const char *method = NULL;
	struct process *process, *next;

	number_workers(model);
	HASH_ITER(hh, model->processes, process, next)
	{
		const char *mine = process->role == ROLE_WORKER ? start_method_of(process) : NULL;

		if (mine && method && strcmp(mine, method) != 0)
			return "several start methods";
		if (mine)
			method = mine;
	}
	return method;
}
