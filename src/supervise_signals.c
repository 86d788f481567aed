/* supervise_signals.c: what a bare run would have got. A key (Ctrl-C, Ctrl-Z) reaches the program by the terminal,
 * since it is in the same foreground group: then we only wait. What somebody sends to us alone is passed on. */
#include "supervise_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "proc_files.h"
#include "watched.h"

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
	uint64_t now = session_clock_now(&supervisor->collect.clock);

	memmove(supervisor->interrupts, supervisor->interrupts + 1, 2 * sizeof(supervisor->interrupts[0]));
	supervisor->interrupts[2] = now;
	if (supervisor->interrupts[0] && now - supervisor->interrupts[0] < 2000000000u && !supervisor->root_ended) {
		say("the program ignores Ctrl-C; Ctrl-\\ ends it (or: kill -KILL %d)", supervisor->root);
		supervisor->interrupts[0] = supervisor->interrupts[1] = 0;
	}
}

/* The shell must see the whole job stopped, with the same signal. A group that is orphaned does not stop: then nothing
 * happens. */
static void stop_with(struct supervisor *supervisor, int number)
{
	struct proc_stat stat;
	sigset_t mask;

	/* It may have been continued meanwhile. */
	if (proc_stat_read(supervisor->root, &stat) < 0 || stat.state != 'T')
		return;
	if (number == SIGSTOP) {
		raise(SIGSTOP);
	} else {
		signal(number, SIG_DFL);
		raise(number);
		sigemptyset(&mask);
		sigaddset(&mask, number);
		sigprocmask(SIG_UNBLOCK, &mask, NULL); /* here we stop */
		sigprocmask(SIG_BLOCK, &mask, NULL);
	}
	/* Whoever continued us alone meant the program, too. */
	if (proc_stat_read(supervisor->root, &stat) == 0 && stat.state == 'T')
		kill(supervisor->root, SIGCONT);
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
	while (!supervisor->root_ended && (pid = waitpid(supervisor->root, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status) && supervisor->run->screen.client)
			continue; /* the screen shows it */
		if (WIFSTOPPED(status)) {
			stop_with(supervisor, WSTOPSIG(status));
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

static void terminate_asked(struct supervisor *supervisor)
{
	if (++supervisor->asked == 1 && !supervisor->root_ended) {
		pass_on(supervisor, SIGTERM);
		return;
	}
	say("asked to stop twice: the program is left running, no longer watched");
	supervisor->give_up = true;
}

static void one_signal(struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;
	bool from_terminal = info->ssi_code == SI_KERNEL; /* a key, or a hang-up: it went to the whole group */

	switch (number) {
	case SIGCHLD:
		root_reap(supervisor);
		break;
	case SIGTERM:
		terminate_asked(supervisor);
		break;
	case SIGWINCH:
		if (supervisor->on_terminal)
			relay_fit(&supervisor->relay);
		break;
	case SIGTSTP: /* we stop when the program does */
	case SIGINT:
	case SIGQUIT:
	case SIGHUP:
	case SIGCONT:
		if (from_terminal && supervisor->on_terminal) {
			session_screen_signal(supervisor, number);
			break;
		}
		if (number == SIGINT && from_terminal)
			interrupt_counted(supervisor);
		if (from_terminal || (pid_t)info->ssi_pid == getpid())
			break;
		if (number == SIGCONT || !supervisor->root_ended)
			pass_on(supervisor, number);
		if (supervisor->root_ended && number != SIGCONT && number != SIGTSTP)
			supervisor->give_up = true;
		break;
	default:
		pass_on(supervisor, number);
	}
	if (supervisor->root_ended && number == SIGINT)
		supervisor->give_up = true; /* --wait=tree, and nobody left to take the key */
}

void signals_handle(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		one_signal(supervisor, &info);
	root_reap(supervisor); /* signals of one kind are merged */
}
