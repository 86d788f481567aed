/* Calls that have not ended count in the time blocked, once, whatever their end. */
#include "trace.h"

#define ROOT                                                                                                           \
	"0.001 1 0 proc pid=100 how=7 comm=\"prog\"\n0.01 1 100 pipe rd=3 wr=4 ino=7\n"                                \
	"0.02 1 100 lock_open addr=4096 dev=1 ino=5 kind=0 name=\"/s\"\n"
#define BLOCKED "1.0 1 100 thread_state call=write fd=4 since_ns=500000000\n"
#define BLOCK "2.5 1 100 block call=write fd=4 dur=2000000000 result=1\n"

static uint64_t writers_blocked(struct model *model)
{
	const struct channel *channel = model_channels(model);

	cr_assert_not_null(channel);
	cr_assert_eq(channel_end_now(model, channel->ends).blocked_out_ns,
		channel_end_now(model, &channel->total).blocked_out_ns);
	return channel_end_now(model, &channel->total).blocked_out_ns;
}

Test(wait, a_call_that_goes_on_counts_until_now)
{
	struct model *model = trace_model(ROOT BLOCKED "3.0 0 0 tick procs=1\n");

	cr_assert_eq(writers_blocked(model), 2500000000u);
	cr_assert(channel_end_used(&model_channels(model)->total, true));
	cr_assert_not(channel_end_used(&model_channels(model)->total, false));
	trace_apply(model, "4.5 0 0 end status=0\n");
	cr_assert_eq(writers_blocked(model), 4000000000u);
	model_free(model);
}

Test(wait, the_time_never_falls_back_when_the_call_ends)
{
	struct model *model = trace_model(ROOT BLOCKED BLOCK "2.6 0 0 tick procs=1\n");

	cr_assert_eq(writers_blocked(model), 2000000000u);
	trace_apply(model, "3.0 1 100 thread_stat calls=1 output_ns=2000000000\n"
			   "3.0 1 0 fd_total fd=4 gen=1 calls_out=1 bytes_out=1 blocked_out_ns=2000000001\n");
	cr_assert_eq(writers_blocked(model), 2000000001u);
	model_free(model);
}

Test(wait, an_end_that_nobody_told_is_seen_by_the_totals)
{
	struct model *model = trace_model(ROOT BLOCKED "3.0 1 100 thread_stat calls=1 output_ns=2000000000\n"
						       "3.0 1 0 fd_total fd=4 gen=1 calls_out=1 bytes_out=1 "
						       "blocked_out_ns=2000000000\n9.0 0 0 tick procs=1\n");

	cr_assert_eq(writers_blocked(model), 2000000000u);
	model_free(model);
}

Test(wait, a_call_told_twice_counts_once)
{
	struct model *model = trace_model(ROOT BLOCKED "2.0 1 100 thread_stat run_ns=3000000\n" BLOCKED
						       "3.0 1 100 thread_state call=write fd=4 since_ns=500000000\n");

	cr_assert_eq(writers_blocked(model), 2500000000u);
	model_free(model);
}

Test(wait, a_death_in_the_call_ends_it)
{
	struct model *model =
		trace_model(ROOT "0.1 2 0 proc pid=101 parent=1 how=1\n1.0 2 101 thread_state call=write fd=4 "
				 "since_ns=500000000\n2.0 2 0 proc_exit status=9 source=1\n9.0 0 0 end status=0\n");

	cr_assert_eq(writers_blocked(model), 1500000000u);
	model_free(model);
}

Test(wait, who_calls_exit_is_blocked_no_more)
{
	struct model *model = trace_model(ROOT BLOCKED "2.0 1 100 exit status=0\n2.0 1 100 thread_stat calls=2\n"
						       "2.1 1 0 proc_exit status=0 source=1\n2.2 0 0 end status=0\n");

	cr_assert_eq(writers_blocked(model), 0);
	model_free(model);
}

Test(wait, a_lock_waited_for_counts_as_a_wait)
{
	struct model *model = trace_model(ROOT "1.0 1 100 thread_state call=sem_wait fd=-1 object=4096 "
					       "since_ns=500000000\n3.0 0 0 tick procs=1\n");
	const struct lock *lock = model_locks(model);

	cr_assert_eq(lock_waited_now(model, lock), 2500000000u);
	cr_assert_eq(lock->waits + lock->open.count, 1);
	trace_apply(model, "3.5 1 100 block call=sem_wait object=4096 dur=3000000000\n"
			   "4.0 1 100 thread_stat calls=1 lock_ns=3000000000\n"
			   "4.0 1 0 lock_total addr=4096 takes=1 waits=1 waited_ns=3000000000\n9.0 0 0 tick procs=1\n");
	cr_assert_eq(lock_waited_now(model, lock), 3000000000u);
	cr_assert_eq(lock->waits + lock->open.count, 1);
	model_free(model);
}

Test(wait, one_process_with_two_descriptors_is_one_end)
{
	struct model *model = trace_model(ROOT "0.1 1 100 fd_dup from=4 to=9\n"
					       "0.2 1 0 fd_total fd=4 gen=1 calls_out=1 bytes_out=1\n"
					       "0.2 1 0 fd_total fd=9 gen=1 calls_out=1 bytes_out=1\n");

	cr_assert_eq(model_channels(model)->ends->calls_out, 2);
	cr_assert_null(model_channels(model)->ends->next);
	model_free(model);
}
