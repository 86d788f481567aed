/* supervise_signals.c: what a bare run would have got. A key (Ctrl-C, Ctrl-Z) reaches the program by the terminal,
 * since it is in the same foreground group: then we only wait. What somebody sends to us alone is passed on. */
#include "supervise_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/say.h"
#include "doing.h"
#include "proc_files.h"
#include "watched.h"

/* Longer than any round waits: we were stopped, or had no CPU. */
#define GAP_NS 300000000u

static const int handled[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH};

void signals_block(sigset_t *ours)
{
	sigemptyset(ours);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(ours, handled[i]);
	sigprocmask(SIG_BLOCK, ours, NULL);
	/* An inherited SIG_IGN would reap our child for us, and its status with it. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static void pass_on(const struct supervisor *supervisor, int number)
{
	pid_t group = getpgid(supervisor->root);

	if (supervisor->root_ended || supervisor->root <= 0)
		return;
	if (group > 0 && group != getpgrp() && group == supervisor->root)
		kill(-group, number);
	else
		kill(supervisor->root, number);
}

/* The third Ctrl-C within two seconds: somebody wants to know why nothing happens. */
static void interrupt_counted(struct supervisor *supervisor)
{
	const struct timespec pause = {0, 30000000}; /* it handles the key first */
	uint64_t now = session_clock_now(&supervisor->collect.clock);
	char doing[DOING_SIZE];

	memmove(supervisor->interrupts, supervisor->interrupts + 1, 2 * sizeof(supervisor->interrupts[0]));
	supervisor->interrupts[2] = now;
	if (supervisor->interrupts[0] && now - supervisor->interrupts[0] < 2000000000u && !supervisor->root_ended) {
		nanosleep(&pause, NULL);
		say("the program ignores Ctrl-C; it %s; Ctrl-\\ ends it (or: kill -KILL %d)",
			process_doing(supervisor->drain, supervisor->collect.watched->root, doing), supervisor->root);
		supervisor->interrupts[0] = supervisor->interrupts[1] = 0;
	}
}

void signals_note_gap(struct supervisor *supervisor)
{
	struct session_clock *clock = &supervisor->collect.clock;
	uint64_t now = session_clock_ticks(clock);

	if (supervisor->awake_ticks && session_clock_span(clock, now - supervisor->awake_ticks) > GAP_NS) {
		supervisor->gap_ticks = supervisor->awake_ticks;
		supervisor->gap_ns = session_clock_now(clock);
	}
	supervisor->awake_ticks = now;
}

static bool root_is_stopped(const struct supervisor *supervisor)
{
	struct proc_stat stat;

	return proc_stat_read(supervisor->root, &stat) == 0 && stat.state == 'T';
}

/* While we are stopped nobody sees that the program alone was continued, as a process of its own may do. This child
 * of ours does, and wakes us. */
static pid_t guard_start(const struct supervisor *supervisor)
{
	const struct timespec pause = {0, 20000000};
	pid_t us = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(0, ~0u, 0);
	while (getppid() == us && root_is_stopped(supervisor))
		nanosleep(&pause, NULL);
	kill(us, SIGCONT);
	_exit(0);
}

void signals_stop_ourselves(int number)
{
	sigset_t mask;

	if (number == SIGSTOP) {
		raise(SIGSTOP);
		return;
	}
	signal(number, SIG_DFL);
	raise(number);
	sigemptyset(&mask);
	sigaddset(&mask, number);
	sigprocmask(SIG_UNBLOCK, &mask, NULL); /* here we stop */
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

/* Totals wait until calls that were interrupted by it have told of their end. */
void signals_cut_out(struct supervisor *supervisor, uint64_t from_ticks)
{
	struct session_clock *clock = &supervisor->collect.clock;

	supervisor->awake_ticks = session_clock_ticks(clock);
	supervisor->gap_ticks = supervisor->continued_ns = 0;
	session_clock_cut(clock, from_ticks, supervisor->awake_ticks);
	supervisor->next_second_ns = session_clock_now(clock) + 1000000000u;
}

/* Somebody has continued us, and just now we have not seen anything for long: we were stopped by a signal to the group
 * that leaves no time for preparations (SIGSTOP, SIGTTIN). */
static bool were_stopped(struct supervisor *supervisor)
{
	uint64_t now;

	signals_note_gap(supervisor);
	now = session_clock_now(&supervisor->collect.clock);
	return supervisor->gap_ticks && supervisor->continued_ns && now - supervisor->gap_ns < GAP_NS &&
	       now - supervisor->continued_ns < GAP_NS;
}

/* ... and the program with us. */
static void went_on(struct supervisor *supervisor)
{
	if (were_stopped(supervisor))
		signals_cut_out(supervisor, supervisor->gap_ticks);
}

/* The shell must see the whole job stopped, with the same signal. A group that is orphaned does not stop: then nothing
 * happens. */
static void stop_with(struct supervisor *supervisor, int number)
{
	uint64_t from =
		were_stopped(supervisor) ? supervisor->gap_ticks : session_clock_ticks(&supervisor->collect.clock);
	pid_t guard;

	if (!root_is_stopped(supervisor)) { /* it was continued meanwhile */
		went_on(supervisor);
		return;
	}
	drain_round(supervisor->drain, false);
	guard = guard_start(supervisor);
	signals_stop_ourselves(number);
	if (guard > 0) {
		kill(guard, SIGKILL);
		waitpid(guard, NULL, 0);
	}
	/* Whoever continued us alone meant the program, too. */
	if (root_is_stopped(supervisor))
		kill(supervisor->root, SIGCONT);
	signals_cut_out(supervisor, from);
}

static void orphans_reap(struct supervisor *supervisor)
{
	siginfo_t info;
	int status;

	for (;;) {
		struct watched *process;

		memset(&info, 0, sizeof(info));
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (info.si_pid == supervisor->root && !supervisor->root_ended)
			return; /* root_reap() takes it */
		if (session_screen_reap(supervisor, info.si_pid))
			continue;
		if (waitpid(info.si_pid, &status, WNOHANG) != info.si_pid)
			return;
		if (info.si_pid == supervisor->sentinel.pid)
			supervisor->sentinel.pid = 0;
		process = watched_by_pid(&supervisor->collect, info.si_pid);
		if (process) {
			watched_gone(&supervisor->collect, process, session_clock_now(&supervisor->collect.clock));
			watched_status(process, status, EXIT_WAIT);
		}
	}
}

void root_reap(struct supervisor *supervisor)
{
	struct watched *process = supervisor->collect.watched->root;
	siginfo_t info = {0};
	int status;
	pid_t pid;

	if (supervisor->run->screen.client)
		session_screen_reap(supervisor, supervisor->run->screen.client);
	/* Looked at before it is reaped: a zombie still tells its times. */
	if (!supervisor->root_ended && process &&
		waitid(P_PID, (id_t)supervisor->root, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid)
		watched_gone(&supervisor->collect, process, session_clock_now(&supervisor->collect.clock));
	while (!supervisor->root_ended &&
		(pid = waitpid(supervisor->root, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		if (supervisor->run->screen.client && (WIFSTOPPED(status) || WIFCONTINUED(status)))
			continue; /* the screen shows it */
		if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
			if (WIFSTOPPED(status))
				stop_with(supervisor, WSTOPSIG(status));
			else
				went_on(supervisor);
			continue;
		}
		supervisor->root_ended = true;
		supervisor->root_status = status;
		if (process) {
			watched_gone(&supervisor->collect, process, session_clock_now(&supervisor->collect.clock));
			watched_status(process, status, EXIT_WAIT);
		}
	}
	if (getpid() == 1 || supervisor->root_ended)
		orphans_reap(supervisor);
}

static void terminate_asked(struct supervisor *supervisor, bool reached)
{
	if (++supervisor->asked == 1 && !supervisor->root_ended) {
		if (!reached)
			pass_on(supervisor, SIGTERM);
		return;
	}
	say("asked to stop twice: the program is left running, no longer watched");
	supervisor->give_up = true;
}

/* Did the program get it as we did? A key or a hang-up goes to the whole group, and so does kill with a group. */
static bool reached_program(struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	if (info->ssi_code == SI_KERNEL)
		return true;
	return getpgid(supervisor->root) == getpgrp() && sentinel_got(&supervisor->sentinel, (int)info->ssi_signo);
}

/* From now on the program does what it does at its end. */
static void tell_asked(struct supervisor *supervisor, int number, bool key)
{
	struct event event = {.type = EV_ASKED, .ts_ns = session_clock_now(&supervisor->collect.clock)};

	if (supervisor->root_ended || (number != SIGINT && number != SIGTERM && number != SIGQUIT && number != SIGHUP))
		return;
	event.u.asked.sig = number;
	event.u.asked.key = key;
	collect_emit(&supervisor->collect, &event);
}

static void one_signal(struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	bool reached, from_terminal = info->ssi_code == SI_KERNEL;

	if (number == SIGCHLD)
		return; /* root_reap() comes when all are read */
	if (number == SIGCONT)
		supervisor->continued_ns = session_clock_now(&supervisor->collect.clock);
	if (number == SIGWINCH) {
		if (supervisor->on_terminal)
			relay_fit(&supervisor->relay);
		return;
	}
	if (from_terminal && supervisor->on_terminal && number != SIGTERM) {
		session_screen_signal(supervisor, number);
		return;
	}
	tell_asked(supervisor, number, from_terminal);
	if (number == SIGINT && from_terminal)
		interrupt_counted(supervisor);
	if ((pid_t)info->ssi_pid == getpid() || (number == SIGCONT && (pid_t)info->ssi_pid == 0))
		return;
	reached = reached_program(supervisor, info);
	if (number == SIGINT || number == SIGTERM || number == SIGQUIT || number == SIGHUP)
		supervisor->hang.interrupted = true;
	if (number == SIGTERM) {
		terminate_asked(supervisor, reached);
		return;
	}
	if (!reached && !(supervisor->root_ended && number != SIGCONT))
		pass_on(supervisor, number);
	/* --wait=tree, and nobody is left to take it */
	if (supervisor->root_ended && (number == SIGINT || (!from_terminal && (number == SIGQUIT || number == SIGHUP))))
		supervisor->give_up = true;
}

void signals_handle(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		one_signal(supervisor, &info);
	root_reap(supervisor); /* signals of one kind are merged */
}
