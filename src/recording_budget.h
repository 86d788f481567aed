/* recording_budget.h: which events a recording leaves out to stay below its size. A rule of event, its count and the
 * bytes so far only: no clock, no chance, so the same events always give the same recording. */
#ifndef MPW_RECORDING_BUDGET_H
#define MPW_RECORDING_BUDGET_H

#include "wire/event.h"

struct budget {
	uint64_t bytes;          /* 0: no limit, everything is kept */
	uint64_t thinned;        /* events left out */
	uint64_t seen[EV_COUNT]; /* detail events by type */
};

/* 1 if the event is to be kept when the recording has `used` bytes; 0 if it is to be left out, which is counted.
 *
 * Detail (BLOCK, THREAD_STATE, PROC_SAMPLE, PYTASK, FD_OPEN of files by name) has three quarters of the budget: when
 * half of those are used every second is kept, when half of the rest is used every fourth, and so on. Long blocks
 * survive longest. Ownership (descriptors, mappings, locks) is kept until fifteen sixteenths are used. Processes,
 * failures, totals, stacks, symbols and losses: always. */
int budget_keeps(struct budget *budget, const struct event *event, uint64_t used);

/* 1 for events that are never left out. */
int budget_is_essential(const struct event *event);

/* How long totals may wait, in powers of two seconds (recording_totals.h): 0 until half of the budget's room is used.
 */
unsigned budget_totals_level(const struct budget *budget, uint64_t used);

#endif
