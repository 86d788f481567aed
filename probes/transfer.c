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

/* The board still says where the last call was made, unless it is an outer one's again. */
static const void *last_site(const struct probe_tls *t)
{
	return t->th && t->th->board.call == 0 ? (const void *)t->th->board.site : NULL;
}

/* A Python thread is asked where it was only now that it is worth an event: who looks meanwhile reads it from its
 * memory. */
static void span_blocked(
	struct probe_tls *t, struct span *span, uint32_t call, int fd, uint64_t object, int64_t result, uint32_t stack)
{
	struct rec_block record = {.call = call, .fd = fd, .object = object, .dur = span->took, .result = result};
	int saved = errno;

	if (result < 0)
		record.err = saved;
	t->th->own.site = last_site(t);
	if (!stack && waits_watched && !span->nested)
		stack = waits_stack(t, call, fd);
	if (!stack && (probe.control->flags & ARENA_STACKS_FULL))
		stack = stack_capture(t, STACK_CREATION);
	emit(t, EV_BLOCK, stack, span->start + span->took, &record, sizeof(record));
	errno_restore(saved);
}

/* All that the thread was off the CPU since calm_ticks: so long did the call block that ends now. 0: not to be had. */
static uint64_t off_cpu_ticks(const struct probe_tls *t, uint64_t now)
{
	uint64_t cpu = probe_cpu_ns(CLOCK_THREAD_CPUTIME_ID), whole = now - t->th->own.calm_ticks, ran;

	if (cpu < t->th->own.calm_cpu_ns || (int64_t)whole < 0)
		return 0;
	ran = (uint64_t)((unsigned __int128)(cpu - t->th->own.calm_cpu_ns) * probe.block_event_ticks /
			 ARENA_BLOCK_EVENT_NS);
	return whole > ran ? whole - ran : 0;
}

static void span_take(struct span *span, const struct probe_tls *t, bool switched)
{
	uint64_t now = probe_now(), took = now - span->start;

	if (span->start == 0) {
		took = switched ? off_cpu_ticks(t, now) : 0;
		span->start = now - took;
	}
	span->took = (int64_t)took < 0 ? 0 : took;
}

/* Both clocks tick alike, but what relates them is not exact to more than some millionths. */
#define CALM_TICKS (1ull << 31)

/* May this thread leave out the clock from now on? What it is compared with must be from the time it is calm. */
static void quick_begin(struct probe_tls *t, uint64_t now)
{
	if (probe.restricted)
		return;
	if (t->th->own.calm == CALM_CALLS || now - t->th->own.calm_ticks > CALM_TICKS) {
		t->th->own.calm_cpu_ns = probe_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
		t->th->own.calm_ticks = probe_now();
		if (t->th->own.calm_cpu_ns == 0 || thread_was_switched(t))
			return;
	}
	t->th->own.calm = CALM_CALLS + 1;
	t->th->own.quick = t->th->own.left_out = QUICK_CALLS;
}

/* Large transfers are measured, each of them: so many calls after one the clock is read again. */
#define LARGE_CALLS 4096

#define OTHER_THREAD_TIMES 100

void span_measure(struct span *span, struct probe_tls *t, uint32_t call, enum call_class class_, int fd,
	uint64_t object, int64_t result, uint32_t weight)
{
	struct thread_block *th = t->th;
	uint32_t stack = th ? th->board.stack : 0;
	bool known = t->switched && !span->nested, switched = !known || thread_was_switched(t),
	     quick = span->start == 0;

	span_take(span, t, switched);
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
	if (switched) {
		t->th->own.left_out -= t->th->own.quick;
		t->th->own.quick = 0;
		t->th->own.calm = t->th->own.calm < 0 ? t->th->own.calm : 0;
	} else if (result >= MEASURE_BYTES) {
		t->th->own.left_out -= t->th->own.quick;
		t->th->own.quick = 0;
		t->th->own.calm = -LARGE_CALLS;
	}
	if (span->took < probe.block_count_ticks) {
		if (class_ == CLASS_INPUT || class_ == CLASS_OUTPUT)
			count_add(&th->count.move_ticks, span->took * (weight + t->th->own.left_out));
		if (!quick)
			t->th->own.left_out = 0;
		if (!switched && !quick && t->th->own.calm >= CALM_CALLS)
			quick_begin(t, span->start + span->took);
		span->took = 0;
		return;
	}
	count_add(&th->count.blocked_ticks[class_], span->took);
	/* threads wait for each other all the time: only what looks like a hang is worth an event */
	if (unlikely(span->took >= probe.block_event_ticks * (fd == BOARD_OTHER_THREAD ? OTHER_THREAD_TIMES : 1)))
		span_blocked(t, span, call, fd, object, result, stack);
}

void transfer_failed(struct probe_tls *t, uint32_t call, int fd)
{
	int error = errno;

	t->th->own.site = last_site(t);
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
	t->th->own.site = last_site(t);
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
	t->th->own.site = last_site(t);
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
