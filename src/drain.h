/* drain.h: from the rings of all threads to events in order of time. The only module that knows what lies in a chunk.
 *
 * A round: copy what waits in every ring, sort by time, keep back what is newer than the round's begin (another ring
 * may still have something older), and turn the rest into events. Births and deaths are found on the way. */
#ifndef MPW_DRAIN_H
#define MPW_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "collect.h"

struct drain;

struct drain *drain_new(struct collect *collect);
void drain_free(struct drain *drain);

/* One round; `last`: nothing is kept back. Returns the number of records read. */
uint32_t drain_round(struct drain *drain, bool last);

/* Empties the rings if somebody rang since: called between things that take long. What was read waits for the next
 * round. */
void drain_relieve(struct drain *drain);

/* Changed totals of all threads, descriptors and locks; about once a second. `last`: also every call somebody is still
 * in. */
void drain_totals(struct drain *drain, bool last);

/* Calls that threads are in for long, with the totals that go before them: more often than all totals. */
void drain_waits(struct drain *drain);

/* Where Python threads run now; some times a second. False: none does. */
bool drain_runs(struct drain *drain);

/* A number that changes when bytes went through descriptors or locks were taken. */
uint64_t drain_moved(struct drain *drain);
/* Is a process's main thread in one sleep since before that? */
bool drain_sleeper(struct drain *drain, uint64_t since_ns);

/* True when a new image spoke or is expected to since the last round: look again soon, it may not live long. */
uint32_t drain_births(const struct drain *drain);

/* Offers chunks where they run short: first thing when the doorbell rings. */
void drain_refill(struct drain *drain);

/* Ends what has ended: processes whose records are all out get their PROC_EXIT, chunks without a writer go back to the
 * arena. `last`: does not wait for parents to tell a status. */
void drain_reap(struct drain *drain, bool last);

/* Chunks in use, for the refill. */
uint32_t drain_chunks(const struct drain *drain);

#endif
