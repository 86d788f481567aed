/* long_run.c: a recording like that of a long run with many workers, for tools/bench tui: by the writer that real runs
 * use, with their budget. Usage: long_run FILE WORKERS SECONDS */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "run_store.h"
#include "wire/calls.h"
#include "wire/kinds.h"

#define SECOND 1000000000ull
#define FIRST_PID 10000

static struct recording_writer *writer;
static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void put(struct event *event, unsigned type, uint32_t proc, uint64_t ts_ns)
{
	event->type = (uint16_t)type;
	event->proc = proc;
	event->ts_ns = ts_ns;
	if (recording_append(writer, event) != 0) {
		fputs("long_run: cannot write\n", stderr);
		exit(1);
	}
}

static void put_process(uint32_t number, uint64_t ts_ns)
{
	struct event proc = {.u.proc = {.pid = FIRST_PID + (int)number,
				     .parent = number > 1,
				     .how = number > 1 ? 1 : START_ROOT,
				     .exe = "/usr/bin/python3",
				     .cmdline = "python3 long.py",
				     .comm = "python3"}};
	struct event start = {.tid = FIRST_PID + number,
		.u.start = {
			.how = 1, .pid = FIRST_PID + (int)number, .ppid = number > 1 ? FIRST_PID + 1 : 1, .exe = ""}};
	struct event born = {
		.tid = FIRST_PID + 1, .u.fork = {.child = FIRST_PID + (int)number, .call = CALL_fork, .how = 1}};

	if (number > 1)
		put(&born, EV_FORK, 1, ts_ns);
	put(&proc, EV_PROC, number, ts_ns);
	put(&start, EV_START, number, ts_ns + 1000);
}

static void put_begin(unsigned workers)
{
	struct event run = {.u.run = {.pid = FIRST_PID + 1,
				    .cpus = 64,
				    .command = "python3 long.py",
				    .cwd = "/tmp",
				    .version = "bench",
				    .kernel = "6"}};
	struct event pipes = {.tid = FIRST_PID + 1};

	put(&run, EV_RUN, 0, 0);
	put_process(1, 1000);
	for (int i = 0; i < 2; i++) {
		pipes.u.pipe.rd = 3 + 2 * i;
		pipes.u.pipe.wr = 4 + 2 * i;
		pipes.u.pipe.ino = 100 + (uint64_t)i;
		put(&pipes, EV_PIPE, 1, 2000);
	}
	for (unsigned i = 0; i < workers; i++)
		put_process(i + 2, 10000000 + i * 100000ull);
}

struct worker {
	struct ev_thread_stat stat;
	uint64_t messages;
};

/* What a second of one worker leaves: its totals, the call it is in, now and then a sample and a long wait. */
static void put_second(struct worker *worker, uint32_t number, uint64_t ts_ns)
{
	uint32_t run = random_below(900), input = random_below(1000 - run);
	struct event stat = {.tid = FIRST_PID + number}, state = {.tid = FIRST_PID + number}, fd = {0}, sample = {0};

	worker->stat.calls += 40;
	worker->stat.run_ns += run * 1000000ull;
	worker->stat.input_ns += input * 1000000ull;
	worker->stat.output_ns += (1000 - run - input) * 1000000ull;
	worker->messages += 20;
	stat.u.thread_stat = worker->stat;
	put(&stat, EV_THREAD_STAT, number, ts_ns);
	if (random_below(2)) {
		state.u.thread_state = (struct ev_thread_state){
			.state = 'S', .call = CALL_read, .fd = 3, .since_ns = ts_ns - 50000000};
		put(&state, EV_THREAD_STATE, number, ts_ns);
	}
	fd.u.fd_total = (struct ev_fd_total){
		.fd = 6, .gen = 1, .calls_out = worker->messages, .bytes_out = worker->messages * 4096};
	put(&fd, EV_FD_TOTAL, number, ts_ns);
	sample.u.proc_sample =
		(struct ev_proc_sample){.cpu_ns = worker->stat.run_ns, .rss_kb = 50000 + run, .threads = 1, .fds = 8};
	put(&sample, EV_PROC_SAMPLE, number, ts_ns);
}

int main(int argc, char **argv)
{
	unsigned workers = argc == 4 ? (unsigned)atoi(argv[2]) : 0, seconds = argc == 4 ? (unsigned)atoi(argv[3]) : 0;
	struct worker *list = calloc(workers + 1, sizeof(*list));
	int fd = argc == 4 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	struct event tick = {.u.tick = {.procs = workers + 1}};

	if (fd < 0 || !workers || !list || recording_create(fd, RUN_BUDGET, &writer) != 0) {
		fputs("usage: long_run FILE WORKERS SECONDS\n", stderr);
		return 2;
	}
	put_begin(workers);
	for (unsigned second = 1; second <= seconds; second++) {
		uint64_t ts_ns = second * SECOND;

		for (unsigned i = 0; i < workers; i++)
			put_second(&list[i], i + 2, ts_ns + i * 1000ull);
		put(&tick, EV_TICK, 0, ts_ns + 900000000);
		if (recording_commit(writer) != 0)
			return 1;
	}
	free(list);
	return recording_finish(writer) != 0;
}
