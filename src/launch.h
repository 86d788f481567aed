/* launch.h: starts the program exactly as the shell would have: same descriptors, limits, signal mask and dispositions,
 * nice, umask; only LD_PRELOAD is added. */
#ifndef MPW_LAUNCH_H
#define MPW_LAUNCH_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "wire/elfcheck.h"

/* Exit statuses of mpwatch's own failures. */
#define STATUS_STOPPED 124
#define STATUS_FAILED 125
#define STATUS_CANNOT_RUN 126
#define STATUS_NOT_FOUND 127

/* What we were given and change for ourselves: the program gets it back. */
struct inherited {
	sigset_t mask;
	struct sigaction actions[65];
	struct rlimit files;
};

/* First thing in a run, before anything is changed. */
void inherited_save(struct inherited *inherited);
/* Puts it back, in the child or before an exec of our own. */
void inherited_restore(const struct inherited *inherited);

struct program {
	char **argv;
	char path[PATH_MAX]; /* what will be executed */
	enum elfcheck image;
};

/* Finds the program as execvp does. 0, or STATUS_NOT_FOUND or STATUS_CANNOT_RUN after one line on stderr. */
int program_find(struct program *program, char **argv);

/* Directory of libmpwatch.so: beside our own executable, else where it was installed. 0, or -ENOENT; -EINVAL: the path
 * holds a character that the dynamic linker takes for a separator. */
int library_directory(char *out, size_t size);

/* environ with LD_PRELOAD set to our library, what was there behind it; NULL `directory`: as it is. The caller keeps it
 * until the exec. -1 if the path is too long. */
char **environment_with_library(const char *directory, uint64_t session);
void environment_free(char **environment);

/* A terminal of the program's own, instead of ours, for those standard streams that are to have it. */
struct program_terminal {
	int slave;
	bool streams[3];
	pid_t keeper; /* set by program_start: leads the terminal's session, so that the program's end hangs nobody up;
			 a child of ours. SIGTERM ends it */
};

/* Starts it; `terminal` may be NULL. 0 and *pid; the exit status to end with, after one line on stderr; or negative
 * errno when there was no room for a process more (then program_become() may still work). */
int program_start(const struct program *program, char **environment, const struct inherited *inherited,
	struct program_terminal *terminal, pid_t *pid);

/* Lets go of the terminal's session: nobody in it is told. */
void program_terminal_end(struct program_terminal *terminal);

/* Becomes the program; returns the exit status to end with when that failed. */
int program_become(const struct program *program, char **environment, const struct inherited *inherited);

#endif
