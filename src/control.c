#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD offsetof(struct control_message, text)

union control_room {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(2 * sizeof(int))];
};

int control_send(int socket, const struct control_message *message, const int *fds, unsigned fd_count)
{
	struct iovec part = {(void *)(uintptr_t)message, HEAD + message->length};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	union control_room room;
	ssize_t done;

	if (fd_count) {
		memset(&room, 0, sizeof(room));
		header.msg_control = room.bytes;
		header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		room.head.cmsg_level = SOL_SOCKET;
		room.head.cmsg_type = SCM_RIGHTS;
		room.head.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(&room.head), fds, fd_count * sizeof(int));
	}
	do
		done = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (done < 0 && errno == EINTR);
	return done < 0 ? -errno : 0;
}

static void take_descriptors(struct msghdr *header, int fds[2])
{
	struct cmsghdr *head = CMSG_FIRSTHDR(header);
	size_t count;
	int got[2];

	if (fds)
		fds[0] = fds[1] = -1;
	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return;
	count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(got, CMSG_DATA(head), count * sizeof(int));
	for (size_t i = 0; i < count; i++) {
		if (fds)
			fds[i] = got[i];
		else
			close(got[i]);
	}
}

int control_receive(int socket, struct control_message *out, int fds[2])
{
	struct iovec part = {out, sizeof(*out) - 1};
	union control_room room;
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof(room.bytes)};
	ssize_t got;

	do
		got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (got == 0)
		return -EPIPE;
	take_descriptors(&header, fds);
	if ((size_t)got < HEAD || out->length != (size_t)got - HEAD)
		return -EBADMSG;
	out->text[out->length] = 0;
	return 1;
}

int control_tell(int socket, enum control_type type, int32_t a, int32_t b, const char *text)
{
	struct control_message message = {.type = type, .a = a, .b = b};

	message.length = text ? (uint32_t)strnlen(text, CONTROL_TEXT_MAX) : 0;
	memcpy(message.text, text ? text : "", message.length);
	return control_send(socket, &message, NULL, 0);
}

int control_welcome(int socket, int timeout_ms, struct control_message *out, int fds[2], const char **why)
{
	static char refused[CONTROL_TEXT_MAX + 1];

	for (;;) {
		struct pollfd ready = {.fd = socket, .events = POLLIN};
		int rc;

		if (poll(&ready, 1, timeout_ms) == 0) {
			*why = "the session does not answer: is it stopped?";
			return -ETIMEDOUT;
		}
		rc = control_receive(socket, out, fds);
		if (rc < 0) {
			*why = "the session is over";
			return -ECONNABORTED;
		}
		if (rc > 0 && out->type == CONTROL_REFUSED) {
			snprintf(refused, sizeof(refused), "%s", out->text);
			*why = refused;
			return -EPROTO;
		}
		if (rc > 0 && out->type == CONTROL_WELCOME)
			return 0;
	}
}
