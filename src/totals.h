/* totals.h: exact counters of the arena as events: what threads did, bytes through descriptors, use of locks, losses,
 * and calls that threads are in now. Emits what changed since it was last emitted. */
#ifndef MPW_TOTALS_H
#define MPW_TOTALS_H

#include "chunk_state.h"

/* THREAD_STAT and the ring's losses of a PROC or THREAD chunk. `final`: nobody writes any more, nothing follows. */
void totals_thread(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns, bool final);

/* FD_TOTAL and LOCK_TOTAL of a process: its PROC, FDS and LOCKS chunks. */
void totals_process(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns);

/* The call that the thread of this chunk is in, 0: none. */
unsigned totals_call(const struct chunk_state *chunk);
/* PYWORK, PYMSG, PYCOPY and PYNOW of a PROC chunk. `final`: the process or image has ended, at ts_ns. */
void totals_python(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns, bool final);

/* A look at which call the thread is in: of one that did not read the clock it tells since when it is in there. */
void totals_entry(struct chunk_state *chunk, uint64_t ts_ns);

/* Is totals_board() about to tell of a call that the thread is in? */
bool totals_waits(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns);

/* THREAD_STATE if the thread is in a call for longer than 100 ms, once per call and totals; `again`: also if it was
 * told before. Comes behind the thread's totals: those it contains are of calls before. */
void totals_board(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns, bool again);

/* The same from /proc for a thread whose board is empty: about once a second. */
void totals_sampled(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns);

/* Bytes moved and locks taken or released by the thread, or the process of a PROC chunk. */
uint64_t totals_moved(const struct collect *collect, const struct chunk_state *chunk);
/* Since when a process's main thread is in one sleep; 0: it is in none. */
uint64_t totals_sleeps_since(struct collect *collect, struct chunk_state *chunk);

/* THREAD_STATE of a thread whose process or image ended while it was in a call: until ts_ns. */
void totals_last_board(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns);

/* Adds the counters of an image that is over to the process, whose next image begins at 0. */
void totals_carry(struct collect *collect, struct chunk_state *chunk);

/* A call that ended has blocked for `ns` that were cut out of the session: its counters contain them. `proc`: the
 * chunk of its process, NULL not known. */
void totals_cut(struct chunk_state *chunk, struct chunk_state *proc, const struct ev_block *block, uint64_t ns);
/* How much of a counter of the process is that; `forget`: the counter ends. */
uint64_t totals_cut_of(struct chunk_state *proc, int what, uint64_t key, bool forget);

void loss_emit(struct collect *collect, uint32_t proc, uint32_t tid, uint32_t reason, uint64_t records,
	const char *what, uint64_t ts_ns);

#endif
