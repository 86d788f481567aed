/* transfer.c: the rarer shapes of moving data: messages with descriptors in them, vectors of messages, long stays. */
#include "handlers.h"

#undef moved_msg_out
#undef moved_msg_in
#undef moved_mmsg

void span_blocked(struct probe_tls *t, struct span *span, uint32_t call, int fd, uint64_t object, int64_t result)
{
	struct rec_block record = {.call = call, .fd = fd, .object = object, .dur = span->took, .result = result};
	uint32_t stack = 0;
	int saved = errno;

	if (result < 0)
		record.err = saved;
	if (probe.control->flags & ARENA_STACKS_FULL)
		stack = stack_capture(t, STACK_CREATION);
	emit(t, EV_BLOCK, stack, span->start + span->took, &record, sizeof(record));
	errno = saved;
}

void transfer_failed(struct probe_tls *t, uint32_t call, int fd)
{
	int error = errno;

	if (error == EPIPE || error == ENOSPC || error == ECONNRESET || error == EMSGSIZE || error == ETOOMANYREFS)
		fd_failed(t, call, error, fd, 0, NULL);
}

static uint32_t count_rights(const struct msghdr *message)
{
	uint32_t count = 0;

	if (!message->msg_control || message->msg_controllen < sizeof(struct cmsghdr))
		return 0;
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, head)) {
		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		count += (uint32_t)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	}
	return count;
}

void moved_msg_out(struct probe_tls *t, const struct span *span, int fd, const struct msghdr *message, ssize_t r)
{
	struct rec_fd_pass record = {.fd = fd};

	count_out(t, span, fd, r);
	if (r < 0 || (record.sent = count_rights(message)) == 0)
		return;
	emit(t, EV_FD_PASS, stack_capture(t, STACK_CREATION), probe_now(), &record, sizeof(record));
}

static void received_each(struct probe_tls *t, const struct msghdr *message, int flags)
{
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, head)) {
		size_t count;

		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			__builtin_memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(fd));
			after_fd(t, CALL_recvmsg, fd, FD_OTHER, flags & MSG_CMSG_CLOEXEC ? O_CLOEXEC : 0, 0);
		}
	}
}

void moved_msg_in(struct probe_tls *t, const struct span *span, int fd, struct msghdr *message, int flags, ssize_t r)
{
	struct rec_fd_pass record = {.fd = fd};

	count_in(t, span, fd, r);
	if (r < 0)
		return;
	record.received = count_rights(message);
	record.truncated = (message->msg_flags & MSG_CTRUNC) != 0;
	if (record.received == 0 && !record.truncated)
		return;
	emit(t, EV_FD_PASS, stack_capture(t, record.truncated ? STACK_FAILURE : STACK_CREATION), probe_now(), &record, sizeof(record));
	received_each(t, message, flags);
}

void moved_mmsg(struct probe_tls *t, const struct span *span, int fd, const struct mmsghdr *messages, int r, int out)
{
	struct span none = {0};

	if (r <= 0) {
		if (out)
			count_out(t, span, fd, r);
		else
			count_in(t, span, fd, r);
		return;
	}
	for (int i = 0; i < r; i++) {
		if (out)
			count_out(t, i ? &none : span, fd, messages[i].msg_len);
		else
			count_in(t, i ? &none : span, fd, messages[i].msg_len);
	}
}
