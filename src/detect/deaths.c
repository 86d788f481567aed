/* deaths.c: B004, killed by a signal that nobody meant well, and B007, crashed. */
#include "detect/detector.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "detect/death.h"
#include "detect/pyfails.h"
#include "wire/calls.h"

static void put_command(struct detection *detection, struct str *text, const struct process *process)
{
	put_process(detection, text, process);
	if (process->role == ROLE_COMMAND && process->exe)
		str_printf(text, ", %s,", shown_path(detection, process->exe));
}

/* "w3 (pid 12) ended at 00:03.1, 2.10 s after it was started; it used 300 MiB when last looked at". */
static char *death_sentence(struct detection *detection, const struct process *process)
{
	struct str text = {0};
	char clock[FORMAT_SIZE], age[FORMAT_SIZE], memory[FORMAT_SIZE];

	put_command(detection, &text, process);
	str_printf(&text, " ended at %s, %s after it was started", format_clock(process->dead_ns, clock),
		format_seconds(process->dead_ns - process->born_ns, age));
	if (process->rss_kb)
		str_printf(&text, "; it used %s when last looked at", format_bytes(process->rss_kb * 1024, memory));
	return str_take(&text);
}

static const struct thread *latest_thread(const struct process *process)
{
	const struct thread *best = NULL;

	for (const struct thread *t = process->thread_list; t; t = t->next)
		if (t->last_stack && (!best || t->last_ns > best->last_ns))
			best = t;
	return best;
}

static void seen_last_call(struct detection *detection, struct finding *finding, const struct process *process)
{
	const struct thread *thread = latest_thread(process);
	struct str text = {0};

	if (!thread)
		return;
	str_puts(&text, "the last watched call of it");
	if (thread->last_call)
		str_printf(&text, ", %s(),", call_name(thread->last_call));
	str_puts(&text, " was at ");
	put_stack(detection, &text, thread->last_stack, 4);
	finding_seen(finding, str_take(&text));
	finding_place(detection, finding, thread->last_stack);
}

/* What it had in hand. A Process's own function is lost with it, too, but that goes without saying where nothing else
 * is known of it. */
static void seen_task(struct detection *detection, struct finding *finding, const struct process *process)
{
	char task[512], age[FORMAT_SIZE], label[64];

	if (!process->task.over || !process_task_text(detection->model, process, task, sizeof(task)))
		return;
	process_label(detection->model, process, label, sizeof(label));
	finding_seen(finding, str_make("%s was in %s, for %s: its result is lost", label, task,
				      format_seconds(process->dead_ns > process->task.since_ns
							     ? process->dead_ns - process->task.since_ns
							     : 0,
					      age)));
}

static void seen_sender(
	struct detection *detection, struct finding *finding, const struct death *death, const char *signal_name)
{
	struct str text = {0};
	char clock[FORMAT_SIZE];

	if (!death->kill)
		return;
	str_printf(&text, "%s was sent by ", signal_name);
	put_command(detection, &text, death->kill->sender);
	str_printf(&text, " at %s", format_clock(death->kill->ts_ns, clock));
	if (death->kill->stack) {
		str_puts(&text, ", in ");
		put_stack(detection, &text, death->kill->stack, 3);
	}
	finding_seen(finding, str_take(&text));
	finding_place(detection, finding, death->kill->stack);
}

/* clang-format off */
static const struct {
	const char *by, *why, *fix;
} killed_texts[] = {
	[DEATH_BY_ITSELF] = {"",
		"the process sent the signal to its own pid; whatever it had in hand is lost.",
		"end with exit() or return, so that the other processes get its result or its error."},
	[DEATH_BY_TREE] = {", sent by another process of the program",
		"the sender is no parent of it, so the parent does not know why it ended; what it had in hand is lost.",
		"let the parent end its children; if a pid was kept, make sure that it still belongs to that process."},
	[DEATH_OUTSIDE] = {", sender not known",
		"no watched process sent the signal. The kernel does so when memory is short (see: dmesg, or oom_kill in memory.events of the"
		" container), a batch system or supervisor at a limit, or a person.",
		"if memory was short: fewer workers, smaller pieces of work, or a larger limit; else look for who ends the program."},
	[DEATH_BY_LIMIT] = {", sent by the kernel for a limit",
		"a limit of CPU time (ulimit -t) or of file size (ulimit -f) was reached.",
		"raise the limit, or let the program stay below it."},
};
/* clang-format on */

static void report_killed(struct detection *detection, const struct process *process, const struct death *death)
{
	char signal_name[FORMAT_SIZE], label[64];
	struct finding *finding;
	bool is_new;

	format_signal(death->sig, signal_name);
	process_label(detection->model, process, label, sizeof(label));
	finding = finding_add(detection, FINDING_B004,
		str_make("%d/%d/%u/%d", death->cause, death->sig,
			death->kill && death->kill->sender != process ? death->kill->sender->number : 0, process->role),
		process->dead_ns, &is_new);
	finding_who(detection, finding, process);
	if (finding->count <= 3) {
		finding_seen(finding, death_sentence(detection, process));
		seen_task(detection, finding, process);
	}
	if (!is_new)
		return;
	finding_fact(finding, "pid", (uint64_t)process->pid);
	finding_fact(finding, "signal", (uint64_t)death->sig);
	if (death->kill)
		finding_fact(finding, "sender pid", (uint64_t)death->kill->sender->pid);
	if (death->cause == DEATH_BY_ITSELF)
		finding->title = str_make("`%s` killed itself with %s", label, signal_name);
	else
		finding->title = str_make("`%s` was killed by %s%s", label, signal_name, killed_texts[death->cause].by);
	finding->verdict = str_make("%s.", finding->title);
	seen_sender(detection, finding, death, signal_name);
	if (process->task.over)
		finding_place(detection, finding, process->task.stack);
	finding->why = str_make("%s", killed_texts[death->cause].why);
	finding->fix = str_make("%s", killed_texts[death->cause].fix);
}

/* The last resort: where it was started. */
static void seen_start(struct detection *detection, struct finding *finding, const struct process *process)
{
	struct str text = {0};

	if (finding->line || !process->birth_stack)
		return;
	finding_place(detection, finding, process->birth_stack);
	if (finding->line) {
		str_puts(&text, "what it was doing is not known; the place above is where it was started");
		finding_seen(finding, str_take(&text));
	}
}

/* A forked child that was too short to speak is what its parent was. */
static bool is_python(const struct process *process)
{
	while (process && !(process->start_flags & START_PYTHON) && !process->watched && process->how == START_FORK)
		process = process->parent;
	return process && process->start_flags & START_PYTHON;
}

static const char *crash_reason(int sig)
{
	switch (sig) {
	case SIGSEGV:
		return "it used memory that is not its own: a wild or null pointer, a stack overflow, or a bug in a "
		       "library.";
	case SIGBUS:
		return "it touched mapped memory that has nothing behind it: a file that was cut, or shared memory for "
		       "which /dev/shm has no room.";
	case SIGFPE:
		return "it divided an integer by zero, or a division overflowed.";
	case SIGILL:
		return "the processor does not know an instruction: built for another processor, or memory was "
		       "overwritten.";
	default:
		return "it ended itself with abort(): a failed assertion, damaged memory found by malloc, or an "
		       "exception nobody caught. Its own output says which.";
	}
}

static void report_crash(struct detection *detection, const struct process *process, const struct death *death)
{
	char signal_name[FORMAT_SIZE], label[64];
	struct finding *finding;
	bool is_new;

	format_signal(death->sig, signal_name);
	process_label(detection->model, process, label, sizeof(label));
	finding = finding_add(detection, FINDING_B007,
		str_make("%d/%s", death->sig, process->role == ROLE_WORKER ? "w" : label), process->dead_ns, &is_new);
	finding_who(detection, finding, process);
	if (finding->count <= 3) {
		finding_seen(finding, death_sentence(detection, process));
		seen_task(detection, finding, process);
	}
	if (!is_new)
		return;
	finding_fact(finding, "pid", (uint64_t)process->pid);
	finding_fact(finding, "signal", (uint64_t)death->sig);
	finding->title = str_make("`%s` crashed: %s", label, signal_name);
	finding->verdict = str_make("`%s` crashed (%s).", label, signal_name);
	/* the task is closer to the fault than the call that was seen last */
	if (process->task.over)
		finding_place(detection, finding, process->task.stack);
	seen_last_call(detection, finding, process);
	seen_start(detection, finding, process);
	finding->why = str_make("%s", crash_reason(death->sig));
	finding->fix = is_python(process)
			       ? str_make("the fault is in a compiled library, not in Python code: run with python3 -X "
					  "faulthandler to see the Python line.")
			       : str_make("get the stack of the crash: ulimit -c unlimited, or run it in gdb, or build "
					  "with -fsanitize=address.");
}

void detect_deaths(struct detection *detection)
{
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p)) {
		struct death death;
		const struct hang_facts *hang = model_hang(detection->model);

		if (hang && hang->stopped_ns && p->dead_ns >= hang->stopped_ns)
			continue; /* that was us */
		death_find(detection->model, p, &death);
		if (death.cause == DEATH_CRASH && context_explains_death(detection, p))
			continue;
		if (death.cause == DEATH_CRASH)
			report_crash(detection, p, &death);
		else if (death.cause > DEATH_ON_PURPOSE)
			report_killed(detection, p, &death);
	}
}
