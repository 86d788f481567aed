/* viewers.h: the supervisor's side of the control socket (control.h): who looks at this session. Nobody who looks can
 * make it wait: who does not read is dropped. */
#ifndef MPW_VIEWERS_H
#define MPW_VIEWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "control.h"

#define VIEWERS_MAX 64

struct viewer {
	int fd;
	bool owner; /* has the program's terminal */
	bool sees;  /* said HELLO: wants commits */
};

struct viewers {
	int events_fd; /* epoll of whoever waits */
	int listening; /* or -1 */
	char *path;
	const char *name;
	char own_name[16];
	int recording; /* of the whole run, or -1 */
	int output;    /* what the program printed on its terminal, or -1 */
	int32_t root;
	struct viewer list[VIEWERS_MAX];
	unsigned count;
	void (*act)(void *context, struct viewer *viewer, const struct control_message *message);
	void *context;
};

/* `name`: NULL for our pid. Without a place for the socket the session has none, which is no failure; -EADDRINUSE: the
 * name is in use. */
int viewers_open(struct viewers *viewers, const char *name, int events_fd);
void viewers_close(struct viewers *viewers);

/* A viewer that needs no HELLO: its end of a pair. */
struct viewer *viewers_add(struct viewers *viewers, int fd, bool owner);
void viewers_drop(struct viewers *viewers, struct viewer *viewer);
/* Sends the session's name, pids and descriptors. */
void viewers_welcome(struct viewers *viewers, struct viewer *viewer);
/* The descriptor is ready for reading: true when it was one of ours. */
bool viewers_ready(struct viewers *viewers, int fd);
/* Somebody reads along. */
bool viewers_any(const struct viewers *viewers);
struct viewer *viewers_owner(struct viewers *viewers);

#endif
