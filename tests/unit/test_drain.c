/* Rings to events: order, text, stacks, damage, births and deaths. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chunk_state.h"
#include "fake_probe.h"
#include "later.h"
#include "ring_reader.h"
#include "totals.h"
#include "wire/calls.h"

#define GONE_PID 4999999 /* above any pid_max: never there */

static void close_record(struct thread_block *th, int fd, uint64_t ticks)
{
	struct rec_fd_close record = {.fd = fd};

	fake_emit(th, EV_FD_CLOSE, 0, 0, ticks, &record, sizeof(record));
}

Test(drain, a_process_and_its_events)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 77, 0, now);

	close_record(&p->main, 5, now + 1);
	drain_round(s->drain, true);
	cr_assert_not_null(fake_find(s, EV_PROC, 1, 0));
	cr_assert_eq(fake_find(s, EV_PROC, 1, 0)->u.proc.pid, getpid());
	cr_assert_eq(fake_find(s, EV_START, 1, 0)->u.start.serial, 77);
	cr_assert_eq(fake_find(s, EV_FD_CLOSE, 1, 0)->u.fd_close.fd, 5);
	cr_assert_eq(fake_find(s, EV_FD_CLOSE, 1, 0)->tid, (uint32_t)getpid());
	cr_assert_eq(p->main.read, p->main.written, "room is given back");
	fake_session_free(s);
}

Test(drain, order_is_that_of_time_and_births_come_first)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct rec_fork fork_record = {.child = GONE_PID, .call = CALL_fork, .how = START_FORK};
	struct proc_chunk *child, *parent;
	uint32_t born = 0, forked = 0, closed = 0, first = 0;

	/* The child's chunk is read first: it has the lower number. */
	child = fake_process(s, GONE_PID, START_FORK, 2, 1, now + 20);
	parent = fake_process(s, getpid(), START_IMAGE, 1, 0, now);
	fake_emit(&parent->main, EV_FORK, 0, 0, now + 10, &fork_record, sizeof(fork_record));
	close_record(&child->main, 9, now + 30);
	close_record(&parent->main, 8, now + 25);
	drain_round(s->drain, true);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct event *e = &s->events[i];

		if (e->type == EV_FORK)
			forked = i;
		else if (e->type == EV_PROC && e->proc == 2)
			born = i;
		else if (e->type == EV_FD_CLOSE && e->proc == 2)
			closed = i;
		else if (e->type == EV_FD_CLOSE && e->proc == 1)
			first = i;
	}
	cr_assert(forked < born && born < first && first < closed, "%u %u %u %u", forked, born, first, closed);
	cr_assert_eq(s->events[born].u.proc.parent, 1);
	cr_assert_eq(s->events[born].u.proc.how, START_FORK);
	cr_assert_null(fake_find(s, EV_PROC, 3, 0), "born once");
	fake_session_free(s);
}

Test(drain, a_child_may_speak_before_its_parent)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct rec_fork fork_record = {.child = GONE_PID, .call = CALL_vfork, .how = START_VFORK};
	struct proc_chunk *parent = fake_process(s, getpid(), START_IMAGE, 1, 0, now);

	fake_process(s, GONE_PID, START_VFORK, 2, 1, now + 20);
	drain_round(s->drain, true);
	cr_assert_eq(fake_find(s, EV_PROC, 2, 0)->u.proc.parent, 1);
	fake_emit(&parent->main, EV_FORK, 0, 0, now + 10, &fork_record, sizeof(fork_record));
	drain_round(s->drain, true);
	cr_assert_not_null(fake_find(s, EV_FORK, 1, 0));
	cr_assert_null(fake_find(s, EV_PROC, 3, 0), "it is the same child");
	fake_session_free(s);
}

Test(drain, newer_than_the_round_waits_for_the_next)
{
	struct fake_session *s = fake_session_new();
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, fake_now(s));

	close_record(&p->main, 5, fake_now(s) + 3600000000000u); /* a time that can not be: it counts as now */
	drain_round(s->drain, false);
	cr_assert_null(fake_find(s, EV_FD_CLOSE, 0, 0));
	drain_round(s->drain, false);
	cr_assert_not_null(fake_find(s, EV_FD_CLOSE, 0, 0));
	fake_session_free(s);
}

Test(drain, a_look_comes_in_its_place_among_the_records)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, now);
	struct event look = {.type = EV_FD_SEEN, .proc = 1, .u.fd_seen.target = "/a"};
	uint32_t order[3] = {0}, found = 0;

	close_record(&p->main, 5, now + 10);
	close_record(&p->main, 6, now + 30);
	look.ts_ns = session_clock_time(&s->collect.clock, now + 20);
	later_add(&s->collect, &look);
	drain_round(s->drain, true);
	for (uint32_t i = 0; i < s->count; i++)
		if (s->events[i].type == EV_FD_CLOSE || s->events[i].type == EV_FD_SEEN)
			order[found++ % 3] = s->events[i].type;
	cr_assert_eq(found, 3);
	cr_assert(order[0] == EV_FD_CLOSE && order[1] == EV_FD_SEEN && order[2] == EV_FD_CLOSE);
	fake_session_free(s);
}

Test(drain, text_belongs_to_the_next_record)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, now);
	struct rec_fd_open open_record = {.fd = 3};
	char text[48] = "/a/path/that/is/exactly/forty/eight/bytes/long/+", rest[48] = "tail";

	fake_emit(&p->main, EV_TEXT, 0, 0, now, text, 48);
	fake_emit(&p->main, EV_TEXT, 0, 0, now, rest, 48);
	fake_emit(&p->main, EV_FD_OPEN, 0, 0, now, &open_record, sizeof(open_record));
	fake_emit(&p->main, EV_FD_OPEN, 0, 0, now, &open_record, sizeof(open_record));
	for (unsigned i = 0; i < RECORD_TEXT_MAX / 48 + 3; i++)
		fake_emit(&p->main, EV_TEXT, 0, 0, now, text, 48); /* more than anybody may send */
	fake_emit(&p->main, EV_FD_OPEN, 0, 0, now, &open_record, sizeof(open_record));
	drain_round(s->drain, true);
	cr_assert_str_eq(
		fake_find(s, EV_FD_OPEN, 1, 0)->u.fd_open.name, "/a/path/that/is/exactly/forty/eight/bytes/long/+tail");
	cr_assert_null(fake_find(s, EV_FD_OPEN, 1, 1)->u.fd_open.name);
	cr_assert_eq(strlen(fake_find(s, EV_FD_OPEN, 1, 2)->u.fd_open.name), RECORD_TEXT_MAX);
	fake_session_free(s);
}

Test(drain, a_ring_wraps)
{
	struct fake_session *s = fake_session_new();
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, fake_now(s));
	int fd = 0;

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 333; i++)
			close_record(&p->main, fd++, fake_now(s));
		drain_round(s->drain, true);
	}
	for (int i = 0; i < fd; i++)
		cr_assert_eq(fake_find(s, EV_FD_CLOSE, 1, (unsigned)i)->u.fd_close.fd, i);
	cr_assert_eq(s->collect.corrupt, 0);
	fake_session_free(s);
}

Test(drain, stacks_are_numbered_once)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, now), *child;
	uint64_t here = (uint64_t)(uintptr_t)&fake_process;
	struct rec_frames one = {4711, 0, here, here + 1, here + 2, here + 3, here + 4},
			  two = {4711, 5, here + 5, 0, 0, 0, 0};
	struct rec_kill kill_record = {.target = 1, .sig = 9};

	fake_emit(&p->main, EV_FRAMES, 5, 0, now + 5, &one, sizeof(one));
	fake_emit(&p->main, EV_FRAMES, 1 | STACK_LAST, 0, now + 5, &two, sizeof(two));
	fake_emit(
		&p->main, EV_KILL, 0, 4711, now + 2, &kill_record, sizeof(kill_record)); /* its clock was read before */
	child = fake_process(s, GONE_PID, START_FORK, 2, 1, now + 10);
	fake_emit(&child->main, EV_KILL, 0, 4711, now + 11, &kill_record, sizeof(kill_record));
	drain_round(s->drain, true);
	cr_assert_eq(fake_find(s, EV_KILL, 1, 0)->stack, 1);
	cr_assert_eq(fake_find(s, EV_KILL, 2, 0)->stack, 1, "a forked child knows what its parent described");
	cr_assert_not_null(fake_find(s, EV_MODULE, 0, 0));
	cr_assert_null(fake_find(s, EV_STACK, 0, 1));
	cr_assert_not_null(strchr(fake_find(s, EV_STACK, 0, 0)->u.stack.frames, '+'));
	fake_session_free(s);
}

Test(drain, a_damaged_ring_is_skipped_and_counted)
{
	struct fake_session *s = fake_session_new();
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, fake_now(s));

	drain_round(s->drain, true);
	p->main.written += 1u << 20; /* more than fits */
	close_record(&p->main, 1, fake_now(s));
	drain_round(s->drain, true);
	close_record(&p->main, 2, fake_now(s));
	drain_round(s->drain, true);
	cr_assert_eq(fake_find(s, EV_FD_CLOSE, 1, 0)->u.fd_close.fd, 2, "it goes on behind the damage");
	fake_emit(&p->main, 999, 0, 0, fake_now(s), "x", 1); /* no such type */
	drain_round(s->drain, true);
	drain_totals(s->drain, false);
	cr_assert_eq(fake_find(s, EV_LOSS, 1, 0)->u.loss.reason, LOSS_CORRUPT);
	cr_assert_eq(fake_find(s, EV_LOSS, 1, 0)->u.loss.records, 2);
	fake_session_free(s);
}

Test(drain, totals_are_exact_over_an_exec)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, now), *q;

	p->main.count.calls = 10;
	p->main.count.blocked_ticks[CLASS_INPUT] = 1000;
	p->fds[7].calls_in = 3;
	p->fds[7].bytes_in = 300;
	drain_round(s->drain, true);
	drain_totals(s->drain, false);
	cr_assert_eq(fake_find(s, EV_THREAD_STAT, 1, 0)->u.thread_stat.calls, 10);
	cr_assert_eq(fake_find(s, EV_FD_TOTAL, 1, 0)->u.fd_total.bytes_in, 300);
	q = fake_process(s, getpid(), START_IMAGE, 2, 0, now + 50);
	q->main.count.calls = 5;
	drain_round(s->drain, true);
	drain_reap(s->drain, false);
	drain_totals(s->drain, false);
	cr_assert_eq(s->collect.watched->count, 1, "the same process");
	cr_assert_eq(fake_find(s, EV_THREAD_STAT, 1, 1)->u.thread_stat.calls, 15);
	cr_assert_eq(fake_find(s, EV_THREAD_STAT, 1, 1)->u.thread_stat.input_ns, 1000);
	fake_session_free(s);
}

Test(drain, chunks_of_the_dead_are_given_out_again)
{
	struct fake_session *s = fake_session_new();
	uint64_t serial = 10;

	fake_process(s, getpid(), START_IMAGE, 1, 0, fake_now(s));
	for (int round = 0; round < 300; round++) {
		uint64_t now = fake_now(s);
		struct proc_chunk *p = fake_process(s, GONE_PID + round, START_FORK, serial, 1, now);
		struct rec_exit end = {.status = 3};

		cr_assert_eq(p->main.written, 3);
		cr_assert_eq(p->fds[9].calls_in, 0, "a chunk comes zeroed: %d", round);
		p->fds[9].calls_in = 7;
		fake_emit(&p->main, EV_EXIT, 0, 0, fake_now(s), &end, sizeof(end));
		serial++;
		for (int i = 0; i < 3; i++) {
			drain_round(s->drain, false);
			drain_reap(s->drain, false);
		}
	}
	cr_assert_lt(s->collect.arena.backed, 300);
	cr_assert_gt(s->collect.arena.reused, 250);
	drain_round(s->drain, true);
	drain_reap(s->drain, true);
	cr_assert_eq(s->collect.watched->count, 301);
	cr_assert_eq(s->collect.watched->alive, 1);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 0, 0)->u.proc_exit.source, EXIT_SELF);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 0, 0)->u.proc_exit.status, 3 << 8);
	fake_session_free(s);
}

Test(drain, a_parents_wait_tells_the_status)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct proc_chunk *p = fake_process(s, getpid(), START_IMAGE, 1, 0, now);
	struct rec_waited waited = {.child = GONE_PID, .status = SIGKILL, .call = CALL_waitpid};

	fake_process(s, GONE_PID, START_FORK, 2, 1, now + 1);
	fake_emit(&p->main, EV_WAITED, 0, 0, now + 2, &waited, sizeof(waited));
	drain_round(s->drain, true);
	drain_reap(s->drain, true);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 2, 0)->u.proc_exit.source, EXIT_PARENT);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 2, 0)->u.proc_exit.status, SIGKILL);
	fake_session_free(s);
}

Test(drain, a_status_that_nobody_saw_is_not_guessed)
{
	struct fake_session *s = fake_session_new();

	fake_process(s, GONE_PID, START_FORK, 2, 1, fake_now(s));
	drain_round(s->drain, true);
	drain_reap(s->drain, true);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 1, 0)->u.proc_exit.source, EXIT_UNSEEN);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 1, 0)->u.proc_exit.status, -1);
	fake_session_free(s);
}

Test(drain, a_zombie_tells_its_status)
{
	struct fake_session *s = fake_session_new();
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	s->collect.kernel.pidfd = true;
	fake_process(s, child, START_FORK, 2, 1, fake_now(s));
	drain_round(s->drain, true);
	kill(child, SIGTERM);
	waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT);
	watched_check_gone(&s->collect, watched_by_pid(&s->collect, child), 1);
	drain_round(s->drain, true);
	drain_reap(s->drain, true);
	waitpid(child, NULL, 0);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 1, 0)->u.proc_exit.source, EXIT_ZOMBIE);
	cr_assert_eq(fake_find(s, EV_PROC_EXIT, 1, 0)->u.proc_exit.status, SIGTERM);
	fake_session_free(s);
}

Test(drain, an_end_that_nobody_could_look_at_has_its_own_time_on_a_cpu)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	struct proc_chunk *p;

	fake_process(s, getpid(), START_IMAGE, 1, 0, now);
	p = fake_process(s, GONE_PID, START_FORK, 2, 1, now + 1);
	p->main.count.calls = 3;
	drain_round(s->drain, true);
	p->main.cpu_ns = 70000000;
	watched_gone(&s->collect, watched_by_pid(&s->collect, GONE_PID), now + 2);
	drain_round(s->drain, true);
	drain_reap(s->drain, true);
	cr_assert_not_null(fake_find(s, EV_THREAD_STAT, 2, 0));
	cr_assert_eq(fake_find(s, EV_THREAD_STAT, 2, 0)->u.thread_stat.run_ns, 70000000);
	fake_session_free(s);
}

Test(drain, a_pid_that_is_used_again_is_another_process)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);

	fake_process(s, getpid(), START_IMAGE, 1, 0, now);
	fake_process(s, GONE_PID, START_FORK, 2, 1, now + 1);
	fake_process(s, GONE_PID, START_FORK, 3, 1, now + 2);
	drain_round(s->drain, true);
	cr_assert_eq(s->collect.watched->count, 3);
	drain_round(s->drain, true);
	drain_reap(s->drain, true);
	cr_assert_not_null(fake_find(s, EV_PROC_EXIT, 2, 0));
	cr_assert_not_null(fake_find(s, EV_PROC_EXIT, 3, 0));
	fake_session_free(s);
}

Test(drain, a_call_that_lasts_is_told_once)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	pid_t child = fork(); /* of a process that computes, as this one does, totals are told, and with them the call
				 again */
	struct proc_chunk *p;

	if (child == 0)
		for (;;)
			pause();
	p = fake_process(s, child, START_IMAGE, 1, 0, now);

	s->collect.clock.zero_ns -= 1000000000u; /* the session is a second old */
	p->main.board = (struct board){.call = CALL_read, .fd = 5, .since = now - 500000000u, .seq = 1};
	drain_round(s->drain, true);
	drain_totals(s->drain, false);
	drain_totals(s->drain, false);
	cr_assert_eq(fake_find(s, EV_THREAD_STATE, 1, 0)->u.thread_state.call, CALL_read);
	cr_assert_eq(fake_find(s, EV_THREAD_STATE, 1, 0)->u.thread_state.fd, 5);
	cr_assert_null(fake_find(s, EV_THREAD_STATE, 1, 1));
	drain_totals(s->drain, true);
	cr_assert_not_null(fake_find(s, EV_THREAD_STATE, 1, 1), "and again at the end");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	fake_session_free(s);
}

Test(drain, an_ended_thread_gives_its_chunk_back)
{
	struct fake_session *s = fake_session_new();
	uint64_t now = fake_now(s);
	uint32_t number;
	struct thread_block *th;

	fake_process(s, getpid(), START_IMAGE, 1, 0, now);
	number = fake_claim(s);
	th = arena_host_chunk(&s->collect.arena, number);
	th->head.serial = 1;
	th->tid = 123;
	th->ring_offset = THREAD_RING_OFFSET;
	th->ring_units = THREAD_RING_UNITS;
	th->count.calls = 4;
	th->head.kind = CHUNK_THREAD;
	close_record(th, 1, now + 1);
	th->ended = 1;
	drain_round(s->drain, true);
	drain_reap(s->drain, false);
	cr_assert_eq(fake_find(s, EV_FD_CLOSE, 1, 0)->tid, 123);
	cr_assert_eq(fake_find(s, EV_THREAD_STAT, 1, 0)->u.thread_stat.calls, 4);
	cr_assert_eq(th->written, 0);
	cr_assert_eq(fake_claim(s), number);
	fake_session_free(s);
}
