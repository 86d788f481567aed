/* chunk_state.h: what the drain remembers of each chunk that somebody has claimed. Shared by drain (records) and totals
 * (counters). */
#ifndef MPW_CHUNK_STATE_H
#define MPW_CHUNK_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "watched.h"
#include "ring_reader.h"
#include "sampled.h"
#include "stack_table.h"

#define RECORD_TEXT_MAX 1024u

struct frames_buffer {
	uint32_t id, count;
	uint32_t parent; /* of a Python stack: the probe's id of its native one, or 0 */
	bool broken;     /* a piece was lost */
	uint64_t address[STACK_FRAMES_MAX];
};

/* Time that is in a counter of the program and was cut out of the session since: of a descriptor or lock of the
 * process.
 */
struct counter_cut {
	enum { CUT_NOTHING, CUT_IN, CUT_OUT, CUT_LOCK } what;
	uint64_t key; /* descriptor or address */
	uint64_t ns;
};

/* What was last emitted of one descriptor or lock, so that only changes are. */
struct fd_told {
	uint64_t sum; /* of all its counters */
	uint32_t gen;
};

/* What was last emitted of a process's Python tasks and messages. */
struct python_told {
	uint32_t slot;    /* number of its first row among those of all images of the process */
	uint64_t copy_ns; /* of earlier images */
	uint64_t copy_ticks;
	uint64_t tasks[PROC_TASKS], messages[PROC_MESSAGES]; /* counts */
	uint32_t waited;                                     /* rows that were put off for a stack */
	uint32_t task_seq;                                   /* of the task that was told as begun, or 0 */
};

/* Where a Python thread was seen running. */
struct run_told {
	uint64_t cpu_ns;         /* CPU time of its process at the last look */
	uint32_t stack, samples; /* seen there last, and so often since it was told */
	bool denied;
};

struct chunk_state {
	uint32_t number; /* in the arena */
	uint32_t kind;   /* enum chunk_kind at claim */
	uint32_t owner;
	uint64_t serial;
	int32_t tid;
	struct ring_reader reader; /* PROC and THREAD only */
	struct image *image;       /* NULL until its START was seen */
	uint32_t pending;          /* records in the round's list */
	uint64_t corrupt_told;
	uint64_t finished_ns; /* no writer since then, 0: there may be one */
	/* pieces that belong to the next record */
	size_t text_length;
	char text[RECORD_TEXT_MAX + 1];
	struct frames_buffer *frames, *python_frames;
	/* last emitted totals */
	uint64_t calls_told, sum_told, calls_seen;
	uint64_t run_ns;
	uint64_t lost_told[3];
	uint32_t board_seq;   /* of the entry told by THREAD_STATE, ... */
	uint32_t board_stack; /* ... and its stack */
	uint64_t board_told;  /* ... and calls_told then */
	uint32_t entry_seq;   /* of the entry found at the last look, ... */
	uint64_t entry_ns;    /* ... and when it was found there first */
	struct run_told run;
	struct sampled sampled; /* what the kernel said where the board says nothing */
	struct fd_told *fds;    /* by fd */
	uint32_t fd_count;
	struct fd_told *locks;
	uint32_t lock_count;
	uint32_t threads_lost_told;
	/* what the counters contain of time that was cut out */
	uint64_t class_cut_ns[8];
	struct counter_cut *cuts; /* PROC only */
	uint32_t cut_count;
	struct python_told *python; /* PROC only; NULL: nothing was told */
};

#endif
