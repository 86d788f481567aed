/* session_clock.h: the session's time. Probes stamp records with ticks (rdtsc, or CLOCK_MONOTONIC in ns where the
 * kernel itself does not trust the counter); everything behind the drain is nanoseconds since the session began. */
#ifndef MPW_SESSION_CLOCK_H
#define MPW_SESSION_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_anchor {
	uint64_t ticks, mono_ns;
};

/* A span of the session in which the program was stopped as a job: it counts nowhere. Nanoseconds as they would be
 * without cuts. */
struct clock_cut {
	uint64_t begin_ns, end_ns;
};
#define CLOCK_CUTS 16 /* the latest; older ones are taken off every moment */

struct session_clock {
	bool tsc;
	uint64_t zero_ns;           /* CLOCK_MONOTONIC at the start of the session */
	struct clock_anchor first;  /* the longest base for the rate */
	struct clock_anchor before; /* last two anchors: times between them are interpolated */
	struct clock_anchor last;
	double ns_per_tick;
	struct clock_cut cuts[CLOCK_CUTS];
	unsigned cut_count;
	uint64_t cut_before_ns; /* sum of those that are no longer listed */
	uint32_t clamped;       /* negative durations that were set to 0 */
};

/* `use_tsc` false: never the counter. The counter is only used where the kernel's clocksource is tsc. */
void session_clock_start(struct session_clock *clock, bool use_tsc);

/* Takes a new anchor; call about once a second. */
void session_clock_anchor(struct session_clock *clock);

uint64_t session_clock_ticks(const struct session_clock *clock);
/* Now, in ns since the session began. */
uint64_t session_clock_now(const struct session_clock *clock);
/* When the session began: ns of CLOCK_REALTIME, never too early: a file that was saved just before is older. */
uint64_t session_clock_start_unix_ns(const struct session_clock *clock);

/* Takes the time between two moments (ticks) out of the session: later moments come that much earlier. Returns how
 * much it was. */
uint64_t session_clock_cut(struct session_clock *clock, uint64_t from_ticks, uint64_t to_ticks);
/* How much of the span that ended at `to_ticks` was cut out. */
uint64_t session_clock_cut_within(const struct session_clock *clock, uint64_t to_ticks, uint64_t span_ticks);

/* A moment in ticks as ns since the session began; moments before that are 0. */
uint64_t session_clock_time(const struct session_clock *clock, uint64_t ticks);
/* A duration. One that is negative (the threads' counters disagreed) is 0 and counted. */
uint64_t session_clock_span(struct session_clock *clock, uint64_t ticks);
uint64_t session_clock_to_ticks(const struct session_clock *clock, uint64_t ns);

#endif
