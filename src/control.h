/* control.h: what a session's supervisor and those who look at it say to each other: messages on a SOCK_SEQPACKET
 * socket, one struct each, cut behind its text. The recording itself is read from its file. */
#ifndef MPW_CONTROL_H
#define MPW_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CONTROL(ID): who sends it, what it means */
enum control_type {
	/* viewer */
	CONTROL_HELLO,   /* wants to see; a: CONTROL_VERSION */
	CONTROL_ASK,     /* a: pid, or 0: what is this, and is that pid yours? */
	CONTROL_SIGNAL,  /* a: pid of a watched process, b: signal */
	CONTROL_KEYS,    /* owner only: text for the program's terminal */
	CONTROL_STOP,    /* owner only: a: signal for the program's group */
	CONTROL_SUSPEND, /* owner only: Ctrl-Z; the terminal is in order */
	CONTROL_LEAVE,   /* owner only: has given the terminal back; it goes on without a screen */
	/* supervisor */
	CONTROL_WELCOME, /* a: supervisor, b: the program's pid; text: session's name; with descriptors: the recording,
			    and the output kept if the program has a terminal of its own */
	CONTROL_STATE,   /* to the owner. a: bits of control_state, b: pid of the process that waits for keys */
	CONTROL_RESUMED, /* answer to SUSPEND. a: 1 in the foreground again; 0: leave without the terminal */
	CONTROL_REFUSED, /* text: why */
	CONTROL_ANSWER   /* a: the program's pid, b: 1 when the pid asked for is watched; text: seconds since the start,
			    command */
};

enum control_state { STATE_WAITS_FOR_INPUT = 1, STATE_RAW = 2 };

#define CONTROL_VERSION 1
#define CONTROL_TEXT_MAX 4000u

struct control_message {
	uint32_t type, length; /* of the text, without its end */
	int32_t a, b;
	char text[CONTROL_TEXT_MAX + 1]; /* ends with 0 in memory */
};

/* Never waits. 0, -EAGAIN when the other side does not read, or another negative errno. fds: passed along. */
int control_send(int socket, const struct control_message *message, const int *fds, unsigned fd_count);
/* 1; 0: nothing there now; negative errno: it is over (-EPIPE: the other side has gone). Descriptors that come along
 * are put in fds (room for two, -1 elsewhere), or closed when fds is NULL. */
int control_receive(int socket, struct control_message *out, int fds[2]);

/* What a viewer gets first. 0, *out is the WELCOME and fds its descriptors (-1: not there); else negative errno with
 * one line in *why, valid until the next call. timeout_ms: -1 for ever. */
int control_welcome(int socket, int timeout_ms, struct control_message *out, int fds[2], const char **why);

/* A short message. */
int control_tell(int socket, enum control_type type, int32_t a, int32_t b, const char *text);

#endif
