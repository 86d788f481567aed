/* cases.h: the frame of a program that has one case per name: PROGRAM NAME runs it, PROGRAM --list prints the names. */
#ifndef MPW_TESTS_CASES_H
#define MPW_TESTS_CASES_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

struct named_case {
	const char *name;
	void (*run)(void);
};

/* "ok what", or "WRONG what", which the test that runs the program looks for. */
static inline void check(int ok, const char *what)
{
	printf("%s %s\n", ok ? "ok" : "WRONG", what);
	fflush(stdout);
}

/* How the child ended, as waitpid(2) says it. */
static inline int status_of(pid_t child)
{
	int status = -1;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* For main: its exit status. */
static inline int cases_main(const struct named_case *cases, size_t count, int argc, char **argv)
{
	const char *wanted = argc == 2 ? argv[1] : "";

	for (size_t i = 0; i < count; i++) {
		if (strcmp(wanted, "--list") == 0)
			puts(cases[i].name);
		else if (strcmp(wanted, cases[i].name) == 0)
			return cases[i].run(), 0;
	}
	return strcmp(wanted, "--list") == 0 ? 0 : 2;
}

#endif
