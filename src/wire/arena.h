/* arena.h: the shared memory between the program's processes (writers) and the collector (reader).
 *
 * A memfd: one control page, then windows of 4 MiB, each of 128 chunks of 32 KiB; chunk 0 of a window is its header.
 * A process maps the control page and one window and keeps no descriptor. It claims chunks by clearing a bit in the
 * window's bitmap (acquire); only the collector sets bits again (release), after it has drained and zeroed the chunk. A
 * chunk is backed by real memory before its bit is ever set, so touching it can not raise SIGBUS, and the collector has
 * written to each of its pages, so that the kernel's fault-around maps all of them into a forked child at its first
 * read (pages that were only allocated are left out of that: mm/filemap.c, filemap_map_pages). Positions in here are
 * offsets and chunk numbers, never pointers: the collector treats all of it as written by a stranger: copy, validate,
 * use. */
#ifndef MPW_WIRE_ARENA_H
#define MPW_WIRE_ARENA_H

#include <stdint.h>

#include "wire/event.h"

#define ARENA_MAGIC 0x3177706d616e7261ull
#define ARENA_VERSION 5u
#define ARENA_CONTROL_SIZE 4096u
#define ARENA_CHUNK_SIZE 32768u
#define ARENA_WINDOW_CHUNKS 128u
#define ARENA_WINDOW_SIZE (ARENA_CHUNK_SIZE * ARENA_WINDOW_CHUNKS)
#define ARENA_MAX_WINDOWS 1024u

/* What block_event_ticks is in real time. */
#define ARENA_BLOCK_EVENT_NS 1000000u

/* arena_control.flags */
#define ARENA_TSC 1u         /* the clock is rdtsc; else CLOCK_MONOTONIC in ns */
#define ARENA_STACKS 2u      /* record native stacks */
#define ARENA_STACKS_FULL 4u /* ... also of every blocked call */
#define ARENA_PYTHON 8u      /* start the Python helper */
#define ARENA_RSEQ                                                                                                     \
	16u /* this kernel clears rseq_cs when a thread was switched out: probes may rely on it (probes/rseq.h) */

#define ARENA_STACKS_EARLY                                                                                             \
	32u /* the collector can not read where a Python thread waits: threads say it before each call */

struct arena_control {
	uint64_t magic;
	uint32_t version;
	uint32_t table_hash; /* event_table_hash() of the build */
	uint64_t nonce;      /* the session's random number: proves that an opened memfd is this session's */
	int32_t supervisor;  /* host pid */
	uint32_t flags;
	uint64_t block_event_ticks; /* a call that took at least this long is an event */
	uint64_t block_count_ticks; /* ... at least this long counts as blocked in the totals, else as moving data */
	uint32_t windows;           /* windows that exist; release by the collector */
	uint32_t window_hint;       /* window a new image should map: the one with most free chunks */
	uint32_t closed;            /* 1: the session has ended, nobody reads: be silent */
	uint32_t exhausted;         /* 1: no memory for more chunks: waiting for some is in vain */
	uint64_t lost_no_chunk;     /* atomic: claims that found no chunk */
	/* The doorbell has a line of its own: everybody reads the fields above on every call. */
	uint32_t doorbell __attribute__((
		aligned(64))); /* futex: bumped when a ring fills, chunks run out or a new image is there */
	uint32_t sleeping;     /* 1 while the collector waits on it */
	uint32_t rounds;       /* bumped each time the collector has read the rings: somebody does */
};
_Static_assert(sizeof(struct arena_control) <= ARENA_CONTROL_SIZE, "control page");

struct arena_window {
	uint64_t free_bits[ARENA_WINDOW_CHUNKS / 64]; /* 1: free to claim */
	uint32_t index;
	uint32_t offered; /* chunks backed by memory so far */
	uint32_t closed;  /* as in the control page: a forked child touches this page only */
	uint32_t spare;
	uint64_t claims; /* atomic: chunks ever claimed here; a process's serial is (index + 1) << 40 | claims at its
			    claim */
};

enum chunk_kind { CHUNK_FREE, CHUNK_PROC, CHUNK_THREAD, CHUNK_FDS, CHUNK_LOCKS };

/* First bytes of every chunk but 0. kind is stored last (release) by the claimer: a kind other than FREE means the rest
 * is set. */
struct chunk_head {
	uint32_t kind;
	uint32_t owner;  /* chunk number (window * 128 + index) of the PROC chunk this belongs to; itself for PROC */
	uint64_t serial; /* of the owning process */
};

/* What the thread is in. Written by the thread before a call that may block, cleared after. since and object are
 * written before call (release order on x86); a reader copies, then checks that seq did not change. */
#define BOARD_OTHER_THREAD (-2) /* waits for another thread of its process: no descriptor, no lock of the program's */

struct board {
	uint32_t call;   /* enum call_id, 0: in no watched call */
	int32_t fd;      /* or -1, or BOARD_OTHER_THREAD */
	uint64_t since;  /* 0: a thread that has not blocked for long does not read the clock at each call */
	uint64_t object; /* lock address, pid waited for */
	uint64_t sp;     /* stack pointer of the entry: a later call at or above it retires a stale entry */
	uint64_t site;   /* return address of the call: where the program made it */
	uint32_t stack;  /* stack id where known */
	uint32_t seq;    /* grows with every entry */
};

/* What the thread keeps for itself, to nobody else's interest. It lies here because a page of its own memory would have
 * to be copied after each fork. */
struct thread_own {
	uint32_t busy;     /* inside emit or unwinding: calls from a handler pass through */
	uint32_t quick;    /* calls that may still leave out the clock, see span_begin() */
	uint32_t left_out; /* quick calls that the next measured one stands for */
	int32_t calm; /* calls in a row during and before which the thread was not switched out; below 0: not yet */
	uint64_t calm_ticks, calm_cpu_ns; /* a moment, and its CPU time then, since when it was not switched out */
	const void *site;                 /* where the program made the call that is being handled, NULL: not known */
	uint32_t essential; /* what is being written belongs to a failure: it may use the ring's reserve */
	uint32_t named;     /* its name, as Python knows it, was told */
	uint32_t rest;      /* of a message whose length was just read: its length, and the descriptor */
	int32_t rest_fd;
	uint16_t restless; /* marks in a row that served few calls, see span_clock() */
	uint16_t unmarked; /* calls that go without one */
	/* Where its Python frames hang, for who reads them from outside while it runs: PyThreadState, of
	 * CPython 3.minor. */
	uint32_t python_minor;
	uint64_t python_state; /* 0: not known */
};

/* Exact totals of one thread. Ticks are the session's clock. move: transfers that did not block. */
struct thread_counters {
	uint64_t calls;
	uint64_t bytes_in, bytes_out;
	uint64_t move_ticks;
	uint64_t blocked_ticks[8]; /* by enum call_class */
	uint64_t events, lost_full, lost_signal;
};

/* Records of CARRY events may be shorter than their type; the reader fills up with 0. */
struct thread_block {
	struct chunk_head head;
	int32_t tid; /* as the process sees it */
	uint32_t ended;
	uint64_t cpu_ns; /* CPU time of the thread at its end */
	struct board board __attribute__((aligned(64)));
	struct thread_own own; /* begins in the board's line */
	struct thread_counters count __attribute__((aligned(64)));
	/* ring: single producer (this thread), single consumer (collector), in units of 16 bytes, counted without
	 * wrapping */
	uint32_t ring_units __attribute__((aligned(64)));
	uint32_t ring_offset;                       /* from the start of the chunk */
	uint64_t written;                           /* release by the producer after the record's bytes */
	uint64_t read __attribute__((aligned(64))); /* release by the collector when it is done with the bytes */
};

#define FD_QUIET 1u  /* a plain file with a low number: neither its opening nor its close is told */
#define FD_UNTOLD 2u /* the record of its opening found the ring full */

/* Totals of one descriptor since `gen` last changed. Ticks only count calls at or above block_count_ticks. */
struct fd_counters {
	uint64_t bytes_in, bytes_out;
	uint64_t calls_in, calls_out;
	uint64_t blocked_in, blocked_out;
	uint32_t gen;
	uint32_t quiet; /* FD_QUIET | FD_UNTOLD */
	uint32_t made;  /* how it was opened: enum fd_kind | call << 8 */
	uint32_t stack; /* ... and where: a stack id of this image, 0 not known */
};
_Static_assert(sizeof(struct fd_counters) == 64, "fd counters");

/* Totals of one shared lock in this process. addr 0: free entry; open addressing by address. */
struct lock_counters {
	uint64_t addr;
	uint64_t waited, longest; /* longest: of the waits */
	uint64_t held;  /* from takes to the releases by the same thread: of LOCK_HELD_EXACT takes, then of one
			   in LOCK_HELD_EVERY that stands for the others */
	uint64_t since; /* of a take whose release ends what is measured, or 0 */
	uint32_t takes, releases, waits;
	int32_t holder; /* tid that took it last and did not release it here, or 0 */
	uint32_t kind;
	uint32_t spare;
};
_Static_assert(sizeof(struct lock_counters) == 64, "lock counters");
#define LOCK_HELD_EXACT 64u
#define LOCK_HELD_EVERY 16u

#define PROC_FDS 192u      /* descriptors counted inside the PROC chunk */
#define FDS_PER_CHUNK 496u /* ... and in each further FDS chunk */
#define PROC_FD_CHUNKS 64u /* up to 31,936 descriptors; beyond, only per-thread totals */
#define PROC_LOCKS 24u
#define LOCKS_PER_CHUNK 504u
#define PROC_RING_OFFSET 16384u
#define PROC_RING_UNITS (16384u / RING_UNIT)
#define THREAD_RING_OFFSET 4096u
#define THREAD_RING_UNITS (28672u / RING_UNIT)

struct proc_block {
	uint64_t parent_serial;
	int32_t pid;      /* as the process sees it */
	int32_t ppid;     /* likewise */
	int32_t host_pid; /* as the collector sees it, 0 not known */
	uint32_t how;     /* enum start_how */
	uint32_t flags;   /* START_* */
	uint32_t silent;  /* enum unwatched_reason once the probe went silent, else 0 */
	uint64_t start_ticks;
	uint32_t exited;     /* 1: exit_status is set */
	int32_t exit_status; /* 0..255 */
	uint64_t cpu_ns;  /* CPU time of the process when it said so: /proc is gone by the time the collector looks */
	uint32_t execing; /* 1 between an exec call and its failure */
	uint32_t fd_chunks[PROC_FD_CHUNKS];
	uint32_t lock_chunk;
	uint32_t threads_lost; /* threads that found no chunk */
};

/* --- what the Python helper counts (probes/python) --- */

/* The task that the process is in. Written by the thread that took it; seq is odd while that goes on. */
struct task_board {
	uint32_t seq;
	uint32_t kind;       /* enum task_kind, 0: none */
	uint32_t func, name; /* stack id of the function's first line or 0; number of its name (PYNAME) */
	uint64_t since;
	uint64_t job; /* numbers that the library gave it */
	int64_t index;
	uint32_t items; /* a chunk has several */
	uint32_t spare;
};

/* Tasks of one function. done is added to last. */
struct task_counters {
	uint32_t func, name, kind, failed;
	uint64_t done, items, ticks, longest;
};

/* Messages of one kind, object and place. count is added to last. */
struct message_counters {
	uint32_t kind, out, what, place; /* what: a PYNAME; place: stack id */
	uint64_t count, bytes, ticks, largest;
};

/* The last row of tasks, and the last two of messages (received, sent), take what found no row of its own. */
#define PROC_TASKS 8u
#define PROC_MESSAGES 24u

struct python_block {
	struct task_board task;
	uint64_t copy_ticks;                /* of messages that the main thread made or read */
	uint32_t tasks_used, messages_used; /* rows; release by the writer after a row's key */
	struct task_counters tasks[PROC_TASKS];
	struct message_counters messages[PROC_MESSAGES];
};

/* The PROC chunk: page 0 main thread and process, page 0-1 locks, pages 1-3 descriptors and Python, pages 4-7 ring. */
struct proc_chunk {
	struct thread_block main; /* head first */
	struct proc_block proc __attribute__((aligned(64)));
	struct lock_counters locks[PROC_LOCKS] __attribute__((aligned(64)));
	struct fd_counters fds[PROC_FDS] __attribute__((aligned(64)));
	struct python_block python __attribute__((aligned(64)));
};
_Static_assert(sizeof(struct proc_chunk) <= PROC_RING_OFFSET, "proc chunk");

struct fds_chunk {
	struct chunk_head head;
	struct fd_counters fds[FDS_PER_CHUNK] __attribute__((aligned(64)));
};
_Static_assert(sizeof(struct fds_chunk) <= ARENA_CHUNK_SIZE, "fds chunk");

struct locks_chunk {
	struct chunk_head head;
	struct lock_counters locks[LOCKS_PER_CHUNK] __attribute__((aligned(64)));
};
_Static_assert(sizeof(struct locks_chunk) <= ARENA_CHUNK_SIZE, "locks chunk");

static inline uint64_t arena_window_offset(uint32_t window)
{
	return ARENA_CONTROL_SIZE + (uint64_t)window * ARENA_WINDOW_SIZE;
}

static inline uint64_t arena_chunk_offset(uint32_t chunk)
{
	return ARENA_CONTROL_SIZE + (uint64_t)chunk * ARENA_CHUNK_SIZE;
}

#endif
