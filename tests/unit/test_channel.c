/* Bytes and messages are counted once, for the right channel and direction. */
#include "trace.h"

#include "model/exchange.h"

#define ROOT "0.001 1 0 proc pid=100 how=7 comm=\"prog\"\n0.01 1 100 pipe rd=3 wr=4 ino=7\n"

static const struct channel *find(struct model *model, uint64_t ino)
{
	for (const struct channel *c = model_channels(model); c; c = channel_next(c))
		if (c->key.ino == ino)
			return c;
	cr_assert_fail("no channel");
	return NULL;
}

Test(channel, the_stat_of_a_close_replaces_the_totals_before)
{
	struct model *model =
		trace_model(ROOT "0.1 1 0 fd_total fd=4 gen=1 calls_out=2 bytes_out=20 blocked_out_ns=5\n"
				 "0.2 1 0 fd_total fd=4 gen=1 calls_out=3 bytes_out=30 blocked_out_ns=6\n0.3 1 100 "
				 "fd_stat fd=4 gen=1 calls_out=4 bytes_out=44 blocked_out=7\n"
				 "0.3 1 100 fd_close fd=4\n0.4 1 0 fd_total fd=4 gen=1 calls_out=3 bytes_out=30\n");
	const struct channel *pipe = find(model, 7);

	cr_assert_eq(pipe->total.calls_out, 4);
	cr_assert_eq(pipe->total.bytes_out, 44);
	cr_assert_eq(pipe->total.blocked_out_ns, 7);
	model_free(model);
}

Test(channel, a_number_used_again_is_another_life)
{
	struct model *model = trace_model(
		ROOT "0.3 1 100 fd_stat fd=4 gen=1 calls_out=4 bytes_out=44\n0.3 1 100 fd_close fd=4\n"
		     "0.4 1 100 pipe rd=5 wr=4 ino=8\n0.5 1 0 fd_total fd=4 gen=2 calls_out=1 bytes_out=6\n");

	cr_assert_eq(find(model, 7)->total.bytes_out, 44);
	cr_assert_eq(find(model, 8)->total.bytes_out, 6);
	model_free(model);
}

Test(channel, a_new_image_counts_anew)
{
	struct model *model = trace_model(ROOT "0.3 1 0 fd_total fd=4 gen=1 calls_out=4 bytes_out=44\n0.4 1 100 start "
					       "pid=100\n0.5 1 100 start pid=100\n"
					       "0.6 1 0 fd_total fd=4 gen=1 calls_out=1 bytes_out=6\n");

	cr_assert_eq(find(model, 7)->total.bytes_out, 50);
	model_free(model);
}

Test(channel, a_socketpair_is_two_directions)
{
	struct model *model =
		trace_model("0.001 1 0 proc pid=100 how=7\n0.01 1 100 socketpair a=3 b=4 ino_a=10 ino_b=11\n"
			    "0.02 2 0 proc pid=101 parent=1 how=1\n0.1 1 0 fd_total fd=3 gen=1 calls_out=2 "
			    "bytes_out=20 calls_in=1 bytes_in=5\n"
			    "0.1 2 0 fd_total fd=4 gen=1 calls_in=2 bytes_in=20 calls_out=1 bytes_out=5\n");
	const struct channel *to_child = find(model, 11), *to_parent = find(model, 10);

	cr_assert_eq(to_child->total.bytes_out, 20);
	cr_assert_eq(to_child->total.bytes_in, 20);
	cr_assert_eq(to_parent->total.bytes_out, 5);
	cr_assert_eq(to_parent->total.bytes_in, 5);
	cr_assert_eq(to_child->ends->process->number, 1);
	cr_assert_eq(to_child->ends->next->process->number, 2);
	model_free(model);
}

Test(channel, totals_behind_a_death_count)
{
	struct model *model =
		trace_model(ROOT "0.1 1 0 proc_exit source=2\n0.2 1 0 fd_total fd=4 gen=1 calls_out=2 bytes_out=20\n");

	cr_assert_eq(find(model, 7)->total.bytes_out, 20);
	model_free(model);
}

Test(channel, a_descriptor_known_by_nobody_is_no_channel)
{
	struct model *model =
		trace_model("0.1 1 0 proc pid=1 how=7\n0.2 1 0 fd_total fd=9 gen=1 calls_out=2 bytes_out=20\n");

	cr_assert_null(model_channels(model));
	model_free(model);
}

Test(channel, standard_streams_of_the_run_have_their_names)
{
	struct model *model =
		trace_model(ROOT "0.02 1 0 fd_seen fd=0 kind=3 ino=70\n0.02 1 0 fd_seen fd=1 kind=3 ino=71 flags=1\n"
				 "0.02 1 0 fd_seen fd=2 kind=3 ino=71 flags=1\n0.03 2 0 proc pid=101 parent=1 how=1\n"
				 "0.04 2 0 fd_seen fd=1 kind=3 ino=7 flags=1\n");
	const char *name;

	channel_use(model, find(model, 70), &name);
	cr_assert_str_eq(name, "stdin");
	channel_use(model, find(model, 71), &name);
	cr_assert_str_eq(name, "stdout, stderr");
	channel_use(model, find(model, 7), &name);
	cr_assert_null(name, "a child's is the program's own");
	model_free(model);
}

#define LIB "/usr/lib/python3.11/"

Test(channel, a_pipe_of_both_ways_is_a_socket_pair_that_multiprocessing_made)
{
	struct model *model = trace_model(
		"0 0 0 stack id=1 kind=1 frames=\"" LIB "socket.py:607 socketpair\\n" LIB
		"multiprocessing/connection.py:538 Pipe\\n" LIB "multiprocessing/context.py:62 BaseContext.Pipe\\n"
		"/u/app.py:7 <module>\"\n"
		"0 0 0 stack id=2 kind=1 frames=\"" LIB "socket.py:607 socketpair\\n/u/app.py:9 <module>\"\n"
		"0 0 0 source line=7 state=0 file=\"/u/app.py\" text=\"left, right = mp.Pipe()\"\n"
		"0.01 1 0 proc pid=100 how=7\n0.01 1 100 start how=7 pid=100\n"
		"0.02 1 100 socketpair a=3 b=4 type=1 ino_a=70 ino_b=71 stack=1\n"
		"0.02 1 100 socketpair a=5 b=6 type=1 ino_a=72 ino_b=73 stack=2\n");
	char variable[VARIABLE_SIZE];
	const char *name;

	channel_use(model, find(model, 70), &name);
	cr_assert_str_eq(name, "Pipe");
	cr_assert(model_variable(model, find(model, 70)->stack, variable, sizeof(variable)));
	cr_assert_str_eq(variable, "left, right");
	channel_use(model, find(model, 72), &name);
	cr_assert_null(name, "the program's own");
	model_free(model);
}
