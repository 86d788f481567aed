/* inner_pids.h: which of our pids is a process of an inner pid namespace? What it says of itself is a pid of its own
 * namespace, and its /proc may be its own, too. */
#ifndef MPW_INNER_PIDS_H
#define MPW_INNER_PIDS_H

#include "watched.h"

/* The pid that a process means which says `claimed` of itself: that one, if it can be it; else the descendant that has
 * `inner` as its innermost pid; 0 if none is found. `parent_is_inner`: then the claim says nothing. */
int32_t host_pid_of(const struct collect *collect, int32_t claimed, int32_t inner, bool parent_is_inner);

#endif
