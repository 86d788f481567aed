#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PIECE (128u << 10)

int relay_open(struct relay *relay, int outer, const struct termios *modes)
{
	int rc;

	*relay = (struct relay){.master = -1, .slave = -1, .outer = outer, .wake = -1, .log = {.fd = -1}};
	relay->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (relay->master < 0 || unlockpt(relay->master) != 0)
		goto failed;
	relay->slave = ioctl(relay->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (relay->slave < 0)
		goto failed;
	relay->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (relay->wake < 0)
		goto failed;
	tcsetattr(relay->slave, TCSANOW, modes);
	relay_fit(relay);
	/* Without a place for it the output is not shown again: that is said at the end. */
	(void)output_log_open(&relay->log);
	return 0;
failed:
	rc = -errno;
	relay_close(relay);
	return rc;
}

/* --- the thread --- */

static void wake(struct relay *relay)
{
	const uint64_t one = 1;

	if (write(relay->wake, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

/* Reads until nothing is there for now or the buffer is full. */
static size_t take(const struct relay *relay, char *buffer)
{
	size_t length = 0;

	while (length < PIECE) {
		ssize_t got = read(relay->master, buffer + length, PIECE - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	return length;
}

/* The real terminal may be stopped (Ctrl-S): then the program waits, as without us. Given up only at the end. */
static void show(struct relay *relay, const char *bytes, size_t count)
{
	while (count) {
		ssize_t done = write(relay->outer, bytes, count);

		if (done < 0 && errno == EAGAIN) {
			struct pollfd writable = {.fd = relay->outer, .events = POLLOUT};

			poll(&writable, 1, 200);
			continue;
		}
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		bytes += done;
		count -= (size_t)done;
	}
}

static void show_kept(struct relay *relay)
{
	output_log_replay(&relay->log, relay->replay, relay->shown_from, relay->outer, &relay->path);
	relay->shown_from = relay->log.size;
}

static void pass(struct relay *relay, const char *bytes, size_t count)
{
	if (!count)
		return;
	output_log_append(&relay->log, bytes, count);
	if (!__atomic_load_n(&relay->show, __ATOMIC_ACQUIRE))
		return;
	show(relay, bytes, count);
	relay->shown_from = relay->log.size;
}

static void *relay_run(void *data)
{
	struct relay *relay = data;
	char *buffer = malloc(PIECE);
	bool shown = false;

	while (buffer) {
		struct pollfd ready[2] = {
			{.fd = relay->master, .events = POLLIN}, {.fd = relay->wake, .events = POLLIN}};
		bool stop = __atomic_load_n(&relay->stop, __ATOMIC_ACQUIRE);
		uint64_t ignored;

		/* At the end only what has come already: asking makes the kernel bring it all. */
		poll(ready, 2, stop ? 0 : -1);
		if (ready[1].revents && read(relay->wake, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
			break;
		if (!shown && __atomic_load_n(&relay->show, __ATOMIC_ACQUIRE)) {
			show_kept(relay);
			shown = true;
		}
		if (ready[0].revents & POLLIN)
			pass(relay, buffer, take(relay, buffer));
		else if (stop)
			break;
	}
	free(buffer);
	return NULL;
}

int relay_start(struct relay *relay)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all); /* signals are for the main thread */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&relay->thread, NULL, relay_run, relay);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	relay->started = rc == 0;
	return -rc;
}

void relay_show(struct relay *relay)
{
	__atomic_store_n(&relay->show, true, __ATOMIC_RELEASE);
	wake(relay);
}

void relay_finish(struct relay *relay)
{
	if (!relay->started)
		return;
	__atomic_store_n(&relay->stop, true, __ATOMIC_RELEASE);
	wake(relay);
	pthread_join(relay->thread, NULL);
	relay->started = false;
}

void relay_close(struct relay *relay)
{
	relay_finish(relay);
	output_log_close(&relay->log);
	free(relay->path);
	relay->path = NULL;
	if (relay->wake >= 0)
		close(relay->wake);
	if (relay->slave >= 0)
		close(relay->slave);
	if (relay->master >= 0)
		close(relay->master);
	relay->wake = relay->slave = relay->master = -1;
}

/* --- the other direction --- */

void relay_fit(struct relay *relay)
{
	struct winsize size;

	if (ioctl(relay->outer, TIOCGWINSZ, &size) == 0)
		ioctl(relay->master, TIOCSWINSZ, &size);
}

bool relay_type(struct relay *relay, const char *bytes, size_t count)
{
	while (count) {
		ssize_t done = write(relay->master, bytes, count);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		count -= (size_t)done;
	}
	return true;
}

bool relay_is_raw(const struct relay *relay)
{
	struct termios modes;

	return tcgetattr(relay->master, &modes) == 0 && !(modes.c_lflag & ICANON);
}

pid_t relay_foreground(const struct relay *relay)
{
	pid_t group = -1;

	return ioctl(relay->master, TIOCGPGRP, &group) == 0 ? group : -1;
}
