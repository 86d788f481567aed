/* test_recording_budget.c: what a recording costs, and what it leaves out when it may cost less. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "any_event.h"
#include "recording.h"
#include "recording_budget.h"

static struct recording_writer *new_writer(int *reading, uint64_t budget)
{
	struct recording_writer *writer;
	int fd = memfd_create("recording", MFD_CLOEXEC);

	*reading = dup(fd);
	cr_assert_eq(recording_create(fd, budget, &writer), 0);
	return writer;
}

static uint64_t file_size(int fd)
{
	struct stat status;

	cr_assert_eq(fstat(fd, &status), 0);
	return (uint64_t)status.st_size;
}

/* --- the size of an ordinary run --- */

struct pool {
	struct recording_writer *writer;
	struct any any;
	uint64_t now_ns;
	struct ev_thread_stat threads[16];
	struct ev_fd_total fds[32];
	struct ev_lock_total locks[32];
	struct ev_proc_sample procs[16];
};

static uint64_t about(struct pool *pool, uint64_t size)
{
	return size / 2 + any_u64(&pool->any) % size;
}

static void emit(struct pool *pool, unsigned type, uint32_t proc, uint32_t tid, const void *payload, size_t size)
{
	struct event event = {.type = (uint16_t)type, .proc = proc, .tid = tid, .ts_ns = pool->now_ns};

	memcpy(&event.u, payload, size);
	cr_assert_eq(recording_append(pool->writer, &event), 0);
}

#define EMIT(pool, type, proc, tid, payload) emit(pool, type, proc, tid, &(payload), sizeof(payload))

/* A worker reads a task, computes, writes the result: 40 tasks a second, of which one in four waits long enough for an
 * event. */
static void worker_second(struct pool *pool, unsigned worker)
{
	uint32_t proc = worker + 2, tid = 4100 + worker;
	struct ev_thread_stat *thread = &pool->threads[worker];
	struct ev_proc_sample *sample = &pool->procs[worker];

	thread->calls += about(pool, 200);
	thread->run_ns += about(pool, 900000000);
	thread->move_ns += about(pool, 3000000);
	thread->input_ns += about(pool, 50000000);
	thread->lock_ns += about(pool, 20000000);
	thread->bytes_in += about(pool, 400000);
	thread->bytes_out += about(pool, 40000);
	EMIT(pool, EV_THREAD_STAT, proc, tid, *thread);
	for (unsigned end = 0; end < 2; end++) {
		struct ev_fd_total *fd = &pool->fds[worker * 2 + end];
		struct ev_lock_total *lock = &pool->locks[worker * 2 + end];

		fd->fd = (int32_t)(end * 2 + 3);
		fd->calls_in += end ? 0 : about(pool, 80);
		fd->bytes_in += end ? 0 : about(pool, 400000);
		fd->blocked_in_ns += end ? 0 : about(pool, 50000000);
		fd->calls_out += end ? about(pool, 40) : 0;
		fd->bytes_out += end ? about(pool, 40000) : 0;
		EMIT(pool, EV_FD_TOTAL, proc, 0, *fd);
		lock->addr = 0x7f0000001000 + end * 0x1000;
		lock->takes += about(pool, 40);
		lock->releases = lock->takes;
		lock->waits += about(pool, 10);
		lock->waited_ns += about(pool, 10000000);
		EMIT(pool, EV_LOCK_TOTAL, proc, 0, *lock);
	}
	sample->cpu_ns += about(pool, 900000000);
	sample->delay_ns += about(pool, 10000000);
	sample->rss_kb = 20000 + about(pool, 100);
	sample->threads = 1;
	sample->fds = 8;
	EMIT(pool, EV_PROC_SAMPLE, proc, 0, *sample);
}

static void block(struct pool *pool, unsigned worker)
{
	struct ev_block event = {
		.call = CALL_read, .fd = 3, .dur = about(pool, 5000000), .result = (int64_t)about(pool, 4000)};

	if (any_u64(&pool->any) % 3 == 0)
		event = (struct ev_block){
			.call = CALL_sem_wait, .fd = -1, .object = 0x7f0000001000, .dur = about(pool, 2000000)};
	EMIT(pool, EV_BLOCK, worker + 2, 4100 + worker, event);
}

static void pool_second(struct pool *pool, unsigned workers)
{
	struct ev_tick tick = {.procs = workers + 1};

	for (unsigned i = 0; i < 10 * workers; i++) {
		pool->now_ns += about(pool, 1000000000 / 10 / workers);
		block(pool, (unsigned)(any_u64(&pool->any) % workers));
		if (i % workers == 0)
			cr_assert_eq(recording_commit(pool->writer), 0);
	}
	for (unsigned worker = 0; worker < workers; worker++)
		worker_second(pool, worker);
	EMIT(pool, EV_TICK, 0, 0, tick);
	cr_assert_eq(recording_commit(pool->writer), 0);
}

Test(recording_budget, a_minute_of_a_pool_is_small)
{
	struct pool pool = {.any = any_seed(1)};
	uint64_t size;
	int fd;

	pool.writer = new_writer(&fd, 0);
	for (unsigned second = 0; second < 60; second++)
		pool_second(&pool, 8);
	cr_assert_eq(recording_finish(pool.writer), 0);
	size = file_size(fd);
	cr_assert(size < 512 * 1024, "%lu bytes", size);
	close(fd);
}

/* --- the rule --- */

static struct event block_of(uint64_t duration_ns)
{
	struct event event = {.type = EV_BLOCK};

	event.u.block.dur = duration_ns;
	return event;
}

/* How many of 10,000 such events are kept when so many 1024ths of the budget are used. */
static unsigned kept(struct event event, uint64_t used)
{
	struct budget budget = {.bytes = 1024};
	unsigned count = 0;

	for (unsigned i = 0; i < 10000; i++) {
		event.ts_ns = i * UINT64_C(1000000000);
		count += (unsigned)budget_keeps(&budget, &event, used);
	}
	cr_assert_eq(budget.thinned, 10000 - count);
	return count;
}

static void expect_about(unsigned got, unsigned want)
{
	cr_assert(got >= want - want / 20 && got <= want + want / 20, "%u instead of about %u", got, want);
}

Test(recording_budget, detail_is_halved_step_by_step)
{
	cr_assert_eq(kept(block_of(0), 0), 10000);
	cr_assert_eq(kept(block_of(0), 383), 10000);
	expect_about(kept(block_of(0), 384), 5000);
	expect_about(kept(block_of(0), 576), 2500);
	expect_about(kept(block_of(0), 672), 1250);
	cr_assert_eq(kept(block_of(0), 768), 0);
}

Test(recording_budget, long_blocks_survive_longest)
{
	expect_about(kept(block_of(1000000), 576), 2500);
	expect_about(kept(block_of(2000000), 576), 5000);
	cr_assert_eq(kept(block_of(4000000), 576), 10000);
	cr_assert_eq(kept(block_of(1000000000), 760), 10000);
}

Test(recording_budget, samples_of_all_processes_are_of_the_same_seconds)
{
	struct budget budget = {.bytes = 1024};

	for (uint64_t second = 0; second < 100; second++) {
		int first = -1;

		for (uint32_t proc = 1; proc < 9; proc++) {
			struct event event = {
				.type = EV_PROC_SAMPLE, .proc = proc, .ts_ns = second * 1000000000 + proc};
			int keep = budget_keeps(&budget, &event, 400);

			cr_assert(first < 0 || keep == first);
			first = keep;
		}
	}
	cr_assert(budget.thinned > 300 && budget.thinned < 500);
}

Test(recording_budget, what_must_stay_stays)
{
	static const uint16_t always[] = {EV_START, EV_FORK, EV_EXEC, EV_EXIT, EV_WAITED, EV_KILL, EV_FAIL, EV_FD_STAT,
		EV_LOCK_STAT, EV_RUN, EV_PROC, EV_PROC_EXIT, EV_UNWATCHED, EV_THREAD_STAT, EV_FD_TOTAL, EV_LOCK_TOTAL,
		EV_LOSS, EV_MODULE, EV_STACK, EV_SYMBOL, EV_SOURCE, EV_SNAPSHOT, EV_OWN, EV_END};
	static const uint16_t ownership[] = {
		EV_PIPE, EV_FD_CLOSE, EV_FD_DUP, EV_MAP, EV_UNMAP, EV_LOCK_OPEN, EV_FD_OPEN};

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		cr_assert_eq(
			kept((struct event){.type = always[i]}, 100000), 10000, "%s", event_describe(always[i])->name);
		cr_assert(budget_is_essential(&(struct event){.type = always[i]}));
	}
	for (size_t i = 0; i < sizeof(ownership) / sizeof(ownership[0]); i++) {
		cr_assert_eq(kept((struct event){.type = ownership[i]}, 959), 10000, "%s",
			event_describe(ownership[i])->name);
		cr_assert_eq(kept((struct event){.type = ownership[i]}, 960), 0);
		cr_assert(!budget_is_essential(&(struct event){.type = ownership[i]}));
	}
}

Test(recording_budget, files_opened_by_name_are_detail_but_pipes_are_not)
{
	struct event event = {.type = EV_FD_OPEN};

	event.u.fd_open.kind = FD_SOCKET;
	event.u.fd_open.name = "socket";
	cr_assert_eq(kept(event, 800), 10000);
	event.u.fd_open.kind = FD_FILE;
	cr_assert_eq(kept(event, 800), 0);
	event.u.fd_open.name = NULL;
	cr_assert_eq(kept(event, 800), 10000);
}

/* A thread whose state began in the recording must not look stuck because the end was left out. */
Test(recording_budget, the_end_of_a_state_is_kept)
{
	struct event event = {.type = EV_THREAD_STATE};

	cr_assert_eq(kept(event, 800), 10000);
	event.u.thread_state.call = CALL_read;
	cr_assert_eq(kept(event, 800), 0);
}

Test(recording_budget, no_budget_keeps_everything)
{
	struct budget budget = {0};
	struct event event = block_of(1);

	for (unsigned i = 0; i < 1000; i++)
		cr_assert(budget_keeps(&budget, &event, UINT64_MAX));
	cr_assert_eq(budget.thinned, 0);
}

/* --- a recording that is too long --- */

/* Five times as many events as fit; returns how many are in the file, *size its size. */
static uint64_t record_too_much(uint64_t budget, uint64_t *size, uint64_t *last_total)
{
	struct pool pool = {.any = any_seed(1)};
	struct recording_reader *reader;
	const char *why = "";
	struct event event;
	uint64_t events = 0, thinned;
	int fd;

	pool.writer = new_writer(&fd, budget);
	for (unsigned second = 0; second < 600; second++) {
		for (unsigned i = 0; i < 500; i++) {
			pool.now_ns += 10000;
			block(&pool, i % 8);
		}
		pool_second(&pool, 2);
	}
	thinned = recording_thinned(pool.writer);
	cr_assert_eq(recording_dropped(pool.writer), 0);
	cr_assert_eq(recording_finish(pool.writer), 0);
	*size = file_size(fd);
	cr_assert_eq(recording_open_fd(fd, &reader, &why), 0);
	while (recording_next(reader, &event) == 1) {
		events++;
		if (event.type == EV_THREAD_STAT && event.proc == 3)
			*last_total = event.u.thread_stat.run_ns;
	}
	cr_assert(recording_is_complete(reader));
	cr_assert_eq(events + thinned, 600 * (500 + 20 + 2 * 6 + 1));
	cr_assert_eq(*last_total, pool.threads[1].run_ns, "totals stay exact");
	recording_close(reader);
	close(fd);
	return events;
}

Test(recording_budget, a_long_run_stays_below_its_budget)
{
	uint64_t full_size, size, again_size, total;
	uint64_t all = record_too_much(0, &full_size, &total);
	uint64_t budget = full_size / 3;
	uint64_t some = record_too_much(budget, &size, &total);

	cr_assert(size < budget, "%lu bytes instead of %lu", size, budget);
	cr_assert(size > budget / 2, "only %lu bytes of %lu used", size, budget);
	cr_assert(some < all && some > all / 10);
	cr_assert_eq(record_too_much(budget, &again_size, &total), some, "the rule knows no chance");
	cr_assert_eq(again_size, size);
}

/* Ten hours of nothing but totals. */
Test(recording_budget, totals_of_a_long_run_stay_below_the_budget_and_exact)
{
	const uint64_t budget = 1 << 20;
	struct pool pool = {.any = any_seed(1)};
	struct recording_reader *reader;
	const char *why = "";
	uint64_t last[8] = {0}, latest_ns = 0, size;
	struct event event;
	int fd;

	pool.writer = new_writer(&fd, budget);
	for (unsigned second = 0; second < 36000; second++) {
		pool.now_ns += 1000000000;
		for (unsigned worker = 0; worker < 8; worker++)
			worker_second(&pool, worker);
		if (second % 10 == 0)
			cr_assert_eq(recording_commit(pool.writer), 0);
	}
	cr_assert_eq(recording_finish(pool.writer), 0);
	size = file_size(fd);
	cr_assert(size < budget && size > budget / 2, "%lu bytes of %lu", size, budget);
	cr_assert_eq(recording_open_fd(fd, &reader, &why), 0);
	while (recording_next(reader, &event) == 1) {
		cr_assert(event.ts_ns >= latest_ns, "time runs back");
		latest_ns = event.ts_ns;
		if (event.type == EV_THREAD_STAT)
			last[event.proc - 2] = event.u.thread_stat.run_ns;
	}
	for (unsigned worker = 0; worker < 8; worker++)
		cr_assert_eq(last[worker], pool.threads[worker].run_ns);
	recording_close(reader);
	close(fd);
}
