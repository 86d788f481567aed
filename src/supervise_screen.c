/* supervise_screen.c: the screen's process is a viewer like others, but for one thing: it has the terminal, so the
 * program has a pty instead, of which we take the output and give the keys. Whatever happens to the screen, the
 * terminal is put in order and the program goes on. */
#include "supervise_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "proc_files.h"
#include "watched.h"

#define COMMIT_NS 200000000u /* so fresh is what viewers see */
#define STATE_NS 250000000u
#define NAMES_NS 500000000u

/* --- the terminal --- */

/* As the shell left it: also after the screen was killed in the middle of something. */
static void terminal_restore(const struct run_screen *screen)
{
	static const char text[] = "\033[?1006l\033[?1000l\033[?2004l\033[?1049l\033[?25h\033[0m\r";

	if (write(screen->tty, text, sizeof(text) - 1) < 0)
		return; /* it is gone */
	tcsetattr(screen->tty, TCSANOW, &screen->modes);
}

static bool in_foreground(const struct run_screen *screen)
{
	return tcgetpgrp(screen->tty) == getpgrp();
}

/* Every group that the terminal's keys would reach. */
static void signal_program(struct supervisor *supervisor, int number)
{
	pid_t front = supervisor->on_terminal ? relay_foreground(&supervisor->relay) : -1;

	if (!supervisor->root_ended)
		kill(-supervisor->root, number);
	if (front > 0 && front != supervisor->root && front != supervisor->terminal.keeper)
		kill(-front, number);
}

/* Ctrl-Z: the program stops, then we do, as one job of the shell. Nobody stops where no shell could wake him up. */
static void suspend(struct supervisor *supervisor)
{
	bool goes_on = supervisor->viewers.events_fd >= 0;
	uint64_t from = session_clock_ticks(&supervisor->collect.clock);

	signal_program(supervisor, SIGSTOP);
	if (goes_on)
		drain_round(supervisor->drain, false);
	signals_stop_ourselves(SIGTSTP);
	signal_program(supervisor, SIGCONT);
	if (goes_on)
		signals_cut_out(supervisor, from);
	if (supervisor->on_terminal)
		relay_fit(&supervisor->relay);
}

static void go_headless(struct supervisor *supervisor)
{
	say_hold(false);
	if (supervisor->on_terminal)
		relay_show(&supervisor->relay);
}

void session_screen_signal(struct supervisor *supervisor, int number)
{
	struct termios modes;
	char key;

	if (supervisor->run->screen.client && number != SIGHUP)
		return; /* an editor or pager has the terminal for a while: its key */
	if (tcgetattr(supervisor->relay.master, &modes) != 0)
		memset(&modes, 0, sizeof(modes));
	if (number == SIGTSTP) {
		suspend(supervisor);
	} else if (number == SIGINT || number == SIGQUIT) {
		key = (char)modes.c_cc[number == SIGINT ? VINTR : VQUIT];
		relay_type(&supervisor->relay, &key, 1);
	} else if (number == SIGHUP) {
		signal_program(supervisor, SIGHUP);
	}
}

/* --- the screen's process --- */

static void screen_ended(struct supervisor *supervisor, int status)
{
	struct run_screen *screen = &supervisor->run->screen;
	bool well = supervisor->screen_left;

	screen->client = 0;
	if (!well) {
		terminal_restore(screen);
		if (supervisor->root_ended)
			say_hold(false);
		else if (WIFSIGNALED(status))
			say("the screen ended (signal %d); the program goes on; mpwatch attach", WTERMSIG(status));
		else
			say("the screen ended (status %d); the program goes on; mpwatch attach", WEXITSTATUS(status));
	}
	if (supervisor->viewers.events_fd >= 0) /* else all is printed at the very end, which is now */
		go_headless(supervisor);
}

bool session_screen_reap(struct supervisor *supervisor, pid_t pid)
{
	struct run_screen *screen = &supervisor->run->screen;
	struct viewer *owner = viewers_owner(&supervisor->viewers);
	int status;

	if (!screen->client || pid != screen->client || waitpid(pid, &status, WNOHANG) != pid)
		return false;
	if (owner) /* what it said last may still wait */
		viewers_ready(&supervisor->viewers, owner->fd);
	owner = viewers_owner(&supervisor->viewers);
	if (owner)
		viewers_drop(&supervisor->viewers, owner);
	screen_ended(supervisor, status);
	return true;
}

/* --- messages --- */

static void send_signal(struct supervisor *supervisor, const struct control_message *message)
{
	struct watched *process = watched_by_pid(&supervisor->collect, message->a);

	if (process && !process->gone && message->b > 0 && message->b < 65)
		kill(message->a, message->b);
}

static void answer(struct supervisor *supervisor, int fd, int32_t pid)
{
	struct watched *root = supervisor->collect.watched->root, *process;
	char text[CONTROL_TEXT_MAX + 1];

	process = pid > 0 ? watched_by_pid(&supervisor->collect, pid) : NULL;
	snprintf(text, sizeof(text), "%llu %s",
		(unsigned long long)((session_clock_now(&supervisor->collect.clock) - root->born_ns) / 1000000000u),
		root->facts && root->facts->cmdline ? root->facts->cmdline : "");
	control_tell(fd, CONTROL_ANSWER, supervisor->root,
		(process && !process->gone) || pid == supervisor->root || pid == getpid(), text);
}

static void act(void *context, struct viewer *viewer, const struct control_message *message)
{
	struct supervisor *supervisor = context;
	bool goes_on = supervisor->viewers.events_fd >= 0; /* processes are known */
	int fd = viewer->fd;

	if (message->type == CONTROL_ASK && goes_on)
		answer(supervisor, fd, message->a);
	if (message->type == CONTROL_SIGNAL && goes_on)
		send_signal(supervisor, message);
	if (!viewer->owner)
		return;
	if (message->type == CONTROL_KEYS && supervisor->on_terminal) {
		relay_type(&supervisor->relay, message->text, message->length);
	} else if (message->type == CONTROL_STOP && goes_on && message->a > 0 && message->a < 65) {
		signal_program(supervisor, message->a);
	} else if (message->type == CONTROL_SUSPEND) {
		suspend(supervisor);
		supervisor->screen_left = !in_foreground(&supervisor->run->screen);
		control_tell(fd, CONTROL_RESUMED, !supervisor->screen_left, 0, NULL);
	} else if (message->type == CONTROL_LEAVE) {
		supervisor->screen_left = true;
	}
}

/* --- what the screen is told --- */

#define LOOKED_AT 16 /* processes, of those that may wait for keys */

/* Does it wait for keys? A read from the terminal, or GNU readline's wait for descriptor 0 alone. */
static bool waits_for_keys(const struct supervisor *supervisor, pid_t pid)
{
	char text[160], slave[32], input[32];
	unsigned long number, first;

	if (proc_read(pid, "syscall", text, sizeof(text)) < 0 || sscanf(text, "%lu 0x%lx", &number, &first) != 2)
		return false;
	if (!(number == SYS_read && first == 0) && !(number == SYS_pselect6 && first == 1)
#ifdef SYS_select
		&& !(number == SYS_select && first == 1)
#endif
	)
		return false;
	return ttyname_r(supervisor->relay.slave, slave, sizeof(slave)) == 0 &&
	       proc_link(pid, "fd/0", input, sizeof(input)) > 0 && strcmp(slave, input) == 0;
}

static int32_t who_waits(const struct supervisor *supervisor)
{
	const struct watched *process;
	unsigned looked = 0;

	for (process = supervisor->collect.watched->all; process && looked < LOOKED_AT; process = process->hh.next) {
		if (process->gone)
			continue;
		if (waits_for_keys(supervisor, process->pid))
			return process->pid;
		looked++;
	}
	return 0;
}

static void tell_state(struct supervisor *supervisor, const struct viewer *owner)
{
	int32_t waiting = supervisor->root_ended ? 0 : who_waits(supervisor);
	int32_t state = (waiting ? STATE_WAITS_FOR_INPUT : 0) | (relay_is_raw(&supervisor->relay) ? STATE_RAW : 0);

	if (state == supervisor->state && waiting == supervisor->waiting)
		return;
	if (control_tell(owner->fd, CONTROL_STATE, state, waiting, NULL) != 0)
		return; /* it does not read now: next time */
	supervisor->state = state;
	supervisor->waiting = waiting;
}

void session_screen_round(struct supervisor *supervisor)
{
	uint64_t now = session_clock_now(&supervisor->collect.clock);
	const struct viewer *owner = viewers_owner(&supervisor->viewers);

	if (viewers_any(&supervisor->viewers) && now >= supervisor->next_names_ns) {
		session_symbols_some(supervisor->symbols);
		supervisor->next_names_ns = now + NAMES_NS;
	}
	if (viewers_any(&supervisor->viewers) && now >= supervisor->next_commit_ns) {
		recording_commit(supervisor->writer);
		supervisor->next_commit_ns = now + COMMIT_NS;
	}
	if (owner && supervisor->on_terminal && now >= supervisor->next_state_ns) {
		tell_state(supervisor, owner);
		supervisor->next_state_ns = now + STATE_NS;
	}
}

/* --- begin and end --- */

static int viewers_begin(struct supervisor *supervisor)
{
	struct viewers *viewers = &supervisor->viewers;
	const char *name = supervisor->run->options->session;

	viewers->recording = supervisor->run->file.fd;
	viewers->output = -1;
	viewers->act = act;
	viewers->context = supervisor;
	if (viewers_open(viewers, name, supervisor->collect.events_fd) == -EADDRINUSE) {
		say("a session called %s is running already: choose another name", name ? name : viewers->own_name);
		return STATUS_FAILED;
	}
	if (name && viewers->listening < 0)
		say("no place for the session's socket: mpwatch attach will not find %s", name);
	return 0;
}

int session_screen_begin(struct supervisor *supervisor)
{
	struct run_screen *screen = &supervisor->run->screen;
	int status = viewers_begin(supervisor);

	if (status != 0 || !screen->wanted)
		return status;
	/* Closed, the socket sends the screen's process home before it has touched the terminal. */
	if (relay_open(&supervisor->relay, screen->tty, &screen->modes) < 0 || relay_start(&supervisor->relay) < 0) {
		say("no terminal could be made for the program: it runs without a screen");
		close(screen->socket);
		screen->socket = -1;
		supervisor->screen_left = true;
		return 0;
	}
	supervisor->relay.replay = supervisor->run->options->replay;
	supervisor->on_terminal = true;
	supervisor->terminal.slave = supervisor->relay.slave;
	memcpy(supervisor->terminal.streams, screen->streams, sizeof(screen->streams));
	supervisor->viewers.output = supervisor->relay.log.fd;
	return 0;
}

void session_screen_started(struct supervisor *supervisor)
{
	struct run_screen *screen = &supervisor->run->screen;
	struct viewer *owner;

	supervisor->viewers.root = supervisor->root;
	if (!supervisor->on_terminal) {
		if (isatty(STDERR_FILENO) && !supervisor->run->options->quiet && supervisor->viewers.listening >= 0)
			say("watching pid %d (live view: mpwatch attach)", supervisor->root);
		return;
	}
	say_hold(true);
	recording_commit(supervisor->writer);
	owner = viewers_add(&supervisor->viewers, screen->socket, true);
	if (owner)
		viewers_welcome(&supervisor->viewers, owner);
}

/* The program has ended; whoever asks us to end now means the screen. */
static void wait_for_screen(struct supervisor *supervisor)
{
	struct run_screen *screen = &supervisor->run->screen;
	struct signalfd_siginfo info;

	while (screen->client) {
		struct viewer *owner = viewers_owner(&supervisor->viewers);
		struct pollfd ready[2] = {{.fd = supervisor->signals, .events = POLLIN},
			{.fd = owner ? owner->fd : -1, .events = POLLIN}};

		poll(ready, 2, -1);
		if (ready[1].revents)
			viewers_ready(&supervisor->viewers, ready[1].fd);
		while (read(supervisor->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
			if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP)
				kill(screen->client, SIGTERM);
		session_screen_reap(supervisor, screen->client);
	}
}

static void terminal_end(struct supervisor *supervisor)
{
	if (!supervisor->on_terminal)
		return;
	program_terminal_end(&supervisor->terminal);
	relay_close(&supervisor->relay);
	supervisor->on_terminal = false;
}

static void replay(struct supervisor *supervisor)
{
	const struct run *run = supervisor->run;
	struct relay *relay = &supervisor->relay;
	char *path;

	relay_finish(relay);
	output_log_replay(&relay->log, run->options->replay, relay->shown_from,
		run->screen.streams[STDOUT_FILENO] ? STDOUT_FILENO : STDERR_FILENO, &path);
	if (path || relay->path)
		say("all of the program's output: %s", path ? path : relay->path);
	if (relay->log.lost)
		say("%llu bytes of the program's output could not be kept", (unsigned long long)relay->log.lost);
	free(path);
}

void session_screen_end(struct supervisor *supervisor)
{
	supervisor->viewers.events_fd = -1;
	if (supervisor->run->screen.client && (supervisor->give_up || supervisor->asked))
		kill(supervisor->run->screen.client, SIGTERM);
	wait_for_screen(supervisor);
	say_hold(false);
	viewers_close(&supervisor->viewers);
	if (supervisor->on_terminal)
		replay(supervisor);
	terminal_end(supervisor);
	close(supervisor->signals);
}

void session_screen_abandon(struct supervisor *supervisor)
{
	struct run_screen *screen = &supervisor->run->screen;

	viewers_close(&supervisor->viewers);
	if (screen->wanted && screen->client) {
		if (screen->socket >= 0)
			close(screen->socket);
		waitpid(screen->client, NULL, 0);
		screen->client = 0;
	}
	say_hold(false);
	terminal_end(supervisor);
}
