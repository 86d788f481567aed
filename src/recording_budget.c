/* recording_budget.c: see recording_budget.h. */
#include "recording_budget.h"

#include "wire/kinds.h"

enum rank { RANK_ALWAYS, RANK_OWNERSHIP, RANK_DETAIL };
enum { LEVEL_NONE_LEFT = 64, SECOND_NS = 1000000000, SHORT_BLOCK_NS = 1000000 };

static const uint8_t ranks[EV_COUNT] = {
	[EV_BLOCK] = RANK_DETAIL,
	[EV_THREAD_STATE] = RANK_DETAIL,
	[EV_PROC_SAMPLE] = RANK_DETAIL,
	[EV_PYTASK] = RANK_DETAIL,
	[EV_FD_OPEN] = RANK_OWNERSHIP,
	[EV_PIPE] = RANK_OWNERSHIP,
	[EV_SOCKPAIR] = RANK_OWNERSHIP,
	[EV_FD_DUP] = RANK_OWNERSHIP,
	[EV_FD_CLOSE] = RANK_OWNERSHIP,
	[EV_FD_CLOSE_RANGE] = RANK_OWNERSHIP,
	[EV_FD_CLOEXEC] = RANK_OWNERSHIP,
	[EV_FD_PASS] = RANK_OWNERSHIP,
	[EV_LOCK_OPEN] = RANK_OWNERSHIP,
	[EV_LOCK_CLOSE] = RANK_OWNERSHIP,
	[EV_MAP] = RANK_OWNERSHIP,
	[EV_UNMAP] = RANK_OWNERSHIP,
	[EV_RESIZE] = RANK_OWNERSHIP,
};

static enum rank rank_of(const struct event *event)
{
	const struct ev_fd_open *open = &event->u.fd_open;

	if (event->type == EV_FD_OPEN && open->name &&
		(open->kind == FD_FILE || open->kind == FD_DIR || open->kind == FD_DEVICE))
		return RANK_DETAIL;
	/* The end of a state must not get lost, or the thread would look stuck for ever. */
	if (event->type == EV_THREAD_STATE && event->u.thread_state.call == 0)
		return RANK_OWNERSHIP;
	return ranks[event->type];
}

/* How often the room for detail has been halved: 0 all is kept, 1 every second, 2 every fourth ... */
static unsigned level_at(uint64_t room, uint64_t used)
{
	unsigned level = 0;

	if (used >= room)
		return LEVEL_NONE_LEFT;
	for (uint64_t left = room - used; left <= room / 2; left *= 2)
		level++;
	return level;
}

/* A block twice as long is thinned one level later. */
static unsigned block_level(unsigned level, uint64_t duration_ns)
{
	for (; level && duration_ns >= 2 * SHORT_BLOCK_NS; duration_ns /= 2)
		level--;
	return level;
}

/* One of 2^level numbers, spread so that a regular pattern of processes is not cut at always the same one. */
static int is_chosen(uint64_t number, unsigned level)
{
	return level == 0 || (level < 32 && number * UINT64_C(0x9e3779b97f4a7c15) >> (64 - level) == 0);
}

static int keeps_detail(struct budget *budget, const struct event *event, uint64_t used)
{
	unsigned level = level_at(budget->bytes / 4 * 3, used);
	uint64_t number = budget->seen[event->type]++;

	if (level == LEVEL_NONE_LEFT)
		return 0;
	if (event->type == EV_BLOCK)
		level = block_level(level, event->u.block.dur);
	if (event->type == EV_PROC_SAMPLE) /* all processes at the same seconds: they are compared */
		number = event->ts_ns / SECOND_NS;
	return is_chosen(number, level);
}

int budget_keeps(struct budget *budget, const struct event *event, uint64_t used)
{
	enum rank rank = rank_of(event);
	int keep = 1;

	if (budget->bytes == 0 || rank == RANK_ALWAYS)
		return 1;
	if (rank == RANK_OWNERSHIP)
		keep = used < budget->bytes / 16 * 15;
	else
		keep = keeps_detail(budget, event, used);
	budget->thinned += !keep;
	return keep;
}

unsigned budget_totals_level(const struct budget *budget, uint64_t used)
{
	return budget->bytes ? level_at(budget->bytes / 16 * 15, used) : 0;
}

int budget_is_essential(const struct event *event)
{
	return rank_of(event) == RANK_ALWAYS;
}
