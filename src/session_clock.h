/* session_clock.h: the session's time. Probes stamp records with ticks (rdtsc, or CLOCK_MONOTONIC in ns where the
 * kernel itself does not trust the counter); everything behind the drain is nanoseconds since the session began. */
#ifndef MPW_SESSION_CLOCK_H
#define MPW_SESSION_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_anchor {
	uint64_t ticks, mono_ns;
};

struct session_clock {
	bool tsc;
	uint64_t zero_ns;           /* CLOCK_MONOTONIC at the start of the session */
	struct clock_anchor first;  /* the longest base for the rate */
	struct clock_anchor before; /* last two anchors: times between them are interpolated */
	struct clock_anchor last;
	double ns_per_tick;
	uint32_t clamped; /* negative durations that were set to 0 */
};

/* `use_tsc` false: never the counter. The counter is only used where the kernel's clocksource is tsc. */
void session_clock_start(struct session_clock *clock, bool use_tsc);

/* Takes a new anchor; call about once a second. */
void session_clock_anchor(struct session_clock *clock);

uint64_t session_clock_ticks(const struct session_clock *clock);
/* Now, in ns since the session began. */
uint64_t session_clock_now(const struct session_clock *clock);

/* A moment in ticks as ns since the session began; moments before that are 0. */
uint64_t session_clock_time(const struct session_clock *clock, uint64_t ticks);
/* A duration. One that is negative (the threads' counters disagreed) is 0 and counted. */
uint64_t session_clock_span(struct session_clock *clock, uint64_t ticks);
uint64_t session_clock_to_ticks(const struct session_clock *clock, uint64_t ns);

#endif
