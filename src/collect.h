/* collect.h: what the parts of the collector share: the session's clock, its memory, the processes it knows, and where
 * events go. drain (rings), sampler (/proc) and supervise (the loop) each own their part; this header owns only the
 * joint. */
#ifndef MPW_COLLECT_H
#define MPW_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena_host.h"
#include "session_clock.h"
#include "wire/event.h"

struct watched_table;
struct stack_table;
struct later;
struct python_reader;

struct event_sink {
	void (*put)(void *context, const struct event *event);
	void *context;
};

/* Test switches: what older kernels do not have. */
struct kernel_features {
	bool pidfd;      /* pidfd_open(2), 5.3 */
	bool pidfd_info; /* PIDFD_GET_INFO with PIDFD_INFO_EXIT, 6.15 */
	bool tsc;
};

struct collect {
	struct session_clock clock;
	struct arena_host arena;
	struct event_sink sink;
	struct kernel_features kernel;
	struct watched_table *watched;
	struct stack_table *stacks;
	struct later *later, *later_last; /* see later.h */
	struct python_reader *reader;     /* NULL: nothing is read from the memory of processes */
	uint64_t session;                 /* wire/session.h */
	int events_fd;                    /* epoll: descriptors of watched processes are added to it; -1 in tests */
	uint64_t events;                  /* given to the sink so far */
	uint64_t corrupt;                 /* records that made no sense */
};

/* Fills the head and gives the event to the sink. proc 0: the session itself. */
void collect_emit(struct collect *collect, struct event *event);

#endif
