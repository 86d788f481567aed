#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "base/text.h"
#include "wire/session.h"

void inherited_save(struct inherited *inherited)
{
	sigprocmask(SIG_SETMASK, NULL, &inherited->mask);
	for (int number = 1; number < 65; number++)
		sigaction(number, NULL, &inherited->actions[number]);
	getrlimit(RLIMIT_NOFILE, &inherited->files);
}

void inherited_restore(const struct inherited *inherited)
{
	for (int number = 1; number < 65; number++)
		if (number != SIGKILL && number != SIGSTOP)
			sigaction(number, &inherited->actions[number], NULL);
	setrlimit(RLIMIT_NOFILE, &inherited->files);
	sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

/* --- finding it --- */

static int say_not_executable(const char *name)
{
	static const struct {
		const char *end, *runner;
	} runners[] = {{".py", "python3"}, {".sh", "sh"}, {".pl", "perl"}, {".rb", "ruby"}, {".js", "node"}};

	for (size_t i = 0; i < sizeof(runners) / sizeof(runners[0]); i++) {
		if (text_ends_with(name, runners[i].end)) {
			say("%s is not executable. Did you mean: mpwatch %s %s ?", name, runners[i].runner, name);
			return STATUS_CANNOT_RUN;
		}
	}
	say("%s is not executable. If it is a program: chmod +x %s", name, name);
	return STATUS_CANNOT_RUN;
}

/* 0: a file that may be executed. */
static int look(const char *path)
{
	struct stat info;

	if (stat(path, &info) < 0)
		return -errno;
	if (S_ISDIR(info.st_mode))
		return -EISDIR;
	return access(path, X_OK) == 0 ? 0 : -EACCES;
}

static int find_in_path(const char *name, char *out)
{
	const char *path = getenv("PATH"), *end;
	int result = -ENOENT;

	if (!path)
		path = "/bin:/usr/bin";
	for (;; path = end + 1) {
		int n, rc;

		end = strchrnul(path, ':');
		n = snprintf(out, PATH_MAX, "%.*s%s%s", (int)(end - path), path, end == path ? "" : "/", name);
		rc = n > 0 && n < PATH_MAX ? look(out) : -ENAMETOOLONG;
		if (rc == 0)
			return 0;
		if (rc == -EACCES)
			result = rc;
		if (!*end)
			return result;
	}
}

int program_find(struct program *program, char **argv)
{
	const char *name = argv[0];
	int rc;

	program->argv = argv;
	if (strchr(name, '/')) {
		rc = strlen(name) < PATH_MAX ? look(name) : -ENAMETOOLONG;
		if (rc != -ENAMETOOLONG)
			strcpy(program->path, name);
	} else {
		rc = *name ? find_in_path(name, program->path) : -ENOENT;
	}
	if (rc == -ENOENT && !strchr(name, '/') && look(name) == -EACCES)
		return say_not_executable(name);
	if (rc == -ENOENT && *name && !strchr(name, '/') && look(name) == 0)
		say("%s: not found in PATH. In this directory there is one: mpwatch ./%s", name, name);
	else if (rc == -ENOENT && !strchr(name, '/'))
		say("%s: not found in PATH", *name ? name : "'' (an empty name)");
	else if (rc == -EISDIR)
		say("%s is a directory, not a program", name);
	else if (rc == -EACCES)
		return say_not_executable(name);
	else if (rc < 0)
		say("%s: %s", name, rc == -ENOENT || rc == -ENOTDIR ? "there is no such program" : strerror(-rc));
	if (rc < 0)
		return rc == -ENOENT || rc == -ENOTDIR ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
	program->image = elfcheck_path(program->path);
	return 0;
}

/* --- the library --- */

static bool usable_library(const char *directory)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s" SESSION_LIBRARY, directory) < (int)sizeof(path) &&
	       access(path, R_OK) == 0;
}

int library_directory(char *out, size_t size)
{
	static const char *const places[] = {"../lib/mpwatch", "../" MPW_LIBDIR "/mpwatch"};
	char self[PATH_MAX], place[2 * PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[length > 0 ? length : 0] = 0;
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		slash[1] = 0;
		snprintf(place, sizeof(place), "%s%s", self, places[i]);
		if (realpath(place, self + 0) && usable_library(self))
			goto found;
		length = readlink("/proc/self/exe", self, sizeof(self) - 1);
		self[length > 0 ? length : 0] = 0;
		slash = strrchr(self, '/');
	}
	if (!realpath(MPW_FULL_LIBDIR "/mpwatch", self) || !usable_library(self))
		return -ENOENT;
found:
	if (strlen(self) >= size)
		return -ENAMETOOLONG;
	strcpy(out, self);
	return strpbrk(self, ": ;$\t\n") ? -EINVAL : 0;
}

char **environment_with_library(const char *directory, uint64_t session)
{
	const char *old = getenv("LD_PRELOAD");
	char path[PATH_MAX + SESSION_PATH_EXTRA], **copy;
	size_t count = 0, out = 0;

	if (session_encode(directory, session, path, sizeof(path)) < 0)
		return NULL;
	while (environ[count])
		count++;
	copy = mem_zalloc(count + 2, sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "LD_PRELOAD=", 11) != 0)
			copy[out++] = environ[i];
	copy[out] = str_make("LD_PRELOAD=%s%s%s", path, old && *old ? ":" : "", old ? old : "");
	return copy;
}

void environment_free(char **environment)
{
	char **last = environment;

	while (last[1])
		last++;
	free(*last); /* the only entry that is not environ's */
	free(environment);
}

/* --- starting it --- */

/* As execvp does: a file that the kernel does not know is a shell script. */
static void exec_program(const struct program *program, char **environment)
{
	size_t count = 0;
	char **argv;

	execve(program->path, program->argv, environment);
	if (errno != ENOEXEC)
		return;
	while (program->argv[count])
		count++;
	argv = mem_zalloc(count + 3, sizeof(*argv));
	argv[0] = mem_copy_text("/bin/sh");
	argv[1] = mem_copy_text(program->path);
	for (size_t i = 1; i < count; i++)
		argv[i + 1] = program->argv[i];
	execve(argv[0], argv, environment);
}

static int say_exec_failed(const struct program *program, int error)
{
	if (error == ENOENT)
		say("%s: its interpreter or loader is missing (first line of a script, or another architecture)",
			program->path);
	else if (error == E2BIG)
		say("%s: arguments and environment are too long", program->path);
	else
		say("%s: cannot be executed: %s", program->path, strerror(error));
	return STATUS_CANNOT_RUN;
}

int program_become(const struct program *program, char **environment, const struct inherited *inherited)
{
	inherited_restore(inherited);
	exec_program(program, environment);
	return say_exec_failed(program, errno);
}

/* In the child: becomes the program, or tells why not. */
static void child_run(const struct program *program, char **environment, const struct inherited *inherited, int report)
{
	int error;

	inherited_restore(inherited);
	exec_program(program, environment);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(STATUS_FAILED);
	_exit(STATUS_CANNOT_RUN);
}

/* --- on a terminal of its own --- */

static int keeper_slave;

/* Whoever goes on behind the program's end is not hung up: nobody has the terminal then but we. */
static void keeper_end(int number)
{
	(void)number;
	tcsetpgrp(keeper_slave, getpid());
	_exit(0);
}

static void keeper_wait(int slave)
{
	struct sigaction action = {.sa_handler = keeper_end};
	sigset_t none;

	keeper_slave = slave;
	dup2(slave, 0);
	keeper_slave = 0;
	close_range(1, ~0u, 0);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (;;)
		pause();
}

static void child_on_terminal(const struct program *program, char **environment, const struct inherited *inherited,
	const struct program_terminal *terminal, int report)
{
	pid_t self = (pid_t)syscall(SYS_getpid);

	/* The first word is our pid: nobody else knows it. */
	if (write(report, &self, sizeof(self)) < 0)
		_exit(STATUS_FAILED);
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN); /* until inherited_restore */
	tcsetpgrp(terminal->slave, self);
	for (int fd = 0; fd < 3; fd++)
		if (terminal->streams[fd])
			dup2(terminal->slave, fd);
	child_run(program, environment, inherited, report);
}

/* The program is a child of ours and a member of the keeper's session, which it does not lead: when a leader ends, the
 * kernel hangs up the others. */
static void keeper_run(const struct program *program, char **environment, const struct inherited *inherited,
	const struct program_terminal *terminal, int report)
{
	long pid;
	int failure;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	ioctl(terminal->slave, TIOCSCTTY, 0);
	pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		child_on_terminal(program, environment, inherited, terminal, report);
	failure = -errno;
	if (pid < 0 && write(report, &failure, sizeof(failure)) < 0)
		_exit(STATUS_FAILED);
	keeper_wait(terminal->slave);
}

/* --- */

static bool read_word(int fd, int *out)
{
	ssize_t got;

	do
		got = read(fd, out, sizeof(*out));
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(*out);
}

int program_start(const struct program *program, char **environment, const struct inherited *inherited,
	struct program_terminal *terminal, pid_t *pid)
{
	int report[2], error = 0;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	*pid = fork();
	if (*pid < 0) {
		int rc = -errno;

		close(report[0]);
		close(report[1]);
		return rc;
	}
	if (*pid == 0) {
		if (terminal)
			keeper_run(program, environment, inherited, terminal, report[1]);
		child_run(program, environment, inherited, report[1]);
	}
	close(report[1]);
	if (terminal) {
		terminal->keeper = *pid;
		if (!read_word(report[0], pid))
			*pid = -EAGAIN;
		if (*pid < 0) {
			close(report[0]);
			program_terminal_end(terminal);
			return *pid;
		}
	}
	if (!read_word(report[0], &error)) {
		close(report[0]);
		return 0;
	}
	close(report[0]);
	waitpid(*pid, NULL, 0);
	return say_exec_failed(program, error);
}

void program_terminal_end(struct program_terminal *terminal)
{
	if (terminal->keeper <= 0)
		return;
	kill(terminal->keeper, SIGTERM);
	waitpid(terminal->keeper, NULL, 0);
	terminal->keeper = 0;
}
