#include "session_clock.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The kernel has watched the counter for us: it only selects tsc when it is constant and the same on all CPUs. */
static bool kernel_trusts_tsc(void)
{
	char name[16] = "";
	int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, name, sizeof(name) - 1);
	close(fd);
	return length > 3 && strncmp(name, "tsc\n", 4) == 0;
}

/* The two clocks can not be read at once: of three tries the one with the least time between counts. */
static struct clock_anchor anchor_take(bool tsc)
{
	struct clock_anchor best = {0, 0};
	uint64_t narrowest = UINT64_MAX;

	if (!tsc) {
		best.mono_ns = best.ticks = monotonic_ns();
		return best;
	}
	for (int i = 0; i < 3; i++) {
		uint64_t begin = __rdtsc(), ns = monotonic_ns(), end = __rdtsc();

		if (end - begin < narrowest) {
			narrowest = end - begin;
			best.ticks = begin + (end - begin) / 2;
			best.mono_ns = ns;
		}
	}
	return best;
}

void session_clock_start(struct session_clock *clock, bool use_tsc)
{
	memset(clock, 0, sizeof(*clock));
	clock->tsc = use_tsc && kernel_trusts_tsc();
	clock->first = anchor_take(clock->tsc);
	clock->before = clock->last = clock->first;
	clock->zero_ns = clock->first.mono_ns;
	clock->ns_per_tick = 1.0;
	/* A first rate, good to a few parts in a thousand; later anchors make it exact long before it matters. */
	while (clock->tsc && clock->last.mono_ns - clock->first.mono_ns < 100000)
		session_clock_anchor(clock);
}

void session_clock_anchor(struct session_clock *clock)
{
	struct clock_anchor now = anchor_take(clock->tsc);

	if (now.ticks <= clock->last.ticks || now.mono_ns <= clock->last.mono_ns)
		return;
	clock->before = clock->last;
	clock->last = now;
	if (clock->tsc)
		clock->ns_per_tick =
			(double)(now.mono_ns - clock->first.mono_ns) / (double)(now.ticks - clock->first.ticks);
}

uint64_t session_clock_ticks(const struct session_clock *clock)
{
	return clock->tsc ? __rdtsc() : monotonic_ns();
}

/* What was cut out of the session before this moment. */
static uint64_t cut_before(const struct session_clock *clock, uint64_t ns)
{
	uint64_t sum = clock->cut_before_ns;

	for (unsigned i = 0; i < clock->cut_count; i++) {
		const struct clock_cut *cut = &clock->cuts[i];

		if (ns > cut->begin_ns)
			sum += (ns < cut->end_ns ? ns : cut->end_ns) - cut->begin_ns;
	}
	return sum < ns ? sum : ns;
}

uint64_t session_clock_now(const struct session_clock *clock)
{
	uint64_t ns = monotonic_ns() - clock->zero_ns;

	return ns - cut_before(clock, ns);
}

uint64_t session_clock_start_unix_ns(const struct session_clock *clock)
{
	uint64_t since = session_clock_now(clock); /* first: a pause before the next line makes it late, not early */
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - since;
}

static uint64_t uncut_time(const struct session_clock *clock, uint64_t ticks)
{
	const struct clock_anchor *from = &clock->last;
	double rate = clock->ns_per_tick;
	int64_t ns;

	if (ticks < clock->last.ticks) {
		from = &clock->before;
		if (ticks >= from->ticks && clock->last.ticks > from->ticks)
			rate = (double)(clock->last.mono_ns - from->mono_ns) /
			       (double)(clock->last.ticks - from->ticks);
	}
	ns = (int64_t)((double)(int64_t)(ticks - from->ticks) * rate) + (int64_t)(from->mono_ns - clock->zero_ns);
	return ns > 0 ? (uint64_t)ns : 0;
}

uint64_t session_clock_time(const struct session_clock *clock, uint64_t ticks)
{
	uint64_t ns = uncut_time(clock, ticks);

	return ns - cut_before(clock, ns);
}

uint64_t session_clock_cut(struct session_clock *clock, uint64_t from_ticks, uint64_t to_ticks)
{
	uint64_t begin = uncut_time(clock, from_ticks), end = uncut_time(clock, to_ticks);

	if (end <= begin)
		return 0;
	if (clock->cut_count == CLOCK_CUTS) {
		clock->cut_before_ns += clock->cuts[0].end_ns - clock->cuts[0].begin_ns;
		memmove(clock->cuts, clock->cuts + 1, (CLOCK_CUTS - 1) * sizeof(clock->cuts[0]));
		clock->cut_count--;
	}
	clock->cuts[clock->cut_count++] = (struct clock_cut){begin, end};
	return end - begin;
}

uint64_t session_clock_cut_within(const struct session_clock *clock, uint64_t to_ticks, uint64_t span_ticks)
{
	if (clock->cut_count == 0 || span_ticks > to_ticks)
		return 0;
	return cut_before(clock, uncut_time(clock, to_ticks)) -
	       cut_before(clock, uncut_time(clock, to_ticks - span_ticks));
}

uint64_t session_clock_span(struct session_clock *clock, uint64_t ticks)
{
	if ((int64_t)ticks < 0) {
		clock->clamped++;
		return 0;
	}
	return (uint64_t)((double)ticks * clock->ns_per_tick);
}

uint64_t session_clock_to_ticks(const struct session_clock *clock, uint64_t ns)
{
	return (uint64_t)((double)ns / clock->ns_per_tick);
}
