/* cmd_run.c: mpwatch [run] and mpwatch record. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tui/live.h"
#include "base/say.h"
#include "commands.h"
#include "help.h"
#include "supervise.h"
#include "wire/session.h"

static bool is_set(const char *value)
{
	return value && *value && strcmp(value, "0") != 0;
}

/* The session whose probe we were started with, if it is still there. */
static bool watched_already(uint64_t *session)
{
	const char *list = getenv("LD_PRELOAD");
	char first[PATH_MAX + SESSION_PATH_EXTRA], memory[32];
	size_t length = list ? strcspn(list, ": ") : 0;

	if (length == 0 || length >= sizeof(first))
		return false;
	memcpy(first, list, length);
	first[length] = 0;
	if (session_decode(first, session) < 0)
		return false;
	session_proc_path(*session, memory);
	return faccessat(AT_FDCWD, memory, F_OK, 0) == 0 || errno != ENOENT;
}

static FILE *open_output(const char *name, int standard)
{
	int fd;

	if (!name || strcmp(name, "-") == 0)
		fd = fcntl(name ? STDOUT_FILENO : standard, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int check_output(const char *name, const char *what)
{
	int fd;

	if (!name || strcmp(name, "-") == 0)
		return 0;
	/* Opened now, so that a typing error does not cost the whole run; emptied when there is something to write. */
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
	if (fd < 0) {
		say("cannot write %s %s: %s", what, name, strerror(errno));
		return STATUS_FAILED;
	}
	close(fd);
	return 0;
}

/* Only what a name was given for: our own streams may be files that hold the program's output. A pipe or terminal
 * cannot be cut; that is no error. */
static void empty_file(FILE *file, const char *name)
{
	if (file && name && strcmp(name, "-") != 0 && ftruncate(fileno(file), 0) < 0)
		return;
}

static int close_output(FILE *file, const char *name)
{
	if (!file || (fclose(file) == 0))
		return 0;
	if (errno != EPIPE)
		say("cannot write %s: %s", name ? name : "the report", strerror(errno));
	return -1;
}

static void write_reports(const struct run *run, const struct run_result *result, struct report_result *found)
{
	const struct run_options *options = run->options;
	struct report_options report = {.redact = options->redact,
		.quiet = options->quiet == 1,
		.fail_on = options->fail_on,
		.ignore = options->ignore,
		.github = options->github || (options->quiet < 2 && is_set(getenv("GITHUB_ACTIONS"))) ? stderr : NULL};
	FILE *text = options->quiet < 2 ? open_output(options->output, STDERR_FILENO) : NULL;
	FILE *json = options->json ? open_output(options->json, STDOUT_FILENO) : NULL;
	const char *why = NULL;
	int rc;

	empty_file(text, options->output);
	empty_file(json, options->json);
	report_options_for(
		&report, text ? fileno(text) : STDERR_FILENO, options->color, options->ascii, options->width);
	rc = report_write_fd(result->recorded, &report, text, json, found, &why);
	if (rc < 0 && rc != -EPIPE)
		say("no report: %s", why ? why : strerror(-rc));
	close_output(text, options->output);
	close_output(json, options->json);
}

static int say_recorded(const struct run *run, const struct run_result *result)
{
	if (result->write_error)
		say("the recording is not complete: %s", strerror(-result->write_error));
	if (result->alive && !run->options->quiet)
		say("%u of the program's processes %s on, no longer watched (--wait=tree waits for them)",
			result->alive, result->alive == 1 ? "goes" : "go");
	if (!run->file.asked_for)
		return 0;
	if (!run->options->quiet)
		say("recording: %s   (mpwatch report %s)", run->file.path, run->file.path);
	return 0;
}

/* --- the screen --- */

/* In the screen's own process: it knows the session by its socket alone. */
static void be_screen(const struct run *run, int socket, pid_t supervisor)
{
	const struct run_options *options = run->options;
	struct live_options wanted = {.owner = true,
		.close_on_exit = options->close_on_exit,
		.refresh_ms = options->refresh_ms,
		.ascii = options->ascii,
		.no_mouse = options->no_mouse,
		.mono = options->color == REPORT_COLOR_NEVER,
		.colored = options->color == REPORT_COLOR_ALWAYS,
		.theme = options->theme};
	const char *why = "";

	/* Without its supervisor it would fight with the shell for the terminal. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != supervisor)
		_exit(1);
	close(run->screen.tty);
	_exit(live_run(socket, &wanted, &why) == 0 ? 0 : 1);
}

/* The screen's process is started before anything else is: it shares nothing with us. */
static void screen_fork(struct run *run)
{
	struct run_screen *screen = &run->screen;
	pid_t self;
	int pair[2];

	if (tcgetattr(screen->tty, &screen->modes) != 0 ||
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	self = getpid();
	screen->client = fork();
	if (screen->client == 0) {
		close(pair[0]);
		be_screen(run, pair[1], self);
	}
	close(pair[1]);
	screen->socket = pair[0];
	screen->wanted = screen->client > 0;
	if (!screen->wanted) {
		screen->client = 0;
		close(pair[0]);
		say("no room for a process more: there is no screen");
	}
}

/* 0, or the status to end with. */
static int screen_choose(struct run *run)
{
	const struct run_options *options = run->options;
	struct ui_facts facts = {0};
	const char *why;

	run->screen.tty = run->screen.socket = -1;
	if (options->ui == UI_NONE || (options->is_record && options->ui == UI_AUTO))
		return 0;
	ui_find_facts(&facts, &run->screen.tty);
	why = ui_why_not(options->ui, &facts);
	if (!why) {
		for (int fd = 0; fd < 3; fd++)
			run->screen.streams[fd] = facts.streams[fd] == STREAM_TERMINAL;
		screen_fork(run);
	}
	if (!run->screen.wanted && run->screen.tty >= 0) {
		close(run->screen.tty);
		run->screen.tty = -1;
	}
	if (!why || options->ui == UI_AUTO)
		return 0;
	say("--ui=tui: no screen here: %s", why);
	return STATUS_FAILED;
}

static int run_program(struct run *run)
{
	struct run_result result;
	struct report_result found = {0};
	int status = supervise(run, &result), exit_status;

	if (status != 0)
		return status;
	write_reports(run, &result, &found);
	say_recorded(run, &result);
	close(result.recorded);
	runs_prune();
	exit_status = WIFEXITED(result.status) ? WEXITSTATUS(result.status) : 0;
	if (found.fail_on && result.status == 0)
		exit_status = (int)run->options->fail_status;
	if (result.stopped)
		end_like(0, STATUS_STOPPED);
	end_like(result.status, exit_status);
}

static int run_verb(int argc, char **argv, bool is_record)
{
	static struct run_options options;
	static struct run run;
	uint64_t session;
	int status;

	inherited_save(&run.inherited);
	options.is_record = is_record;
	status = options_parse(&options, argc, argv);
	if (status == -2 || status == -3)
		return status == -2 ? help_full() : help_version();
	if (status != -1)
		return status;
	if (!options.program || !options.program[0]) {
		say("which program? For example: mpwatch python3 prog.py   (mpwatch --help)");
		return STATUS_FAILED;
	}
	if (is_record && !options.record)
		options.record = "";
	run.options = &options;
	status = program_find(&run.program, options.program);
	if (status == STATUS_NOT_FOUND)
		help_suggest_verb(options.program[0]);
	if (status != 0)
		return status;
	if (is_set(getenv("MPWATCH_DISABLE")))
		return program_become(&run.program, environ, &run.inherited);
	if (watched_already(&session)) {
		say("already watched by session %d; running without a second probe", session_supervisor(session));
		return program_become(&run.program, environ, &run.inherited);
	}
	if (check_output(options.output, "the report") != 0 || check_output(options.json, "the JSON") != 0)
		return STATUS_FAILED;
	status = screen_choose(&run);
	return status != 0 ? status : run_program(&run);
}

int cmd_run(int argc, char **argv)
{
	return run_verb(argc, argv, false);
}

int cmd_record(int argc, char **argv)
{
	return run_verb(argc, argv, true);
}
