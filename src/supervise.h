/* supervise.h: a whole run: starts the program watched, drains, samples, forwards signals, records, ends as the program
 * ended. */
#ifndef MPW_SUPERVISE_H
#define MPW_SUPERVISE_H

#include <termios.h>

#include "launch.h"
#include "options.h"
#include "run_store.h"

/* The screen of this run: a process of its own that was started before anything else. */
struct run_screen {
	bool wanted;
	int tty;              /* the terminal, opened anew, non-blocking */
	struct termios modes; /* as it was found */
	bool streams[3];      /* which of the program's streams were the terminal */
	int socket;           /* our end of the pair with it */
	pid_t client;         /* 0: it has ended */
};

struct run {
	const struct run_options *options;
	struct program program;
	struct inherited inherited;
	struct run_file file; /* of the recording; the recorder closes its descriptor */
	struct run_screen screen;
};

struct run_result {
	int status;      /* of the program, as waitpid */
	int recorded;    /* descriptor for reading the recording; the caller closes it */
	unsigned alive;  /* watched processes that go on */
	bool stopped;    /* by --on-hang=stop */
	int write_error; /* first negative errno of the recording, 0 */
};

/* 0: the program has ended (or was given up) and *result is set. Else the exit status to end with: it could not be
 * started, which was said. */
int supervise(struct run *run, struct run_result *result);

/* Ends this process as the program ended: the same status or the same signal. */
void end_like(int status, int exit_status) __attribute__((noreturn));

#endif
