/* The shares of a life add up to it, whatever the totals say. */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>

static void ask(const char *lines, struct shares *out)
{
	struct model *model = trace_model(lines);

	process_shares(model, model_process(model, 1), out);
	model_free(model);
}

static void expect_whole(const struct shares *shares)
{
	uint64_t sum = 0;
	unsigned percent = 0;

	for (unsigned i = 0; i < SHARE_COUNT; i++) {
		sum += shares->ns[i];
		percent += shares->percent[i];
		cr_assert_leq(shares->percent[i], 100);
	}
	cr_assert_eq(sum, shares->life_ns);
	cr_assert_eq(percent, shares->life_ns ? 100 : 0);
}

Test(shares, parts)
{
	struct shares s;

	ask("1 1 0 proc pid=9 how=7\n1.1 1 9 start pid=9\n2 1 9 thread_stat run_ns=500000000 move_ns=100000000 "
	    "input_ns=200000000 lock_ns=100000000\n"
	    "2 1 0 proc_exit\n",
		&s);
	expect_whole(&s);
	cr_assert_eq(s.percent[SHARE_RUN], 40);
	cr_assert_eq(s.percent[SHARE_COPY], 10);
	cr_assert_eq(s.percent[SHARE_INPUT], 20);
	cr_assert_eq(s.percent[SHARE_LOCK], 10);
	cr_assert_eq(s.percent[SHARE_START], 10);
	cr_assert_eq(s.percent[SHARE_OTHER], 10);
}

Test(shares, a_call_that_never_ends_counts)
{
	struct shares s;

	ask("0 1 0 proc pid=9 how=7\n0.5 1 9 thread_stat run_ns=500000000\n0.6 1 9 thread_state call=read "
	    "since_ns=500000000\n2 1 0 proc_exit\n",
		&s);
	expect_whole(&s);
	cr_assert_eq(s.percent[SHARE_INPUT], 75);
	ask("0 1 0 proc pid=9 how=7\n0.6 1 9 thread_state call=read since_ns=500000000\n0.7 1 9 thread_stat "
	    "run_ns=500000000\n2 1 0 proc_exit\n",
		&s);
	cr_assert_eq(s.percent[SHARE_INPUT], 0, "the later total says that it ended");
}

Test(shares, a_wait_for_another_thread_is_no_lock)
{
	struct shares s;

	ask("0 1 0 proc pid=9 how=7\n0.5 1 9 thread_stat run_ns=500000000\n0.6 1 9 thread_state call=sem_wait fd=-2 "
	    "object=4096 since_ns=500000000\n2 1 0 proc_exit\n",
		&s);
	expect_whole(&s);
	cr_assert_eq(s.percent[SHARE_LOCK], 0);
	cr_assert_eq(s.percent[SHARE_OTHER], 75);
}

Test(shares, the_main_thread_is_the_place)
{
	struct shares s;

	ask("0 1 0 proc pid=9 how=7\n0.5 1 10 thread_stat run_ns=900000000\n0.5 1 9 thread_stat lock_ns=1000000000\n1 "
	    "1 0 proc_exit\n",
		&s);
	expect_whole(&s);
	cr_assert_eq(s.percent[SHARE_LOCK], 100);
}

Test(shares, nonsense_still_adds_up)
{
	srand(3);
	for (int i = 0; i < 3000; i++) {
		struct shares s;
		char lines[700];
		int life = rand() % 4 ? rand() % 3000 : 0;

		snprintf(lines, sizeof(lines),
			"1 1 0 proc pid=9 how=7\n1 1 9 thread_stat run_ns=%u move_ns=%u input_ns=%u "
			"output_ns=18446744073709551615 lock_ns=%u "
			"sleep_ns=%u wait_ns=%u poll_ns=%u other_ns=%u\n1.%09d 1 9 start pid=9\n1.%09d 1 0 proc_exit\n",
			rand() % 2000, rand() % 2000, rand() % 2000, rand() % 2000, rand() % 2000, rand() % 2000,
			rand() % 2000, rand() % 2000, rand() % 3000, life);
		ask(lines, &s);
		expect_whole(&s);
	}
	for (int i = 0; i < 2; i++) {
		struct shares s;

		/* Time that runs backwards, a process without any thread. */
		ask(i ? "5 1 0 proc pid=9 how=7\n1 1 0 proc_exit\n" : "1 1 0 proc pid=9 how=7\n2 1 0 proc_exit\n", &s);
		expect_whole(&s);
	}
}

/* Totals are of all images; only the time until the first is starting. */
Test(shares, an_exec_is_not_starting)
{
	struct shares s;

	ask("0 1 0 proc pid=9 how=7\n0.1 1 9 start pid=9\n0.5 1 9 thread_stat run_ns=200000000 input_ns=300000000\n0.5 "
	    "1 9 start pid=9\n"
	    "1 1 9 thread_stat run_ns=300000000 input_ns=400000000\n1 1 0 proc_exit\n",
		&s);
	expect_whole(&s);
	cr_assert_eq(s.percent[SHARE_INPUT], 40);
	cr_assert_eq(s.percent[SHARE_RUN], 30);
	cr_assert_eq(s.percent[SHARE_START], 10, "what an image did before it executed another is not starting");
}
