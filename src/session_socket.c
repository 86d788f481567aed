#include "session_socket.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proc_files.h"
#include "watched.h"
#include "wire/session.h"

#define CHAIN_MAX 256

int session_socket_open(uint64_t session)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int length = session_socket_name(session, address.sun_path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)) < 0 ||
		listen(fd, 64) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

bool is_descendant(const struct collect *collect, int32_t pid)
{
	struct proc_stat stat;

	for (int i = 0; i < CHAIN_MAX && pid > 1; i++) {
		if (pid == getpid() || watched_by_pid(collect, pid))
			return true;
		if (proc_stat_read(pid, &stat) < 0)
			return false;
		pid = stat.ppid;
	}
	return false;
}

static void send_arena(int peer, int arena_fd, int32_t pid)
{
	uint32_t payload[2] = {(uint32_t)pid, 0};
	struct iovec part = {payload, sizeof(payload)};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control)};
	struct cmsghdr *head;

	memset(&control, 0, sizeof(control));
	head = CMSG_FIRSTHDR(&message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &arena_fd, sizeof(arena_fd));
	if (sendmsg(peer, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return; /* it has gone: its own affair */
}

void session_socket_answer(const struct collect *collect, int socket_fd, int32_t root)
{
	int peer;

	while ((peer = accept4(socket_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct ucred who;
		socklen_t length = sizeof(who);

		if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 && who.pid > 0 &&
			(who.pid == root || is_descendant(collect, who.pid)))
			send_arena(peer, collect->arena.fd, who.pid);
		close(peer);
	}
}
