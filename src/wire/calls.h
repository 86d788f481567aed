/* calls.h: numbers, names and classes of the calls in calls.def. Shared by the probe and by readers. */
#ifndef MPW_WIRE_CALLS_H
#define MPW_WIRE_CALLS_H

#include <stdint.h>

/* What a thread inside the call is doing, for the board and for the shares of a worker's time. */
enum call_class {
	CLASS_NONE,   /* never waits */
	CLASS_INPUT,  /* read, recv: waits for data */
	CLASS_OUTPUT, /* write, send: waits for room */
	CLASS_LOCK,   /* semaphores, mutexes */
	CLASS_SLEEP,  /* nanosleep */
	CLASS_WAIT,   /* waitpid: for a child */
	CLASS_POLL,   /* poll, select, epoll_wait */
	CLASS_OTHER,  /* may wait for something else: accept, connect, flock, open of a fifo */
	CLASS_COUNT
};

/* clang-format off */
#define CALL(phase, class_, ret, fail, name, params, args, handler) CALL_##name,
#define HAND(class_, name, note) CALL_##name,
#define SKIP(name, reason)
/* clang-format on */
enum call_id {
	CALL_none,
#include "wire/calls.def"
	CALL_COUNT
};
#undef CALL
#undef HAND
#undef SKIP

/* Name of a call as in calls.def ("pipe2"); "" for 0 and unknown numbers. Host side (calls.c). */
const char *call_name(unsigned call);
/* Number of a name, 0 if there is none. */
unsigned call_by_name(const char *name);
enum call_class call_class_of(unsigned call);
/* Class of a call that a thread is in, as its board tells it: what waits for another thread of the same process is no
 * wait for a lock of the program's. */
enum call_class wait_class_of(unsigned call, int32_t fd);
/* ... and in words that its name goes on: "waits for input in". Host side. */
const char *wait_words(unsigned call, int32_t fd);

#endif
