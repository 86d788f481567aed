/* recording_totals.h: totals that grow (of threads, descriptors, locks) are told again and again. When a recording has
 * used half of its room, fewer of them are written: what is newer replaces what still waits, and the last one always
 * gets into the file. So totals stay exact however long a program runs, only their course becomes coarser. */
#ifndef MPW_RECORDING_TOTALS_H
#define MPW_RECORDING_TOTALS_H

#include "wire/event.h"

struct held_totals;

/* Called with a total whose time to be written has come. */
typedef void held_totals_write(void *context, const struct event *event);

struct held_totals *held_totals_new(held_totals_write *write, void *context);

/* 1 if the event is one of the totals that may wait. */
int held_totals_includes(unsigned type);

/* Takes a total: writes it, or keeps it until 2^level seconds have passed since the last one of the same thread,
 * descriptor or lock. 1 if it replaced one that had not been written. */
int held_totals_put(struct held_totals *totals, const struct event *event, unsigned level);

/* Writes what must stand before `event`: the totals of a process that ends or runs a new image, of a descriptor or lock
 * whose final count it is, or all of them at the end. They get the event's time: nothing was counted since. */
void held_totals_before(struct held_totals *totals, const struct event *event);

/* Writes all that wait, with this time. */
void held_totals_flush(struct held_totals *totals, uint64_t ts_ns);
void held_totals_free(struct held_totals *totals);

#endif
