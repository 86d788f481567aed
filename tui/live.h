/* live.h: a session that goes on, as its viewer sees it: the recording grows and is read along, messages come and go on
 * the control socket, and for the owner the program's terminal is a pane that takes keys. */
#ifndef MPW_TUI_LIVE_H
#define MPW_TUI_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tui;
struct pane;

struct live_options {
	bool owner; /* the program's terminal is ours: the session's own screen */
	bool close_on_exit;
	unsigned refresh_ms; /* 0: the usual */
	bool ascii, no_mouse, mono, colored;
	const char *theme;
};

/* What the message line asks. */
enum live_question { ASK_NOTHING, ASK_QUIT, ASK_KILL };

struct live {
	struct live_options options;
	int socket; /* -1: the other side has gone */
	int output; /* what the program prints, -1: not on a terminal of its own */
	uint64_t output_read;
	struct pane *pane;
	bool waits_for_input, raw; /* the program */
	bool typing;               /* keys are the program's */
	bool ended;                /* all that there will be was read */
	bool leaving;              /* the program was told to stop: the screen closes with it */
	bool suspend;              /* Ctrl-Z was pressed */
	unsigned interrupts;       /* Ctrl-C so far, in a row */
	enum live_question question;
	uint64_t refresh_ns, next_read_ns, interrupt_ns;
	uint64_t read_at_ns, cost_ns; /* of the latest reading: when, and what it cost with the frame it led to */
	bool drawn;                   /* ... which is on the screen */
	bool slow;                    /* pictures are taken much less often than was wanted, as they cost too much */
	char name[80];
	int32_t supervisor, root;
};

/* Shows the session behind the socket until it is left. 0, or negative errno with *why; -ECONNABORTED: the session was
 * over before there was anything to show. */
int live_run(int socket, const struct live_options *options, const char **why);

/* For the loop. Reads what is new: true when the screen must be drawn. */
bool live_update(struct tui *tui, uint64_t now_ns);
/* A frame has been drawn for so much CPU time. */
void live_drew(struct tui *tui, uint64_t cost_ns);
/* Milliseconds until live_update has something to do. */
int live_timeout(const struct tui *tui, uint64_t now_ns);
/* True when the key was the program's, or an answer. */
bool live_key(struct tui *tui, uint32_t key, uint64_t now_ns);
/* q was pressed: asks, or leaves. */
void live_quit(struct tui *tui);
/* i was pressed: from now on keys go to the program. */
void live_type(struct tui *tui);
/* The terminal was given back: stops with the program. False: it goes on without us. */
bool live_suspend(struct tui *tui);
void live_signal(struct tui *tui, int pid, int number);
/* The program uses its terminal as a screen, not line by line. */
bool live_draws_itself(const struct live *live);
/* What the message line shows instead of a message; NULL: nothing. */
const char *live_banner(const struct tui *tui);

#endif
