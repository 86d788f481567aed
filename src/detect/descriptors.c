/* descriptors.c: F001, the table of descriptors was full. docs/findings/F001.md says when it is which level. */
#include "detect/pyfails.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "wire/calls.h"

/* Who only tries how many descriptors there are gives them back this soon. */
#define PROBE_WINDOW_NS UINT64_C(1000000000)
#define GROUPS_SHOWN 3

/* Open descriptors of one kind made at one place. */
struct group {
	uint32_t kind, stack, call, count;
	uint32_t site; /* a stack of the innermost frame alone that counts here, too, or 0 */
	const struct open_file *first;
};

struct census {
	struct group *group; /* largest first */
	size_t groups;
	uint32_t total, standard, inherited;
	const struct process *from; /* of the inherited ones; NULL several or none */
};

static struct group *census_group(struct census *census, const struct open_file *file, uint32_t stack)
{
	struct group *group;

	for (size_t i = 0; i < census->groups; i++) {
		group = &census->group[i];
		if (group->kind == file->kind && group->stack == stack && group->call == file->call)
			return group;
	}
	census->group = mem_resize(census->group, (census->groups + 1) * sizeof(*census->group));
	group = &census->group[census->groups++];
	*group = (struct group){.kind = file->kind, .stack = stack, .call = file->call, .first = file};
	return group;
}

/* Of its first descriptors a C program tells the call site only. They belong to the one whole stack that begins there;
 * where several do, nobody knows which. */
static struct group *whole_group(const struct model *model, const struct census *census, const struct group *site)
{
	struct group *found = NULL;

	for (size_t i = 0; i < census->groups; i++) {
		struct group *group = &census->group[i];

		if (group == site || group->kind != site->kind || group->call != site->call ||
			!model_stack_is_site_of(model, site->stack, group->stack))
			continue;
		if (found)
			return NULL;
		found = group;
	}
	return found;
}

static void census_join_sites(const struct model *model, struct census *census)
{
	for (size_t i = 0; i < census->groups; i++) {
		struct group *site = &census->group[i], *whole = whole_group(model, census, site);

		if (!whole || whole->site)
			continue;
		whole->site = site->stack;
		whole->count += site->count;
		whole->first = site->first;
		*site = census->group[--census->groups];
		i--;
	}
}

static bool belongs_to(const struct fd_slot *slot, const struct group *group)
{
	return slot->file->kind == group->kind && slot->file->call == group->call &&
	       (slot->stack == group->stack || (group->site && slot->stack == group->site));
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

static void census_take(struct model *model, const struct failure *failure, struct census *out)
{
	const struct fd_slot *slot;
	uint32_t from = 0;

	memset(out, 0, sizeof(*out));
	for (int32_t fd = 0; (slot = fdtable_next(failure->fds, &fd)) && fd < INT32_MAX; fd++) {
		out->total++;
		if (fd <= 2) {
			out->standard++;
			continue;
		}
		census_group(out, slot->file, slot->stack)->count++;
		if (slot->proc != failure->process->number && slot->proc) {
			out->inherited++;
			from = from == 0 || from == slot->proc ? slot->proc : UINT32_MAX;
		}
	}
	out->from = model_process(model, from);
	census_join_sites(model, out);
	if (out->groups)
		qsort(out->group, out->groups, sizeof(*out->group), compare_groups);
}

static bool ended_well(const struct process *process)
{
	return process && process->dead && process->status == 0;
}

/* A program that opens until it fails, only to learn the limit: it gave all of the largest group back at once, never
 * used one of them and made no child meanwhile. */
static bool is_only_a_try(const struct failure *failure, const struct group *group)
{
	const struct fd_slot *slot;
	uint64_t oldest = UINT64_MAX;

	for (int32_t fd = 3; (slot = fdtable_next(failure->fds, &fd)) && fd < INT32_MAX; fd++) {
		if (!belongs_to(slot, group))
			continue;
		if (slot->file->used || slot->file->closed_ns < failure->first_ns ||
			slot->file->closed_ns > failure->last_ns + PROBE_WINDOW_NS)
			return false;
		if (slot->since_ns < oldest)
			oldest = slot->since_ns;
	}
	return failure->process->last_child_ns < oldest || failure->process->last_child_ns > failure->last_ns;
}

/* Nobody caught what the failure raised: it ended a thread, a Process or the program. */
static bool ended_something(const struct process *process)
{
	for (const struct pyfail *fail = process->pyfails; fail; fail = fail->next_of_process)
		if (pyfail_is_end(fail) && strstr(LINE(fail, PYFAIL_MESSAGE), "[Errno 24]"))
			return true;
	return false;
}

/* Closes that were lost would turn a harmless try into a warning: with a good end and gaps, nothing is claimed. */
static bool lost_events(const struct model *model, const struct process *process)
{
	for (const struct loss *loss = model_losses(model); loss; loss = loss->next)
		if (loss->records && (loss->proc == process->number || loss->proc == 0) &&
			(loss->reason == LOSS_RING_FULL || loss->reason == LOSS_NO_CHUNK ||
				loss->reason == LOSS_CORRUPT))
			return true;
	return false;
}

static unsigned children_alive(struct model *model, const struct process *parent, uint64_t ts_ns)
{
	unsigned count = 0;

	for (const struct process *p = model_processes(model); p; p = process_next(p))
		if (p->parent == parent && p->born_ns <= ts_ns && (!p->dead || p->dead_ns > ts_ns))
			count++;
	return count;
}

static void seen_failure(
	struct detection *detection, struct finding *finding, const struct failure *failure, uint32_t open)
{
	struct str text = {0};
	char clock[FORMAT_SIZE];

	put_process(detection, &text, failure->process);
	str_printf(&text, ": ");
	if (failure->nofile_soft)
		str_printf(&text, "limit %" PRIu64 ", ", failure->nofile_soft);
	str_printf(&text, "open %u at %s, %s() failed%s", open, format_clock(failure->first_ns, clock),
		call_name(failure->call), failure->err == ENFILE ? ": the limit of the whole system" : "");
	if (failure->count > 1)
		str_printf(&text, " %" PRIu64 " times", failure->count);
	finding_seen(finding, str_take(&text));
}

/* A descriptor or two are taken for a moment while a call fails; more than this are opened where the probe does not
 * look. */
#define UNSEEN_MIN 8

static void seen_limit(struct finding *finding, const struct failure *failure, uint32_t open)
{
	uint64_t known = failure->process->nofile_soft, hard = failure->process->nofile_hard;
	bool told = failure->arg2 > 0; /* the failing call told the limit itself */

	if (failure->err != EMFILE)
		return;
	if (told && known && failure->nofile_soft != known)
		finding_seen(finding,
			str_make("the limit was changed during the run: %" PRIu64 " at the failure, %" PRIu64 " else",
				failure->nofile_soft, known));
	if (told && (uint64_t)open + UNSEEN_MIN < failure->nofile_soft)
		finding_seen(finding,
			str_make("only these %u are known: the others were opened where mpwatch does not look", open));
	else if (!told && known && (uint64_t)open + UNSEEN_MIN < known)
		finding_seen(
			finding, str_make("the limit known before was %" PRIu64
					  ": it was lowered since, or others were opened where mpwatch does not look",
					 known));
	if (failure->nofile_soft && hard > failure->nofile_soft)
		finding_seen(finding,
			str_make("the program may raise its limit itself up to %" PRIu64 " (hard limit)", hard));
}

static const char *made_by(const struct group *group)
{
	if (group->call)
		return call_name(group->call);
	return NULL;
}

static void seen_group(
	struct detection *detection, struct finding *finding, const struct census *census, const struct group *group)
{
	struct str text = {0};
	size_t start;

	str_printf(&text, "%u of the %u: %s", group->count, census->total, kind_name_fd(group->kind));
	if (group->first->name && !detection->redact)
		str_printf(&text, ", as %s", group->first->name);
	if (made_by(group))
		str_printf(&text, ", made by %s()", made_by(group));
	start = text.length;
	str_puts(&text, " at ");
	put_stack(detection, &text, group->stack, 4);
	if (text.length == start + 4)
		text.data[text.length = start] = 0;
	finding_seen(finding, str_take(&text));
}

static void seen_rest(struct detection *detection, struct finding *finding, const struct census *census)
{
	uint32_t shown = census->standard, others;
	struct str text = {0};
	char label[64];

	for (size_t i = 0; i < census->groups && i < GROUPS_SHOWN; i++)
		shown += census->group[i].count;
	others = census->total - shown;
	if (others)
		finding_seen(
			finding, str_make("%u others in %zu smaller groups", others, census->groups - GROUPS_SHOWN));
	if (census->inherited == 0)
		return;
	str_printf(&text, "%u of them were open already when it was started", census->inherited);
	if (census->from)
		str_printf(&text, ": inherited from %s",
			process_label(detection->model, census->from, label, sizeof(label)));
	finding_seen(finding, str_take(&text));
}

static void say_why(struct detection *detection, struct finding *finding, const struct failure *failure,
	const struct census *census)
{
	unsigned children = children_alive(detection->model, failure->process, failure->first_ns);
	const struct group *largest = census->groups ? &census->group[0] : NULL;
	bool pipes = largest && (largest->kind == FD_PIPE || largest->kind == FD_SOCKPAIR);
	/* A few ends for every child: it is the children that are too many. */
	bool per_child = pipes && children >= 3 && largest->count <= children * 4;
	char label[64];

	process_label(detection->model, failure->process, label, sizeof(label));
	if (largest && census->inherited * 2 > census->total)
		finding->why = str_make(
			"%s was started with most of them open: a child gets a copy of every descriptor of its parent.",
			label);
	else if (per_child)
		finding->why = str_make("%s keeps pipes to each of its children, and %u children were alive: they are "
					"started faster than they end.",
			label, children);
	else
		finding->why = str_make("a process may have a limited number of descriptors open at once (ulimit -n), "
					"and %s opens more than it closes.",
			label);
	if (per_child)
		finding->fix = str_make("keep a fixed number of workers and give them the work in turn%s; wait for "
					"those that have ended and close them.",
			!(failure->process->start_flags & START_PYTHON) ? ""
			: stack_has(detection, failure->stack, "/subprocess.py", "__init__")
				? ", for example: with ThreadPoolExecutor(max_workers=8) as ex: results = "
				  "list(ex.map(subprocess.run, commands))"
				: ", for example: with ProcessPoolExecutor(max_workers=8) as ex: results = "
				  "list(ex.map(work, items))");
	else if (census->inherited * 2 > census->total)
		finding->fix = str_make(
			"close what the child does not need right after the fork, or open it with O_CLOEXEC and exec.");
	else
		finding->fix = str_make("close each one when it is no longer needed%s; if so many are really needed at "
					"once, raise the limit (ulimit -n, setrlimit).",
			failure->process->start_flags & START_PYTHON ? " (with open(...) as f:)" : "");
}

static enum finding_level level_of(struct detection *detection, const struct process *process)
{
	return ended_well(process) && ended_well(model_root(detection->model)) ? LEVEL_WARNING : LEVEL_ERROR;
}

static const uint32_t other_limits[] = {CALL_inotify_init, CALL_inotify_init1, CALL_fanotify_init};

/* inotify says EMFILE when the user's instances are used up: another limit with the same number. */
static bool is_another_limit(const struct failure *failure, uint32_t open)
{
	for (size_t i = 0; i < sizeof(other_limits) / sizeof(other_limits[0]); i++)
		if (failure->call == other_limits[i])
			return failure->nofile_soft == 0 || (uint64_t)open + UNSEEN_MIN < failure->nofile_soft;
	return false;
}

static void state_facts(struct finding *finding, const struct failure *failure, const struct census *census)
{
	finding_fact(finding, "pid", (uint64_t)failure->process->pid);
	if (failure->nofile_soft)
		finding_fact(finding, "limit", failure->nofile_soft);
	finding_fact(finding, "open", census->total);
	finding_fact(finding, "failures", failure->count);
	finding_fact(finding, "open standard", census->standard);
	for (size_t i = 0; i < census->groups; i++) {
		char name[32];

		snprintf(name, sizeof(name), "open %s", kind_name_fd(census->group[i].kind));
		finding_fact(finding, name, census->group[i].count);
	}
}

/* What a call that asks for a descriptor wanted, in words. The first part of its name decides. */
static const char *wanted(uint32_t call)
{
	static const struct {
		const char *call, *words;
	} table[] = {
		{"pipe", "make another pipe"},
		{"socketpair", "make another pair of sockets"},
		{"socket", "make another socket"},
		{"accept", "accept another connection"},
		{"dup", "duplicate a descriptor"},
		{"fcntl", "duplicate a descriptor"},
		{"opendir", "list another directory"},
		{"popen", "start another command"},
		{"posix_spawn", "start another process"},
		{"epoll", "make another epoll instance"},
		{"eventfd", "make another eventfd"},
		{"memfd", "make another piece of shared memory"},
		{"shm_open", "open another piece of shared memory"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strncmp(call_name(call), table[i].call, strlen(table[i].call)) == 0)
			return table[i].words;
	return "open another file";
}

static void report_failure(struct detection *detection, const struct failure *failure)
{
	struct census census;
	struct finding *finding;
	char label[64];
	bool is_new;

	census_take(detection->model, failure, &census);
	if (is_another_limit(failure, census.total))
		goto out;
	if (level_of(detection, failure->process) == LEVEL_WARNING && lost_events(detection->model, failure->process))
		goto out;
	if (level_of(detection, failure->process) == LEVEL_WARNING && census.groups &&
		is_only_a_try(failure, &census.group[0]) && !ended_something(failure->process))
		goto out;
	process_label(detection->model, failure->process, label, sizeof(label));
	finding = finding_add(detection, FINDING_F001,
		str_make("%s/%u/%u", failure->process->role == ROLE_WORKER ? "w" : label, failure->call,
			census.groups ? census.group[0].stack : 0),
		failure->first_ns, &is_new);
	finding_who(detection, finding, failure->process);
	if (level_of(detection, failure->process) < finding->level || is_new)
		finding->level = level_of(detection, failure->process);
	if (!is_new)
		goto out;
	finding->title = str_make("too many open files: `%s` could not %s", label, wanted(failure->call));
	finding->verdict = str_make("`%s` had no descriptors left: %s() failed with %u open.", label,
		call_name(failure->call), census.total);
	finding_place(detection, finding, failure->stack);
	if (census.groups)
		finding_place(detection, finding, census.group[0].stack);
	state_facts(finding, failure, &census);
	seen_failure(detection, finding, failure, census.total);
	seen_limit(finding, failure, census.total);
	for (size_t i = 0; i < census.groups && i < GROUPS_SHOWN; i++)
		seen_group(detection, finding, &census, &census.group[i]);
	seen_rest(detection, finding, &census);
	say_why(detection, finding, failure, &census);
out:
	free(census.group);
}

/* The call that failed was inside of libc, where nobody sees it: a table that was full and an end that was not well. */
static void report_full_table(struct detection *detection, const struct process *process)
{
	struct finding *finding;
	char label[64], clock[FORMAT_SIZE];
	bool is_new;

	process_label(detection->model, process, label, sizeof(label));
	finding = finding_add(detection, FINDING_F001, str_make("%s/full", label), process->fds_peak_ns, &is_new);
	finding_who(detection, finding, process);
	if (!is_new)
		return;
	finding->title = str_make("too many open files: the table of `%s` was full and it ended badly", label);
	finding->verdict =
		str_make("`%s` had no descriptors left: all %" PRIu64 " were open.", label, process->nofile_soft);
	finding->sure = "likely";
	finding_seen(
		finding, str_make("%s (pid %d): limit %" PRIu64 ", %u open at %s; the call that failed was not seen",
				 label, process->pid, process->nofile_soft, process->fds_peak,
				 format_clock(process->fds_peak_ns, clock)));
	finding->why = str_make("a process may have a limited number of descriptors open at once (ulimit -n).");
	finding->fix =
		str_make("close each one when it is no longer needed, or raise the limit (ulimit -n, setrlimit).");
}

static bool was_full(const struct process *process)
{
	return process->nofile_soft && process->fds_peak >= process->nofile_soft && process->dead &&
	       process->status_from != EXIT_UNSEEN && process->status > 0 &&
	       !(WIFSIGNALED(process->status) && WTERMSIG(process->status) < 4);
}

void detect_descriptors(struct detection *detection)
{
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p)) {
		const struct failure *with_census = NULL;

		for (const struct failure *f = p->failure_list; f; f = f->next)
			if (f->fds)
				with_census = f;
		if (with_census)
			report_failure(detection, with_census);
	}
	/* Who filled a table is the cause where somebody else's call failed: one cause is one finding. */
	if (detection->findings->count)
		return;
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p))
		if (!p->failure_list && was_full(p))
			report_full_table(detection, p);
}
