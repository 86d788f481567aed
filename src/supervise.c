#include "supervise_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "watched.h"
#include "session_socket.h"
#include "wire/kinds.h"

/* How often rings are read when nobody rings the bell: soon after a birth, since what is born may not live long. */
#define ROUND_BIRTH_NS 10000000u
/* Of births by the hundred nobody can look at each, and looking more often would be in their way. */
#define BIRTHS_MANY 16u
#define ROUND_BIRTHS_NS 30000000u
#define ROUND_BUSY_NS 50000000u
#define ROUND_IDLE_NS 200000000u
#define BIRTH_WATCH_NS 60000000u
#define IDLE_AFTER_NS 1000000000u
#define SECOND_NS 1000000000u

/* So long the program may take to end after SIGTERM. */
#define STOP_PATIENCE_NS 10000000000u

/* How often is looked who waits: of a run that ends soon, too, it must be known what it waited for. */
#define WAITS_NS 300000000u

/* How often is looked where Python threads run. */
#define RUNS_NS 100000000u

/* What the end of the root leaves for its descendants to end, too, so that a pipeline's ends are not cut off. */
#define LINGER_NS 30000000u

static uint64_t round_interval(const struct supervisor *supervisor, uint64_t now)
{
	if (now - supervisor->last_birth_ns < BIRTH_WATCH_NS)
		return supervisor->births > BIRTHS_MANY ? ROUND_BIRTHS_NS : ROUND_BIRTH_NS;
	if (now - supervisor->last_record_ns < IDLE_AFTER_NS)
		return ROUND_BUSY_NS;
	return supervisor->something_runs ? RUNS_NS : ROUND_IDLE_NS;
}

static void pidfd_ready(struct supervisor *supervisor, uint64_t data)
{
	struct watched *process = watched_by_number(&supervisor->collect, (uint32_t)(data >> 32));

	if (!process || process->gone)
		return;
	watched_gone(&supervisor->collect, process, session_clock_now(&supervisor->collect.clock));
	if (process->pidfd >= 0)
		epoll_ctl(supervisor->collect.events_fd, EPOLL_CTL_DEL, process->pidfd, NULL);
}

static void wait_for_something(struct supervisor *supervisor, uint64_t until_ns)
{
	uint64_t now = session_clock_now(&supervisor->collect.clock);
	struct epoll_event events[64];
	int count;

	count = epoll_wait(supervisor->collect.events_fd, events, 64,
		until_ns > now ? (int)((until_ns - now + 999999) / 1000000) : 0);
	for (int i = 0; i < count; i++) {
		uint64_t data = events[i].data.u64;

		if (data >> 32)
			pidfd_ready(supervisor, data);
		else if ((int)data == supervisor->signals)
			signals_handle(supervisor);
		else if ((int)data == supervisor->bell.fd)
			doorbell_answer(&supervisor->bell);
		else if ((int)data == supervisor->socket)
			session_socket_answer(&supervisor->collect, supervisor->socket, supervisor->root);
		else
			viewers_ready(&supervisor->viewers, (int)data);
	}
}

static void tick_emit(struct supervisor *supervisor)
{
	struct collect *collect = &supervisor->collect;
	struct event event = {.type = EV_TICK, .ts_ns = session_clock_now(&collect->clock)};

	event.u.tick.procs = collect->watched->alive;
	collect_emit(collect, &event);
	event = (struct event){.type = EV_CLOCK, .ts_ns = event.ts_ns};
	event.u.clock.ticks = collect->clock.last.ticks;
	event.u.clock.mono_ns = collect->clock.last.mono_ns;
	event.u.clock.clamped = collect->clock.clamped;
	collect_emit(collect, &event);
}

/* Nothing moves: what every thread is in is told, and the program is ended where that was asked for. */
static void hang_found(struct supervisor *supervisor)
{
	const struct run_options *options = supervisor->run->options;
	struct hang *hang = &supervisor->hang;

	drain_totals(supervisor->drain, true);
	hang_emit(hang, &supervisor->collect, SNAPSHOT_HANG);
	if (!options->stop_on_hang)
		return;
	say("nothing has moved for %u s: the program is ended (--on-hang=stop)",
		(unsigned)(options->hang_after_ms / 1000));
	hang->stopped_ns = session_clock_now(&supervisor->collect.clock);
	hang_emit(hang, &supervisor->collect, SNAPSHOT_STOP);
	hang_signal(&supervisor->collect, SIGTERM, true);
	hang_signal(&supervisor->collect, SIGCONT, true);
}

/* The first process may clean up; who is left behind it, or after the patience, does not end by itself. */
static void hang_round(struct supervisor *supervisor, uint64_t now)
{
	struct hang *hang = &supervisor->hang;

	if (!hang->stopped_ns || hang->killed || (!supervisor->root_ended && now - hang->stopped_ns < STOP_PATIENCE_NS))
		return;
	hang->killed = true;
	hang_signal(&supervisor->collect, SIGKILL, false);
}

static void each_second(struct supervisor *supervisor)
{
	session_clock_anchor(&supervisor->collect.clock);
	sampler_second(supervisor->sampler, false);
	drain_totals(supervisor->drain, false);
	tick_emit(supervisor);
	switch (hang_look(&supervisor->hang, &supervisor->collect, supervisor->drain, supervisor->sampler)) {
	case HANG_NEW:
		hang_found(supervisor);
		break;
	case HANG_OVER:
		hang_emit(&supervisor->hang, &supervisor->collect, SNAPSHOT_GOES_ON);
		break;
	case HANG_NOTHING:
		break;
	}
	recording_commit(supervisor->writer);
}

static void one_round(struct supervisor *supervisor)
{
	uint64_t now = session_clock_now(&supervisor->collect.clock);

	drain_refill(supervisor->drain);
	if (drain_round(supervisor->drain, false) > 0)
		supervisor->last_record_ns = now;
	supervisor->births = drain_births(supervisor->drain);
	if (supervisor->births)
		supervisor->last_birth_ns = now;
	sampler_look(supervisor->sampler);
	drain_reap(supervisor->drain, false);
	if (now >= supervisor->next_second_ns) {
		supervisor->next_second_ns = now + SECOND_NS;
		supervisor->next_waits_ns = now + WAITS_NS;
		each_second(supervisor);
	} else if (now >= supervisor->next_waits_ns) {
		supervisor->next_waits_ns = now + WAITS_NS;
		drain_waits(supervisor->drain);
	}
	if (now >= supervisor->next_runs_ns) {
		supervisor->next_runs_ns = now + RUNS_NS;
		supervisor->something_runs = drain_runs(supervisor->drain);
	}
	hang_round(supervisor, now);
	session_screen_round(supervisor);
}

static bool session_goes_on(const struct supervisor *supervisor)
{
	if (supervisor->give_up)
		return false;
	if (!supervisor->root_ended)
		return true;
	return supervisor->run->options->wait == WAIT_TREE && supervisor->collect.watched->alive > 0;
}

static void linger(struct supervisor *supervisor)
{
	uint64_t until = session_clock_now(&supervisor->collect.clock) + LINGER_NS;

	while (session_clock_now(&supervisor->collect.clock) < until && !supervisor->give_up) {
		one_round(supervisor);
		if (supervisor->collect.watched->alive == 0)
			break;
		wait_for_something(supervisor, session_clock_now(&supervisor->collect.clock) + 5000000);
	}
}

int supervise(struct run *run, struct run_result *result)
{
	struct supervisor supervisor = {.run = run,
		.signals = -1,
		.socket = -1,
		.viewers = {.listening = -1},
		.hang = {.after_ns = (uint64_t)run->options->hang_after_ms * 1000000u}};
	int status = session_begin(&supervisor);

	if (status != 0)
		return status;
	while (session_goes_on(&supervisor)) {
		uint64_t now = session_clock_now(&supervisor.collect.clock);

		signals_note_gap(&supervisor);
		wait_for_something(&supervisor, now + round_interval(&supervisor, now));
		one_round(&supervisor);
	}
	linger(&supervisor);
	session_end(&supervisor, result);
	session_screen_end(&supervisor);
	return 0;
}

void end_like(int status, int exit_status)
{
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	struct rlimit no_core = {0, 0};
	sigset_t mask;

	if (!number)
		_exit(exit_status);
	if (getpid() != 1) {
		/* The program has left its core; a second one of ours would only be in its way. */
		prctl(PR_SET_DUMPABLE, 0);
		setrlimit(RLIMIT_CORE, &no_core);
		signal(number, SIG_DFL);
		sigemptyset(&mask);
		sigaddset(&mask, number);
		sigprocmask(SIG_UNBLOCK, &mask, NULL);
		kill(getpid(), number);
	}
	_exit(128 + number);
}
