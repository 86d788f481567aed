/* Whose lock it is that one waits for: the program's, or one that a queue has for itself. */
#include "trace.h"

#include <stdio.h>
#include <string.h>

#define LIB "/usr/lib/python3.11/multiprocessing/"
#define MADE(line, how) LIB "synchronize.py:57 SemLock.__init__\\n" LIB "synchronize.py:" line " " how ".__init__\\n"
#define STACK(id, frames) "0 0 0 stack id=" id " kind=1 frames=\"" frames "\"\n"
#define QUEUE(line)                                                                                                    \
	LIB "queues.py:" line " Queue.__init__\\n" LIB "context.py:103 BaseContext.Queue\\n/u/app.py:7 <module>\\n"

static const char lines[] = /* a Queue with its locks, a JoinableQueue's semaphore, two Locks of the program's own */
	STACK("1", MADE("162", "Lock") LIB "context.py:68 BaseContext.Lock\\n" QUEUE("43"))
		STACK("2", MADE("162", "Lock") LIB "context.py:68 BaseContext.Lock\\n" QUEUE("48")) STACK("3",
			MADE("145", "BoundedSemaphore") LIB
			"context.py:88 BaseContext.BoundedSemaphore\\n" QUEUE("49")) STACK("4",
			MADE("162", "Lock") LIB "context.py:68 BaseContext.Lock\\n/u/app.py:8 <module>\\n") STACK("5",
			MADE("127", "Semaphore") LIB "context.py:82 BaseContext.Semaphore\\n" LIB
						     "queues.py:300 JoinableQueue.__init__\\n/u/app.py:9 <module>\\n")
			STACK("6", MADE("162", "Lock") LIB "synchronize.py:213 Condition.__init__\\n" QUEUE(
					   "300")) "0 1 0 proc pid=9 how=7\n0 1 9 start pid=9\n"
						   "0 1 9 lock_open addr=16 dev=9 ino=1 stack=1\n0 1 9 lock_open "
						   "addr=32 dev=9 ino=2 stack=2\n"
						   "0 1 9 lock_open addr=48 dev=9 ino=3 stack=3\n0 1 9 lock_open "
						   "addr=64 dev=9 ino=4 stack=4\n"
						   "0 1 9 lock_open addr=80 dev=9 ino=5 stack=5\n0 1 9 lock_open "
						   "addr=96 dev=9 ino=6 stack=6\n"
						   "0.1 1 9 fork child=10 call=fork how=1\n0.1 2 0 proc pid=10 "
						   "parent=1 how=1\n0.1 2 10 start how=1 pid=10 ppid=9\n"
						   "1.1 2 10 thread_stat lock_ns=600000000\n"
						   "1.1 2 0 lock_total addr=16 takes=2 waits=1 waited_ns=200000000\n"
						   "1.1 2 0 lock_total addr=32 takes=2 waits=1 waited_ns=100000000\n"
						   "1.1 2 0 lock_total addr=48 takes=2 waits=1 waited_ns=50000000\n"
						   "1.1 2 0 lock_total addr=64 takes=2 waits=1 waited_ns=250000000\n";

static enum lock_role role_at(struct model *model, uint64_t addr)
{
	return lock_role(model, model_lock_at(model, model_process(model, 1), addr));
}

Test(lock_role, of_a_queue_or_of_the_program)
{
	struct model *model = trace_model(lines);

	cr_assert_eq(role_at(model, 16), LOCK_ROLE_INPUT);
	cr_assert_eq(role_at(model, 32), LOCK_ROLE_OUTPUT);
	cr_assert_eq(role_at(model, 48), LOCK_ROLE_OUTPUT, "counts the places of a queue of limited length");
	cr_assert_eq(role_at(model, 64), LOCK_ROLE_OWN);
	cr_assert_eq(role_at(model, 80), LOCK_ROLE_OWN, "join() waits for that");
	cr_assert_eq(role_at(model, 96), LOCK_ROLE_OWN, "of a condition");
	model_free(model);
}

Test(lock_role, waiting_for_a_queue_is_no_lock)
{
	struct model *model = trace_model(lines);
	struct shares s;

	process_shares(model, model_process(model, 2), &s);
	cr_assert_eq(s.ns[SHARE_INPUT], 200000000);
	cr_assert_eq(s.ns[SHARE_OUTPUT], 150000000);
	cr_assert_eq(s.ns[SHARE_LOCK], 250000000);
	model_free(model);
}

Test(lock_role, a_wait_that_goes_on)
{
	char more[sizeof(lines) + 200];
	struct model *model;
	struct shares s;

	snprintf(more, sizeof(more),
		"%s2.1 2 10 thread_state call=sem_wait fd=-1 object=16 since_ns=1600000000\n2.1 0 0 clock\n", lines);
	model = trace_model(more);
	process_shares(model, model_process(model, 2), &s);
	cr_assert_eq(s.ns[SHARE_INPUT], 700000000);
	cr_assert_eq(s.ns[SHARE_LOCK], 250000000);
	model_free(model);
}

Test(lock_role, a_process_that_was_ended_in_the_wait)
{
	char more[sizeof(lines) + 200];
	struct model *model;
	struct shares s;

	snprintf(more, sizeof(more),
		"%s2.1 2 10 thread_state call=sem_wait fd=-1 object=16 since_ns=1600000000\n2.1 2 0 proc_exit "
		"status=15 "
		"source=3\n",
		lines);
	model = trace_model(more);
	process_shares(model, model_process(model, 2), &s);
	cr_assert_eq(s.ns[SHARE_INPUT], 700000000, "%lu", s.ns[SHARE_INPUT]);
	cr_assert_eq(s.ns[SHARE_LOCK], 250000000);
	model_free(model);
}
