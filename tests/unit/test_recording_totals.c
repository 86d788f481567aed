/* test_recording_totals.c: totals that wait: the last one of each is always written, before what it must precede. */
#include <criterion/criterion.h>

#include <string.h>

#include "recording_totals.h"

#define SECOND UINT64_C(1000000000)

static struct event written[4000];
static unsigned count;

static void note(void *context, const struct event *event)
{
	(void)context;
	written[count++ % 4000] = *event;
}

static struct event thread_total(uint32_t proc, uint32_t tid, uint64_t second, uint64_t calls)
{
	struct event event = {.type = EV_THREAD_STAT, .proc = proc, .tid = tid, .ts_ns = second * SECOND};

	event.u.thread_stat.calls = calls;
	return event;
}

static struct event fd_total(uint32_t proc, int32_t fd, uint32_t gen, uint64_t second)
{
	struct event event = {.type = EV_FD_TOTAL, .proc = proc, .tid = (uint32_t)second, .ts_ns = second * SECOND};

	event.u.fd_total.fd = fd;
	event.u.fd_total.gen = gen;
	event.u.fd_total.bytes_in = second;
	return event;
}

static int put(struct held_totals *totals, struct event event, unsigned level)
{
	return held_totals_put(totals, &event, level);
}

static void before(struct held_totals *totals, unsigned type, uint32_t proc, uint64_t second)
{
	held_totals_before(totals, &(struct event){.type = (uint16_t)type, .proc = proc, .ts_ns = second * SECOND});
}

Test(recording_totals, none_wait_while_there_is_room)
{
	struct held_totals *totals = held_totals_new(note, NULL);

	for (unsigned i = 0; i < 10; i++)
		cr_assert_eq(put(totals, thread_total(1, 2, 5, i), 0), 0);
	cr_assert_eq(count, 10);
	held_totals_flush(totals, 6 * SECOND);
	cr_assert_eq(count, 10);
	held_totals_free(totals);
}

Test(recording_totals, each_is_written_at_its_pace)
{
	struct held_totals *totals = held_totals_new(note, NULL);
	unsigned replaced = 0;

	for (uint64_t second = 100; second < 180; second++) {
		replaced += (unsigned)put(totals, thread_total(1, 2, second, second), 3);
		replaced += (unsigned)put(totals, thread_total(1, 3, second, second), 3);
	}
	cr_assert_eq(count, 20);
	cr_assert_eq(written[2].ts_ns, 108 * SECOND);
	held_totals_flush(totals, 200 * SECOND);
	cr_assert_eq(count, 22);
	cr_assert_eq(written[21].u.thread_stat.calls, 179);
	cr_assert_eq(written[21].ts_ns, 200 * SECOND, "in the order of time");
	cr_assert_eq(replaced + count, 160, "what was not written is counted");
	held_totals_free(totals);
}

Test(recording_totals, the_last_word_comes_before_the_end_of_a_process)
{
	static const uint16_t ends[] = {EV_START, EV_PROC, EV_PROC_EXIT};

	for (unsigned i = 0; i < 3; i++) {
		struct held_totals *totals = held_totals_new(note, NULL);

		count = 0;
		put(totals, thread_total(1, 2, 100, 1), 5);
		put(totals, thread_total(1, 2, 101, 2), 5);
		put(totals, thread_total(9, 2, 101, 3), 5);
		put(totals, thread_total(9, 2, 102, 4), 5);
		cr_assert_eq(count, 2);
		before(totals, EV_TICK, 1, 103);
		before(totals, ends[i], 7, 103);
		cr_assert_eq(count, 2);
		before(totals, ends[i], 1, 104);
		cr_assert_eq(count, 3);
		cr_assert(written[2].proc == 1 && written[2].u.thread_stat.calls == 2);
		before(totals, ends[i], 1, 105);
		cr_assert_eq(count, 3);
		before(totals, EV_END, 0, 106);
		cr_assert_eq(count, 4);
		cr_assert(written[3].proc == 9 && written[3].u.thread_stat.calls == 4);
		held_totals_free(totals);
	}
}

Test(recording_totals, a_descriptors_final_count_comes_after_its_last_total)
{
	struct held_totals *totals = held_totals_new(note, NULL);
	struct event final = {.type = EV_FD_STAT, .proc = 1, .ts_ns = 105 * SECOND};

	put(totals, fd_total(1, 4, 1, 100), 5);
	put(totals, fd_total(1, 4, 1, 101), 5);
	put(totals, fd_total(1, 5, 1, 100), 5);
	put(totals, fd_total(1, 5, 1, 102), 5);
	cr_assert_eq(count, 2);
	final.u.fd_stat.fd = 5;
	held_totals_before(totals, &final);
	cr_assert_eq(count, 3);
	cr_assert(written[2].u.fd_total.fd == 5 && written[2].u.fd_total.bytes_in == 102);
	held_totals_before(totals, &final);
	cr_assert_eq(count, 3);
	held_totals_free(totals);
}

Test(recording_totals, a_locks_final_count_comes_after_its_last_total)
{
	struct held_totals *totals = held_totals_new(note, NULL);
	struct event total = {.type = EV_LOCK_TOTAL, .proc = 1, .ts_ns = 100 * SECOND};
	struct event final = {.type = EV_LOCK_STAT, .proc = 1, .ts_ns = 105 * SECOND};

	total.u.lock_total.addr = final.u.lock_stat.addr = 0x7f00deadb000;
	put(totals, total, 5);
	total.u.lock_total.takes = 7;
	put(totals, total, 5);
	cr_assert_eq(count, 1);
	held_totals_before(totals, &final);
	cr_assert_eq(count, 2);
	cr_assert_eq(written[1].u.lock_total.takes, 7);
	held_totals_free(totals);
}

/* The number of a descriptor that was closed without a word is used again. */
Test(recording_totals, a_former_life_is_not_forgotten)
{
	struct held_totals *totals = held_totals_new(note, NULL);

	put(totals, fd_total(1, 4, 1, 100), 5);
	cr_assert_eq(put(totals, fd_total(1, 4, 1, 101), 5), 0);
	cr_assert_eq(put(totals, fd_total(1, 4, 1, 102), 5), 1);
	cr_assert_eq(put(totals, fd_total(1, 4, 2, 103), 5), 0);
	cr_assert_eq(count, 2);
	cr_assert(written[1].u.fd_total.gen == 1 && written[1].u.fd_total.bytes_in == 102);
	held_totals_free(totals);
}

Test(recording_totals, memory_is_bounded)
{
	struct held_totals *totals = held_totals_new(note, NULL);
	uint32_t tid;

	for (tid = 0; tid < 150000; tid++)
		put(totals, thread_total(1, tid, 100, 0), 5);
	for (tid = 0; tid < 150000; tid++)
		put(totals, thread_total(1, tid, 101, 1), 5);
	held_totals_flush(totals, 102 * SECOND);
	cr_assert(count >= 300000 - 1 && count <= 300000);
	held_totals_free(totals);
}
