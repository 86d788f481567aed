/* recording_live.c: one thread writes and commits, another reads the same file while it grows. The reader must get
 * every event, whole and in order, and see the end only when it is there. For the thread sanitizer as well as for the
 * file's own ordering. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recording.h"
#include "wire/calls.h"

enum { EVENTS = 200000, COMMIT_EVERY = 7 };

static void die(const char *what, uint64_t number)
{
	fprintf(stderr, "recording_live: %s at event %lu\n", what, (unsigned long)number);
	exit(1);
}

/* The number is told several times over: a mixture of two events would show. */
static struct event make_event(uint64_t number)
{
	static __thread char text[64];
	struct event event = {.type = EV_BLOCK,
		.proc = (uint32_t)(number % 9),
		.tid = (uint32_t)(number % 5),
		.ts_ns = number * 1000};

	if (number % 3 == 0) {
		event.type = EV_NOTE;
		snprintf(text, sizeof(text), "note %lu", (unsigned long)number / 10);
		event.u.note.text = text;
		event.u.note.level = (uint32_t)number;
	} else {
		event.u.block.call = CALL_read;
		event.u.block.object = number;
		event.u.block.dur = ~number;
		event.u.block.result = -(int64_t)number;
	}
	return event;
}

static int is_event(uint64_t number, const struct event *got)
{
	struct event want = make_event(number);

	if (got->type != want.type || got->proc != want.proc || got->tid != want.tid || got->ts_ns != want.ts_ns)
		return 0;
	if (want.type == EV_NOTE)
		return got->u.note.level == want.u.note.level && strcmp(got->u.note.text, want.u.note.text) == 0;
	return got->u.block.object == number && got->u.block.dur == ~number && got->u.block.result == -(int64_t)number;
}

static void *write_events(void *argument)
{
	struct recording_writer *writer = argument;

	for (uint64_t number = 0; number < EVENTS; number++) {
		struct event event = make_event(number);

		if (recording_append(writer, &event) != 0 ||
			(number % COMMIT_EVERY == 0 && recording_commit(writer) != 0))
			die("writing failed", number);
	}
	if (recording_finish(writer) != 0)
		die("finishing failed", EVENTS);
	return NULL;
}

static uint64_t read_events(struct recording_reader *reader)
{
	uint64_t number = 0, rounds = 0;
	struct event event;
	int rc, complete = 0;

	for (;;) {
		while ((rc = recording_next(reader, &event)) == 1) {
			if (!is_event(number, &event))
				die("another event", number);
			number++;
		}
		if (rc < 0)
			die("damage", number);
		if (complete)
			break;
		complete = recording_is_complete(reader); /* then whatever came before the end is read once more */
		rounds++;
		sched_yield();
	}
	printf("recording_live: %lu events in %lu rounds\n", (unsigned long)number, (unsigned long)rounds);
	return number;
}

int main(void)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct recording_writer *writer;
	struct recording_reader *reader;
	const char *why = "";
	pthread_t thread;
	int reading = dup(fd);

	if (fd < 0 || recording_create(fd, 0, &writer) != 0 || recording_open_fd(reading, &reader, &why) != 0)
		die(why, 0);
	if (pthread_create(&thread, NULL, write_events, writer) != 0)
		die("no thread", 0);
	if (read_events(reader) != EVENTS)
		die("events missing", EVENTS);
	pthread_join(thread, NULL);
	recording_close(reader);
	close(reading);
	return 0;
}
