#include "viewers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session_folder.h"

static void watch(const struct viewers *viewers, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint32_t)fd};

	if (viewers->events_fd >= 0)
		epoll_ctl(viewers->events_fd, EPOLL_CTL_ADD, fd, &event);
}

int viewers_open(struct viewers *viewers, const char *name, int events_fd)
{
	int rc;

	viewers->events_fd = events_fd;
	snprintf(viewers->own_name, sizeof(viewers->own_name), "%d", getpid());
	viewers->name = name ? name : viewers->own_name;
	rc = session_name_take(viewers->name, &viewers->listening, &viewers->path);
	if (rc < 0) {
		viewers->listening = -1;
		return rc == -EADDRINUSE ? rc : 0;
	}
	watch(viewers, viewers->listening);
	return 0;
}

void viewers_close(struct viewers *viewers)
{
	while (viewers->count)
		viewers_drop(viewers, &viewers->list[0]);
	if (viewers->path)
		unlink(viewers->path);
	free(viewers->path);
	viewers->path = NULL;
	if (viewers->listening >= 0)
		close(viewers->listening);
	viewers->listening = -1;
}

struct viewer *viewers_add(struct viewers *viewers, int fd, bool owner)
{
	if (viewers->count == VIEWERS_MAX) {
		close(fd);
		return NULL;
	}
	viewers->list[viewers->count] = (struct viewer){.fd = fd, .owner = owner};
	watch(viewers, fd);
	return &viewers->list[viewers->count++];
}

void viewers_drop(struct viewers *viewers, struct viewer *viewer)
{
	close(viewer->fd); /* and epoll forgets it */
	*viewer = viewers->list[--viewers->count];
}

/* A descriptor that can only read, with its own position. */
static int for_reading(int fd)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

void viewers_welcome(struct viewers *viewers, struct viewer *viewer)
{
	struct control_message message = {.type = CONTROL_WELCOME, .a = getpid(), .b = viewers->root};
	int fds[2] = {for_reading(viewers->recording), viewers->output >= 0 ? for_reading(viewers->output) : -1};

	message.length = (uint32_t)snprintf(message.text, sizeof(message.text), "%s", viewers->name);
	if (fds[0] < 0)
		control_tell(
			viewer->fd, CONTROL_REFUSED, 0, 0, "the recording cannot be opened again (is /proc mounted?)");
	else
		control_send(viewer->fd, &message, fds, fds[1] >= 0 ? 2 : 1);
	viewer->sees = fds[0] >= 0;
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void accept_all(struct viewers *viewers)
{
	int fd;

	while ((fd = accept4(viewers->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct ucred who;
		socklen_t length = sizeof(who);

		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0 || who.uid != geteuid())
			close(fd);
		else
			viewers_add(viewers, fd, false);
	}
}

static struct viewer *viewer_of(struct viewers *viewers, int fd)
{
	for (unsigned i = 0; i < viewers->count; i++)
		if (viewers->list[i].fd == fd)
			return &viewers->list[i];
	return NULL;
}

static void one_message(struct viewers *viewers, struct viewer *viewer, const struct control_message *message)
{
	if (message->type != CONTROL_HELLO)
		viewers->act(viewers->context, viewer, message);
	else if (message->a != CONTROL_VERSION)
		control_tell(
			viewer->fd, CONTROL_REFUSED, 0, 0, "the session was started by another version of mpwatch");
	else
		viewers_welcome(viewers, viewer);
}

bool viewers_ready(struct viewers *viewers, int fd)
{
	static struct control_message message;
	struct viewer *viewer;
	int rc;

	if (fd == viewers->listening) {
		accept_all(viewers);
		return true;
	}
	viewer = viewer_of(viewers, fd);
	if (!viewer)
		return false;
	/* What it does may drop viewers: looked up again each time. */
	while (viewer && (rc = control_receive(viewer->fd, &message, NULL)) != 0) {
		if (rc > 0)
			one_message(viewers, viewer, &message);
		else
			viewers_drop(viewers, viewer);
		viewer = viewer_of(viewers, fd);
	}
	return true;
}

bool viewers_any(const struct viewers *viewers)
{
	for (unsigned i = 0; i < viewers->count; i++)
		if (viewers->list[i].sees)
			return true;
	return false;
}

struct viewer *viewers_owner(struct viewers *viewers)
{
	for (unsigned i = 0; i < viewers->count; i++)
		if (viewers->list[i].owner)
			return &viewers->list[i];
	return NULL;
}
