/* emit.c: records into the calling thread's ring. Single producer (this thread), single consumer (the collector):
 * `written` is released after the record's bytes, `read` is acquired before they are overwritten. */
#include <string.h>

#include "probe.h"

/* Unit by unit, so that no copy ever wraps; inline moves, since a page of libc more is a page fault more in a forked
 * child. */
static void ring_copy(char *ring, uint32_t ring_units, uint64_t at, const char *from, uint32_t units)
{
	uint32_t slot = (uint32_t)(at % ring_units);

	for (uint32_t i = 0; i < units; i++) {
		__builtin_memcpy(ring + slot * RING_UNIT, from + i * RING_UNIT, RING_UNIT);
		if (++slot == ring_units)
			slot = 0;
	}
}

/* The last part of a ring is for records that nothing else can stand in for. */
#define RING_RESERVE 192u

enum weight {
	WEIGHT_DETAIL, /* of descriptors, locks and waits the totals stay exact without them */
	WEIGHT_FRAME,  /* what channels and locks there are: worth a wait, but not for each of ten thousand */
	WEIGHT_VITAL,  /* births, ends, failures, signals and stacks: worth a wait */
};

/* All that a process waits for room for records of WEIGHT_FRAME, in naps: 50 ms. */
#define FRAME_NAPS 250

static enum weight weight_of(unsigned type)
{
	switch (type) {
	case EV_TEXT:
	case EV_FD_OPEN:
	case EV_FD_DUP:
	case EV_FD_CLOSE:
	case EV_FD_CLOEXEC:
	case EV_FD_STAT:
	case EV_BLOCK:
	case EV_LOCK_CLOSE:
	case EV_LOCK_STAT:
	case EV_MAP:
	case EV_UNMAP:
		return WEIGHT_DETAIL;
	case EV_PIPE:
	case EV_SOCKPAIR:
	case EV_LOCK_OPEN:
		return WEIGHT_FRAME;
	default:
		return WEIGHT_VITAL;
	}
}

static uint32_t frame_naps;

bool emit_frame_may_wait(void)
{
	return __atomic_load_n(&frame_naps, __ATOMIC_RELAXED) < FRAME_NAPS;
}

static bool may_wait(enum weight weight)
{
	if (weight == WEIGHT_FRAME && emit_frame_may_wait()) {
		__atomic_fetch_add(&frame_naps, 1, __ATOMIC_RELAXED);
		return true;
	}
	return weight == WEIGHT_VITAL;
}

static bool passes(uint64_t used, uint32_t units, uint32_t mark)
{
	return used < mark && used + units >= mark;
}

int emit_record(struct probe_tls *t, unsigned type, unsigned flags, uint32_t stack, uint64_t ticks, const void *payload,
	size_t size)
{
	struct thread_block *th = t->th;
	struct {
		struct ring_head head;
		char payload[48];
	} record = {0};
	uint32_t units = (uint32_t)((sizeof(record.head) + size + RING_UNIT - 1) / RING_UNIT);
	enum weight weight;
	uint32_t room;
	uint64_t written, used;
	int naps = 0;

	if (!th)
		return -1;
	weight = th->own.essential ? WEIGHT_VITAL : weight_of(type);
	written = th->written;
	room = th->ring_units - (weight == WEIGHT_DETAIL ? RING_RESERVE : 0);
	while ((used = written - __atomic_load_n(&th->read, __ATOMIC_ACQUIRE)) + units > room) {
		doorbell_ring();
		if (may_wait(weight) && doorbell_wait(&naps))
			continue;
		count_add(&th->count.lost_full, 1);
		return -1;
	}
	record.head.type = (uint16_t)type;
	record.head.units = (uint8_t)units;
	record.head.flags = (uint8_t)flags;
	record.head.stack = stack;
	record.head.ticks = ticks;
	for (size_t i = 0; i < size; i += 4)
		__builtin_memcpy(record.payload + i, (const char *)payload + i, 4);
	ring_copy((char *)th + th->ring_offset, th->ring_units, written, (const char *)&record, units);
	__atomic_store_n(&th->written, written + units, __ATOMIC_RELEASE);
	count_add(&th->count.events, 1);
	/* Detail may come so fast that a quarter is gone soon; births by the thousand can wait for half. Whoever passes
	 * the half rings, as the quarter may have been passed by a birth. */
	if (passes(used, units, th->ring_units / 2) ||
		(weight != WEIGHT_VITAL && passes(used, units, th->ring_units / 4)))
		doorbell_ring();
	return 0;
}

int emit(struct probe_tls *t, unsigned type, uint32_t stack, uint64_t ticks, const void *payload, size_t size)
{
	int saved = errno, result;

	t->th->own.busy++;
	result = emit_record(t, type, 0, stack, ticks, payload, size);
	t->th->own.busy--;
	errno_restore(saved);
	return result;
}

/* Length without strlen: a path of the program may be a bad pointer that the kernel has just refused; callers pass text
 * only after a call that accepted it, and names made by us. */
void emit_pieces(struct probe_tls *t, uint64_t ticks, const char *text)
{
	size_t length;

	for (; *text; text += length) {
		char piece[48];

		length = strnlen(text, sizeof(piece));
		memset(piece, 0, sizeof(piece));
		memcpy(piece, text, length);
		emit_record(t, EV_TEXT, 0, 0, ticks, piece, (length + 3) & ~(size_t)3);
	}
}

int emit_text(struct probe_tls *t, unsigned type, uint32_t stack, uint64_t ticks, const void *payload, size_t size,
	const char *text)
{
	int saved = errno, result;

	t->th->own.busy++;
	if (text) {
		size_t length = strlen(text);

		emit_pieces(t, ticks, length > 96 ? text + length - 96 : text);
	}
	result = emit_record(t, type, 0, stack, ticks, payload, size);
	t->th->own.busy--;
	errno_restore(saved);
	return result;
}
