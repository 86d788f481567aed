#include "hang.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "watched.h"
#include "wire/kinds.h"

/* So much of one CPU is work; less is what loops that look again and again take. */
#define WORK_PERCENT 5u

static bool has_worked(struct hang *hang, uint64_t cpu_ns, uint64_t now)
{
	uint64_t before = hang->cpu_ns, span = now - hang->looked_ns;

	hang->cpu_ns = cpu_ns;
	hang->looked_ns = now;
	return cpu_ns > before && (cpu_ns - before) * 100 > span * WORK_PERCENT;
}

enum hang_news hang_look(struct hang *hang, struct collect *collect, struct drain *drain, struct sampler *sampler)
{
	uint64_t now = session_clock_now(&collect->clock), cpu_ns = 0, signature;
	bool moved;

	if (hang->after_ns == 0 || hang->stopped_ns)
		return HANG_NOTHING;
	signature = drain_moved(drain) + sampler_moved(sampler, &cpu_ns) + ((uint64_t)collect->watched->count << 40) +
		    ((uint64_t)collect->watched->alive << 52);
	moved = has_worked(hang, cpu_ns, now) || signature != hang->signature || hang->quiet_since_ns == 0;
	hang->signature = signature;
	if (moved) {
		bool over = hang->told;

		hang->quiet_since_ns = now;
		hang->told = false;
		return over ? HANG_OVER : HANG_NOTHING;
	}
	if (hang->told)
		return HANG_NOTHING;
	if (drain_sleeper(drain, hang->quiet_since_ns)) {
		hang->quiet_since_ns = now; /* its time comes, and counts from then */
		return HANG_NOTHING;
	}
	if (now - hang->quiet_since_ns < hang->after_ns)
		return HANG_NOTHING;
	hang->told = true;
	return HANG_NEW;
}

void hang_emit(const struct hang *hang, struct collect *collect, uint32_t cause)
{
	struct event event = {.type = EV_SNAPSHOT, .ts_ns = session_clock_now(&collect->clock)};

	event.u.snapshot.cause = cause;
	event.u.snapshot.since_ns = hang->quiet_since_ns;
	collect_emit(collect, &event);
}

void hang_signal(struct collect *collect, int number, bool root_only)
{
	struct watched *process, *next;

	HASH_ITER(hh, collect->watched->all, process, next)
	{
		if (process->gone || (root_only && !process->root))
			continue;
		if (process->pidfd < 0 || syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0) != 0)
			kill(process->pid, number);
	}
}
