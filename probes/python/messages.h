/* messages.h: what sending objects costs: pickle and unpickle time, bytes and count by kind, object and place, in the
 * arena (struct python_block). */
#ifndef MPW_PROBE_PYTHON_MESSAGES_H
#define MPW_PROBE_PYTHON_MESSAGES_H

#include "python/api.h"
#include "python/site.h"

/* A message that is being made or read: filled before, told after. */
struct message {
	uint64_t start;
	uint32_t weight; /* messages that its time stands for; 0: it is not timed */
	ptrdiff_t at;    /* in its stream, -1 not known */
	struct site site;
};

/* Before pickle makes it of `sent`, NULL where that is not known. */
void message_begins_out(struct message *message, const pyobject *pickler, const pyobject *sent);
/* Before it is read from `from`, NULL where that is not known. `tells`: message_looked_up() will be called. */
void message_begins_in(struct message *message, const pyobject *from, bool tells);
/* Unpickling needed a class or function, the first at `since`: from then on code of the program may have run. */
void message_looked_up(struct message *message, uint64_t since);
/* It was made: `sent` is what pickle was given, or NULL where that is not known. */
void message_sent(struct message *message, const pyobject *pickler, pyobject *sent);
/* Stack id of the place where the program handed over what a thread of the library sends; 0 not known. */
uint32_t message_asked_at(struct message *message, pyobject *sent);
/* `from`: the bytes it was read from, or NULL; `object`: what came out. */
void message_received(struct message *message, const pyobject *from, pyobject *object);

#endif
