/* relay.h: the terminal that the program gets when a screen has the real one: a pty, whose output a thread takes at all
 * times, so that the program never waits for us. The output is kept (output_log); when no screen is there any more, it
 * also goes on to the real terminal. */
#ifndef MPW_RELAY_H
#define MPW_RELAY_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "output_log.h"

struct relay {
	int master, slave; /* -1: none */
	int outer;         /* the real terminal, non-blocking; the caller's */
	int wake;          /* eventfd: look at what follows */
	bool stop, show;   /* atomic */
	pthread_t thread;
	bool started;
	struct output_log log;
	enum output_replay replay; /* how much of what was kept is shown */
	uint64_t shown_from;       /* output before this was printed already */
	char *path;                /* where all of it is, when a part was left out */
};

/* Makes the pty, with the modes and the size of `outer`. 0 or negative errno. */
int relay_open(struct relay *relay, int outer, const struct termios *modes);
int relay_start(struct relay *relay);
/* The pty gets the size of the real terminal: the program is told by SIGWINCH. */
void relay_fit(struct relay *relay);
/* Types for the program. False when it does not read and its terminal's buffer is full. */
bool relay_type(struct relay *relay, const char *bytes, size_t count);
/* The program takes single keys and draws by itself: not line by line. */
bool relay_is_raw(const struct relay *relay);
/* Group that has the pty's foreground, or -1. */
pid_t relay_foreground(const struct relay *relay);
/* From now on output goes to the real terminal, too: first what was kept. */
void relay_show(struct relay *relay);
/* Takes what is left of the output and ends the thread. The pty stays. */
void relay_finish(struct relay *relay);
/* Hangs up. */
void relay_close(struct relay *relay);

#endif
