/* Processes, their descriptors and names, from events. */
#include "trace.h"

#include <stdio.h>

#define ROOT "0.001 1 0 proc pid=100 how=7 cmdline=\"prog\" comm=\"prog\"\n0.002 1 100 start pid=100\n"
#define FORK(t, n, pid)                                                                                                \
	t " 1 100 fork child=" pid " how=1\n" t " " n " 0 proc pid=" pid " parent=1 how=1 comm=\"prog\"\n"

static bool is_open(struct model *model, uint32_t process, int32_t fd)
{
	return fdtable_get(model_process(model, process)->fds, fd) != NULL;
}

static void expect_label(struct model *model, uint32_t process, const char *expected)
{
	char label[32];

	cr_assert_str_eq(process_label(model, model_process(model, process), label, sizeof(label)), expected);
}

Test(model, a_fork_inherits_and_an_exec_drops)
{
	struct model *model =
		trace_model(ROOT "0.01 1 100 pipe rd=3 wr=4 ino=7\n0.01 1 100 fd_open fd=5 kind=1 flags=524288\n" FORK(
			"0.02", "2", "101") "0.03 1 100 fd_close fd=4\n0.03 2 101 fd_close fd=3\n");

	cr_assert(is_open(model, 1, 3) && !is_open(model, 1, 4) && is_open(model, 1, 5));
	cr_assert(!is_open(model, 2, 3) && is_open(model, 2, 4) && is_open(model, 2, 5));
	cr_assert_eq(model_process(model, 2)->fds_inherited, 3);
	trace_apply(model, "0.04 2 101 start pid=101\n0.05 2 101 fd_open fd=9 kind=1 flags=524288\n0.06 2 0 proc "
			   "pid=101 how=0 comm=\"x\"\n");
	cr_assert_not(is_open(model, 2, 5), "close-on-exec ends at exec");
	cr_assert(is_open(model, 2, 4));
	cr_assert(is_open(model, 2, 9), "the second word about one exec must not close what the image opened");
	cr_assert_eq(model_process(model, 2)->images, 1);
	model_free(model);
}

/* The parent has closed its end before the collector tells of the child. */
Test(model, a_child_gets_the_table_of_the_moment_of_its_fork)
{
	struct model *model = trace_model(ROOT "0.01 1 100 pipe rd=3 wr=4 ino=7\n0.02 1 100 fork child=101 how=1\n"
					       "0.03 1 100 fd_close fd=4\n0.04 2 0 proc pid=101 parent=1 how=1\n");

	cr_assert(is_open(model, 2, 4));
	cr_assert_not(is_open(model, 1, 4));
	model_free(model);
}

Test(model, close_range_dup_and_cloexec)
{
	struct model *model = trace_model(ROOT
		"0.01 1 100 pipe rd=3 wr=4 ino=7\n0.01 1 100 fd_dup from=4 to=500\n0.01 1 100 fd_dup from=3 to=501\n"
		"0.02 1 100 fd_close_range first=4 last=500\n");

	cr_assert(is_open(model, 1, 3) && !is_open(model, 1, 4) && !is_open(model, 1, 500) && is_open(model, 1, 501));
	trace_apply(model, "0.03 1 100 fd_close_range first=0 last=4294967295 flags=4\n0.03 1 100 fd_cloexec "
			   "fd=3\n0.04 1 100 start pid=100\n");
	cr_assert(is_open(model, 1, 3) && !is_open(model, 1, 501));
	cr_assert_eq(model_process(model, 1)->fds_peak, 4);
	model_free(model);
}

Test(model, the_kernels_list_corrects)
{
	struct model *model = trace_model(ROOT
		"0.01 1 100 fd_open fd=3 kind=1 dev=1 ino=10 name=\"a\"\n0.01 1 100 fd_open fd=4 kind=1 dev=1 ino=11\n"
		"0.02 1 0 fd_seen fd=3 kind=1 dev=1 ino=10\n0.02 1 0 fd_seen fd=6 kind=3 ino=70\n0.03 1 100 fd_open "
		"fd=8 kind=1 ino=9\n");

	cr_assert(is_open(model, 1, 4), "a listing that is not complete closes nothing");
	trace_apply(model, "0.02 1 0 fd_count open=2 soft=64 hard=128\n");
	cr_assert_str_eq(fdtable_get(model_process(model, 1)->fds, 3)->file->name, "a");
	cr_assert_not(is_open(model, 1, 4));
	cr_assert(is_open(model, 1, 6));
	cr_assert(is_open(model, 1, 8), "opened after the listing began");
	cr_assert_eq(model_process(model, 1)->nofile_soft, 64);
	trace_apply(model, "0.04 1 0 fd_seen fd=3 kind=1 dev=1 ino=99\n");
	cr_assert_null(fdtable_get(model_process(model, 1)->fds, 3)->file->name, "another file has the number now");
	model_free(model);
}

Test(model, names)
{
	struct model *model = trace_model(ROOT FORK("0.01", "2", "101") FORK("0.02", "3", "102") FORK(
		"0.03", "4", "103") FORK("0.04", "5",
		"104") "0.05 3 102 start pid=102\n0.05 3 0 proc pid=102 how=0 cmdline=\"sort -u\" comm=\"sort\"\n"
		       "0.05 4 0 proc pid=103 how=0 cmdline=\"python3 -c from multiprocessing.resource_tracker import "
		       "main;main(5)\" comm=\"python3\"\n"
		       "0.05 5 0 proc pid=104 how=0 cmdline=\"python3 -c from multiprocessing.spawn import spawn_main; "
		       "spawn_main()\" comm=\"python3\"\n");

	expect_label(model, 1, "main");
	expect_label(model, 2, "w1");
	expect_label(model, 3, "sort");
	expect_label(model, 4, "tracker");
	expect_label(model, 5, "w2");
	cr_assert_eq(model_worker_count(model), 2);
	cr_assert_str_eq(model_start_method(model), "several start methods");
	model_free(model);
}

Test(model, forks_of_a_shell_are_no_workers)
{
	struct model *model = trace_model(
		"0.001 1 0 proc pid=100 how=7 comm=\"bash\"\n0.01 2 0 proc pid=101 parent=1 how=1 comm=\"bash\"\n");

	expect_label(model, 1, "main");
	expect_label(model, 2, "bash");
	cr_assert_eq(model_worker_count(model), 0);
	model_free(model);
}

Test(model, impossible_parents_make_no_cycle)
{
	struct model *model = trace_model("0.1 1 0 proc pid=1 parent=1 how=1\n0.1 2 0 proc pid=2 parent=3 how=1\n0.1 3 "
					  "0 proc pid=3 parent=2 how=1\n"
					  "0.2 7 0 proc_exit status=9 source=2\n0.3 7 0 fd_total fd=3 calls_in=1\n0.3 "
					  "0 0 fd_close fd=1\n0.3 9 1 fd_close_range last=4294967295\n");

	cr_assert_not(process_is_ancestor(model_process(model, 2), model_process(model, 2)));
	cr_assert_eq(model_process_count(model), 5);
	model_free(model);
}

Test(model, twenty_thousand_short_processes)
{
	struct model *model = trace_model(ROOT "0.01 1 100 pipe rd=3 wr=4 ino=7\n");
	uint64_t total = 0;

	for (int i = 2; i < 20002; i++) {
		char lines[512];

		snprintf(lines, sizeof(lines),
			"1 1 100 fork child=%d how=1\n1 %d 0 proc pid=%d parent=1 how=1 comm=\"prog\"\n"
			"1 %d 0 fd_total fd=4 gen=1 calls_out=1 bytes_out=3\n1 %d %d fd_close fd=4\n1 %d 0 proc_exit "
			"source=2\n",
			1000 + i, i, 1000 + i, i, i, 1000 + i, i);
		trace_apply(model, lines);
	}
	cr_assert_eq(model_worker_count(model), 20000);
	for (const struct channel *c = model_channels(model); c; c = channel_next(c))
		total += c->total.bytes_out;
	cr_assert_eq(total, 60000);
	model_free(model);
}
