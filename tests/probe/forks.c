/* forks: ways to fork besides a plain call of fork(): with handlers around it that make calls, past the names that a
 * preloaded library can take, inside libc; also while other threads are busy. The test of hazards.c runs them. usage:
 * forks NAME | forks --list */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

/* Does a byte pass through a new pipe? */
static int pipe_works(void)
{
	int ends[2];
	char byte = 'x';
	int works = pipe(ends) == 0 && write(ends[1], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1;

	close(ends[0]);
	close(ends[1]);
	return works;
}

static volatile int stop;

/* Opens and closes: its stack is taken again and again. */
static void *busy(void *unused)
{
	(void)unused;
	while (!stop)
		pipe_works();
	return NULL;
}

/* Forks `count` times by `way` while `threads` others are busy; each child opens pipes and ends with 7. */
static int fork_often(pid_t (*way)(void), int threads, int count)
{
	pthread_t others[8];
	int right = 0;

	stop = 0;
	for (int i = 0; i < threads; i++)
		pthread_create(&others[i], NULL, busy, NULL);
	for (int i = 0; i < count; i++) {
		pid_t child = way();

		if (child == 0) {
			for (int pipes = 0; pipes < 10; pipes++)
				if (!pipe_works())
					_exit(8);
			_exit(7);
		}
		right += status_of(child) == 7 << 8;
	}
	stop = 1;
	for (int i = 0; i < threads; i++)
		pthread_join(others[i], NULL);
	return right;
}

static int handled[3];

static void before(void)
{
	handled[0] += pipe_works();
}

static void in_parent(void)
{
	handled[1] += pipe_works();
}

static void in_child(void)
{
	handled[2] += pipe_works();
}

static void case_atfork_handlers(void)
{
	pid_t child;

	pthread_atfork(before, in_parent, in_child);
	child = fork();
	if (child == 0)
		_exit(pipe_works() && handled[0] == 1 && handled[2] == 1 ? 7 : 8);
	check(status_of(child) == 7 << 8 && handled[0] == 1 && handled[1] == 1, "handlers that make calls");
	check(fork_often(fork, 4, 50) == 50, "the same with threads");
}

static void case_past_us(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW);
	pid_t (*way)(void) = (pid_t(*)(void))dlsym(libc, "fork");

	check(way && fork_often(way, 0, 3) == 3, "libc's own fork");
	check(way && fork_often(way, 4, 50) == 50, "libc's own fork with threads");
}

static void case_busy_threads(void)
{
	check(fork_often(fork, 8, 100) == 100, "fork with threads");
	check(fork_often(_Fork, 8, 100) == 100, "_Fork with threads");
}

static void case_forkpty(void)
{
	int master = -1;
	char text[64] = "";
	ssize_t got;
	pid_t child = forkpty(&master, NULL, NULL, NULL);

	if (child == 0)
		_exit(isatty(0) && isatty(1) && pipe_works() && write(1, "from the child", 14) == 14 ? 7 : 8);
	got = read(master, text, sizeof(text) - 1);
	check(got == 14 && strcmp(text, "from the child") == 0, "a terminal's two ends");
	check(status_of(child) == 7 << 8, "its child");
	check(close(master) == 0, "its descriptor");
}

static void case_many_daemons(void)
{
	int ends[2];
	char byte;

	check(pipe(ends) == 0, "pipe");
	for (int i = 0; i < 5; i++) {
		pid_t child = fork();

		if (child == 0) {
			byte = daemon(1, 1) == 0 && pipe_works() ? 'y' : 'n';
			_exit(write(ends[1], &byte, 1) != 1);
		}
		check(status_of(child) == 0 && read(ends[0], &byte, 1) == 1 && byte == 'y',
			"a daemon that makes calls");
	}
}

static const struct named_case cases[] = {
	{"atfork_handlers", case_atfork_handlers},
	{"past_us", case_past_us},
	{"busy_threads", case_busy_threads},
	{"forkpty", case_forkpty},
	{"many_daemons", case_many_daemons},
};

int main(int argc, char **argv)
{
	return cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
