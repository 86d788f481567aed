/* death.c: who killed a process: the latest kill of that signal that reached it, and what the sender was to it. */
#include "detect/death.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* A kill and the death it causes are seen by different observers: allow them this much disorder. */
#define SLACK_NS UINT64_C(50000000)
/* A signal to a group names nobody: only a death this soon after it is laid to it. */
#define GROUP_WINDOW_NS UINT64_C(2000000000)
/* Children that are told by the kernel or a namespace that their parent died go this soon. */
#define ORPHAN_WINDOW_NS UINT64_C(1000000000)

static const char *const kill_commands[] = {"kill", "pkill", "killall", "skill", "timeout"};

static bool is_crash(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGABRT;
}

static bool is_kill_command(const struct process *process)
{
	for (size_t i = 0; process->comm && i < sizeof(kill_commands) / sizeof(kill_commands[0]); i++)
		if (strcmp(process->comm, kill_commands[i]) == 0)
			return true;
	return false;
}

static bool in_time(const struct kill *kill, const struct process *victim, uint64_t window_ns)
{
	return kill->ts_ns + SLACK_NS >= victim->born_ns && kill->ts_ns <= victim->dead_ns + SLACK_NS &&
	       victim->dead_ns <= kill->ts_ns + window_ns;
}

static const struct kill *kill_to_pid(struct model *model, const struct process *victim, int32_t pid, int sig)
{
	const struct kill *kill = pid > 0 ? model_kills(model, pid) : NULL;

	for (; kill; kill = kill->older)
		if (kill->sig == sig && in_time(kill, victim, UINT64_MAX - kill->ts_ns))
			return kill;
	return NULL;
}

static const struct kill *kill_to_group(struct model *model, const struct process *victim, int sig)
{
	for (const struct kill *kill = model_group_kills(model); kill; kill = kill->older)
		if (kill->sig == sig && in_time(kill, victim, GROUP_WINDOW_NS))
			return kill;
	return NULL;
}

static const struct kill *find_kill(struct model *model, const struct process *victim, int sig)
{
	const struct kill *kill = kill_to_pid(model, victim, victim->pid, sig);

	if (!kill && victim->inner_pid != victim->pid)
		kill = kill_to_pid(model, victim, victim->inner_pid, sig);
	return kill ? kill : kill_to_group(model, victim, sig);
}

/* A SIGKILL follows its ancestor's death: a namespace's init, PR_SET_PDEATHSIG, a terminal that hangs up. */
static bool died_with_ancestor(const struct process *victim)
{
	for (const struct process *a = victim->parent; a; a = a->parent)
		if (a->dead && a->dead_ns <= victim->dead_ns + SLACK_NS &&
			victim->dead_ns <= a->dead_ns + ORPHAN_WINDOW_NS)
			return true;
	return false;
}

static enum death_cause by_sender(const struct process *victim, const struct kill *kill)
{
	const struct process *sender = kill->sender;

	if (sender == victim && kill->target <= 0)
		return DEATH_ON_PURPOSE; /* its whole group, itself included */
	if (sender == victim)
		return kill->sig == SIGKILL || is_crash(kill->sig) ? DEATH_BY_ITSELF : DEATH_ON_PURPOSE;
	if (process_is_ancestor(sender, victim))
		return DEATH_ON_PURPOSE;
	if (is_kill_command(sender) && sender->parent &&
		(sender->parent == victim->parent || process_is_ancestor(sender->parent, victim)))
		return DEATH_ON_PURPOSE;
	return DEATH_BY_TREE;
}

static enum death_cause without_sender(struct model *model, const struct process *victim, int sig)
{
	char label[64];

	if (is_crash(sig))
		return DEATH_CRASH;
	if (sig == SIGXCPU || sig == SIGXFSZ)
		return DEATH_BY_LIMIT;
	if (died_with_ancestor(victim))
		return DEATH_ON_PURPOSE;
	if (sig == SIGKILL)
		return DEATH_OUTSIDE;
	/* SIGINT and the like come from the terminal, SIGPIPE and SIGALRM are ordinary ends. A worker that gets SIGTERM
	 * from nobody known while its program goes on was ended by a stranger; SIGTERM for the whole program is
	 * somebody's wish. */
	process_label(model, victim, label, sizeof(label));
	if (sig == SIGTERM && victim->role == ROLE_WORKER && model_root(model) &&
		(!model_root(model)->dead || !WIFSIGNALED(model_root(model)->status)))
		return DEATH_OUTSIDE;
	return DEATH_ON_PURPOSE;
}

/* A status that nobody could see (the parent ignores SIGCHLD, and the process was too short to be held by a pidfd): who
 * sent SIGKILL to itself did not come back from it. What others sent may have been late. */
static const struct kill *kill_of_itself(struct model *model, const struct process *victim)
{
	const struct kill *kill = kill_to_pid(model, victim, victim->inner_pid, SIGKILL);

	return kill && kill->sender == victim ? kill : NULL;
}

void death_find(struct model *model, const struct process *process, struct death *out)
{
	memset(out, 0, sizeof(*out));
	if (!process->dead)
		return;
	if (process->status_from == EXIT_UNSEEN || process->status == -1) {
		out->kill = kill_of_itself(model, process);
		out->sig = out->kill ? SIGKILL : 0;
	} else if (WIFSIGNALED(process->status)) {
		out->sig = WTERMSIG(process->status);
		out->kill = find_kill(model, process, out->sig);
	}
	if (!out->sig)
		return;
	out->cause = out->kill ? by_sender(process, out->kill) : without_sender(model, process, out->sig);
	/* Signals other than SIGKILL ask politely; who sends one inside the run means it. */
	if (out->cause == DEATH_BY_TREE && out->sig != SIGKILL && !is_crash(out->sig))
		out->cause = DEATH_ON_PURPOSE;
}
