/* transfer.c: the rarer shapes of moving data: messages with descriptors in them, vectors of messages, long stays. */
#include "handlers.h"

#undef moved_msg_out
#undef moved_msg_in
#undef moved_mmsg

/* Never taken as a critical section (its range is one byte that no call returns to); the kernel only insists that the
 * word in front of the abort address is the signature that libc registered (0x53053053 on x86). */
__asm__(".pushsection .text\n\t"
	".p2align 4\n\t"
	"ud1 0x53053053(%rip), %edi\n"
	"rseq_mark_abort:\n\t"
	"ud2\n\t"
	".popsection");
extern const char rseq_mark_abort[] __attribute__((visibility("hidden")));
extern const char rseq_mark_start[] __attribute__((visibility("hidden")));
__asm__(".pushsection .text\n"
	"rseq_mark_start:\n\t"
	"ud2\n\t"
	".popsection");
const struct rseq_mark rseq_mark = {0, 0, (uint64_t)rseq_mark_start, 1, (uint64_t)rseq_mark_abort};

static void span_blocked(struct probe_tls *t, struct span *span, uint32_t call, int fd, uint64_t object, int64_t result)
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

void span_measure(struct span *span, struct probe_tls *t, uint32_t call, enum call_class class_, int fd,
	uint64_t object, int64_t result, uint32_t weight)
{
	uint64_t took = probe_now() - span->start;
	struct thread_block *th = t->th;

	span->took = (int64_t)took < 0 ? 0 : took;
	if (unlikely(span->nested && t->switched))
		*t->switched = 0; /* what the kernel said about the outer call was overwritten: let it be measured */
	if (unlikely(th == NULL))
		return;
	if (unlikely(span->nested)) {
		th->board = span->outer;
		th->board.seq++;
	} else {
		th->board.call = 0;
	}
	count_add(&th->count.calls, 1);
	if (span->took < probe.block_count_ticks) {
		if (class_ == CLASS_INPUT || class_ == CLASS_OUTPUT)
			count_add(&th->count.move_ticks, span->took * weight);
		span->took = 0;
		return;
	}
	count_add(&th->count.blocked_ticks[class_], span->took);
	if (unlikely(span->took >= probe.block_event_ticks))
		span_blocked(t, span, call, fd, object, result);
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
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
		head = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, head)) {
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
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
		head = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, head)) {
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
	emit(t, EV_FD_PASS, stack_capture(t, record.truncated ? STACK_FAILURE : STACK_CREATION), probe_now(), &record,
		sizeof(record));
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
