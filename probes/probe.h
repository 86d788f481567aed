/* probe.h: what every part of the probe shares: the process's state, the thread's state, and the hot path of a wrapper.
 *
 * Manners inside someone else's process: never exit, print, allocate, take a lock the program can see, keep a
 * descriptor, start a thread or install a handler; errno is as the wrapped call left it; when anything is wrong, be
 * silent and count it.
 *
 * Three kinds of writers meet here. A signal handler may interrupt any line of this code in the same thread: `busy`
 * makes its calls pass straight through (counted). A vfork child runs on its parent's thread state while that thread is
 * stopped: it swaps the pointers in struct probe_tls and puts them back. A forked child has a copy of everything, but
 * struct probe_own reads 0 there (MADV_WIPEONFORK), so that it never writes into its parent's chunk, however it was
 * made. */
#ifndef MPW_PROBE_H
#define MPW_PROBE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <x86intrin.h>

#include "python/waits.h"
#include "raw.h"
#include "wire/arena.h"
#include "wire/calls.h"

#define EXPORT __attribute__((visibility("default")))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

enum thread_phase {
	THREAD_NEW,  /* has no block yet */
	THREAD_ON,   /* th, pr and pc are set */
	THREAD_LOST, /* no chunk was left: counted once, silent from then on */
	THREAD_GONE  /* its key destructor has run */
};

struct probe_tls {
	struct thread_block *th; /* NULL unless phase is THREAD_ON */
	struct proc_chunk
		*pc; /* the process that this thread speaks for: differs from probe.own->self in a vfork child */
	uint32_t phase;
	uint32_t busy;      /* is getting its block: calls from a handler pass through */
	uint32_t unwinding; /* libunwind's own calls are answered by us (stack.c) */
	uint32_t vfork_depth;
	uint32_t forked;                /* a forked child that has made no watched call yet */
	struct thread_block *parent_th; /* in a vfork child: to put back */
	struct proc_chunk *parent_pc;
	uint32_t parent_phase;
	uint64_t parent_serial;
	uint32_t key_rounds; /* times the key destructor put itself off */
	void *vfork_env;     /* environment made for an exec of the vfork child, unmapped by the parent */
	uint64_t vfork_env_size;
	uint64_t vfork_ticks;
	uint32_t vfork_stack;
	uint64_t serial; /* of that process, and its START_ flags: a forked child reads its parent's here, not in shared
			    memory */
	uint32_t start_flags;
	uint32_t same_pids; /* pids of that process are the collector's */
	uint64_t *switched; /* rseq_cs of this thread if the kernel tells us by it, else NULL */
};
_Static_assert(
	sizeof(struct probe_tls) <= 256, "thread state must stay small: it takes room in every thread's static TLS");
_Static_assert(offsetof(struct probe_tls, unwinding) == 24, "syscall.S reads it");

#define PROBE_MAX_WINDOWS 16

/* What belongs to this process alone, on a page that fork wipes instead of copying: a forked child starts with zeros
 * whoever made it, and neither side pays for copying the page when it writes here. */
struct probe_own {
	uint32_t alive;     /* ALIVE_YES; 0 in a forked child that has not spoken yet; ALIVE_QUIET */
	uint32_t unwinders; /* threads inside the unwinder (stack.c) */
	uint32_t forking;   /* a fork waits for them, or is going on */
	uint32_t mapping;   /* a thread is mapping another window */
	int32_t fd_highest; /* number of a descriptor so far */
	int32_t file_level; /* about the highest number that the last files got; see file_is_passing() */
	uint32_t file_level_age;
	struct proc_chunk *self; /* NULL: this process got no chunk */
	struct fd_counters *fd_chunks[PROC_FD_CHUNKS];
	struct lock_counters *lock_chunk;
};
_Static_assert(sizeof(struct probe_own) <= 4096, "one page");

struct probe {
	struct arena_control *control; /* NULL: inert */
	struct probe_own *own;         /* never NULL: zeros that are never written while inert */
	const char *single_threaded;   /* libc's __libc_single_threaded, or a byte that is always 0 */
	uint64_t block_count_ticks, block_event_ticks;
	ptrdiff_t rseq_offset; /* of a thread's rseq area from its thread pointer, 0: none */
	uint32_t tsc;
	uint32_t restricted; /* a seccomp filter is on: no system calls of our own */
	bool tid_in_tcb;     /* libc keeps each thread's id where we know it */
	uint32_t quiet;      /* silent for good, children included */
	uint32_t window_count;
	struct {
		uint32_t index;
		char *base;
	} windows[PROBE_MAX_WINDOWS];
	uint64_t session;           /* number in our own path, see wire/session.h */
	const char *path;           /* our own path as preloaded */
	const void *map;            /* our own struct link_map, NULL: not looked for yet */
	long (*clock)(int, void *); /* libc's own clock_gettime */
};

/* A store would make the kernel copy the page after each fork, also of the same value. */
static inline void errno_restore(int saved)
{
	if (unlikely(errno != saved))
		errno = saved;
}

#define ALIVE_YES 1u
#define ALIVE_QUIET 2u

extern struct probe probe __attribute__((visibility("hidden")));
extern __thread struct probe_tls probe_tls __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* --- thread.c --- */
/* Id of the calling thread; 0: it cannot be known without a system call that may be forbidden. `same`: libc made the
 * thread or process, so that what it keeps is this one's. */
int32_t thread_id(bool same);
void thread_find_id(void);
/* The slow side of probe_thread(): gives the thread its block, notices forks; NULL: be silent. Keeps errno. */
struct probe_tls *probe_thread_slow(struct probe_tls *t);

/* --- attach.c --- */
/* From now on this process writes nothing more and makes no extra system call. reason: enum unwatched_reason. */
void probe_silence(uint32_t reason);

/* --- arena_map.c --- */
/* Claims a chunk for the process with `serial`, owned by chunk `owner` (0: itself): NULL if none is left (counted).
 * Chunks are offered zeroed. *number gets its chunk number. The claimer fills it and then calls chunk_publish(). */
void *chunk_claim(uint32_t owner, uint64_t serial, uint32_t *number);
/* The same for a process, which gets its serial by it. */
struct proc_chunk *chunk_claim_process(void);
/* Makes the chunk visible to the collector, which reads kind with acquire order. */
static inline void chunk_publish(void *chunk, enum chunk_kind kind)
{
	__atomic_store_n(&((struct chunk_head *)chunk)->kind, (uint32_t)kind, __ATOMIC_RELEASE);
}
void doorbell_ring(void);
/* Gives the collector, which was called, a moment to make room. *naps: 0 at first. False: it has had its time. Only
 * where the loss would be worse than a wait of some milliseconds; after it was in vain not again until somebody reads.
 */
bool doorbell_wait(int *naps);

/* --- emit.c --- */
/* Has this process waited little so far for room for what says which channels and locks there are? */
bool emit_frame_may_wait(void);
/* Appends a record to this thread's ring; `busy` must be set by the caller or be irrelevant. 0, or -1 when it did not
 * fit (counted). */
int emit_record(struct probe_tls *t, unsigned type, unsigned flags, uint32_t stack, uint64_t ticks, const void *payload,
	size_t size);
/* The usual way: guards against handlers, keeps errno. */
int emit(struct probe_tls *t, unsigned type, uint32_t stack, uint64_t ticks, const void *payload, size_t size);
/* The same with text in front (at most 2 x 48 bytes of it are kept: the end of a longer one, since paths differ at
 * their end). */
int emit_text(struct probe_tls *t, unsigned type, uint32_t stack, uint64_t ticks, const void *payload, size_t size,
	const char *text);

/* Text for the next record of this ring, whole; `busy` as in emit_record(). */
void emit_pieces(struct probe_tls *t, uint64_t ticks, const char *text);

/* --- stack.c --- */
enum stack_want {
	STACK_IF_LOADED, /* only if the unwinder is there already: calls that malloc implementations make */
	STACK_BIRTH,     /* the same for births and signals; a Python stack has to find room in the ring */
	STACK_CREATION,  /* worth loading it after a few */
	STACK_FAILURE    /* worth loading it at once */
};
/* Id of the calling thread's native stack; while the unwinder is not loaded, of the one frame that t->th->own.site
 * tells; 0 if not to be had. Keeps errno. */
uint32_t stack_capture(struct probe_tls *t, enum stack_want want);
/* The same for what channels and locks there are: a Python stack is told also when the ring is more than half full. */
uint32_t stack_capture_kept(struct probe_tls *t, enum stack_want want);

/* Most children only exec or exit: they claim nothing, touch nothing and say nothing. Their birth is told by the
 * parent's FORK, their end by its wait or the kernel; the new image speaks for itself. */
static inline bool child_is_mute(const struct probe_tls *t)
{
	return t->forked || (t->vfork_depth && t->phase == THREAD_NEW);
}

/* --- the hot path
 * ------------------------------------------------------------------------------------------------------------ */
static inline struct probe_tls *probe_thread(void)
{
	struct probe_tls *t = &probe_tls;

	if (likely(t->th != NULL && !t->th->own.busy && probe.own->alive == ALIVE_YES))
		return t;
	return probe_thread_slow(t);
}

uint64_t probe_clock_slow(void);
/* CPU time by now of the process (CLOCK_PROCESS_CPUTIME_ID) or thread (CLOCK_THREAD_CPUTIME_ID), 0 if not to be had. */
uint64_t probe_cpu_ns(int clock);
/* The process says how it ends: a record, and the same in its chunk. call 0: return from main or exit(). */
void process_exits(struct probe_tls *t, uint32_t call, int status);

static inline uint64_t probe_now(void)
{
	if (likely(probe.tsc))
		return __rdtsc();
	return probe_clock_slow();
}

/* One instruction, so that a signal or a kill between two of them loses at most the call in progress. */
static inline void count_add(uint64_t *counter, uint64_t value)
{
	__asm__("addq %1, %0" : "+m"(*counter) : "er"(value) : "cc");
}

/* For counters that all threads of a process share. */
static inline void count_add_shared(uint64_t *counter, uint64_t value)
{
	if (likely(*probe.single_threaded))
		__asm__ volatile("addq %1, %0" : "+m"(*counter) : "er"(value) : "cc");
	else
		__asm__ volatile("lock addq %1, %0" : "+m"(*counter) : "er"(value) : "cc", "memory");
}

/* Reading the clock twice would cost more than the rest of a wrapper together. The kernel clears a thread's rseq_cs
 * whenever it switches the thread out or delivers a signal (rseq(2); kernel/rseq.c, rseq_ip_fixup), so a value that is
 * still there after a call proves that the call did not block; then the second reading is left out, but for large
 * transfers and one call in MEASURE_EVERY, which stands for the others in the time spent moving data.
 *
 * A thread that was not switched out for CALM_CALLS calls leaves out the first reading, too (`quick`). If one of these
 * calls does block, then since the moment calm_ticks all of the time that was not spent on a CPU belongs to this call,
 * as the mark is proof that nothing before it has cost any: the time it blocked is exact, from the thread's CPU time
 * then and now. One call in QUICK_CALLS is measured and stands for the others. */
#define MEASURE_EVERY 32u
#define MEASURE_BYTES 4096
#define CALM_CALLS 64
#define QUICK_CALLS 256u

/* When it switches a thread out, the kernel reads the mark and takes it away: that costs as much as some readings of
 * the clock. A mark pays that serves so many calls; after so many in a row that did not, so many calls read the clock
 * twice, before the next mark is tried. */
#define MARK_CALLS 4
#define MARKS_TRIED 4
#define UNMARKED_CALLS 64

struct rseq_mark {
	uint32_t version, flags;
	uint64_t start_ip, post_commit_offset, abort_ip;
} __attribute__((aligned(32)));
extern const struct rseq_mark rseq_mark __attribute__((visibility("hidden")));

/* A stay inside a call that may block. took: 0 if it did not and was not measured. */
struct span {
	uint64_t start, took;
	struct board outer; /* only if nested */
	bool nested;        /* a handler's call inside a blocked call of the same thread */
};

/* In an exported function: where the program called it. */
#define SITE __builtin_return_address(0)

static inline bool thread_was_switched(const struct probe_tls *t)
{
	return *(volatile uint64_t *)t->switched != (uint64_t)&rseq_mark;
}

/* A thread is switched out, and sees it. Shall it set the mark again? */
static inline bool mark_pays(struct thread_own *own)
{
	if (own->unmarked)
		return --own->unmarked == 0;
	if (own->calm < 0 || own->calm >= MARK_CALLS)
		own->restless = 0;
	else if (++own->restless >= MARKS_TRIED) {
		own->restless = MARKS_TRIED - 1; /* the next one that serves few is the last again */
		own->unmarked = UNMARKED_CALLS;
		return false;
	}
	return true;
}

/* The moment a call begins, and the mark for what the kernel does to the thread from now on. */
static inline uint64_t span_clock(struct probe_tls *t)
{
	struct thread_own *own = &t->th->own;

	own->left_out -= own->quick;
	own->quick = 0;
	if (likely(t->switched) && thread_was_switched(t)) {
		if (mark_pays(own))
			*(volatile uint64_t *)t->switched = (uint64_t)&rseq_mark;
		own->calm = own->calm < 0 ? own->calm : 0;
	}
	return probe_now();
}

/* From here on it is another thread, or what was known of this one does not hold. */
static inline void thread_forget_calm(struct probe_tls *t)
{
	if (!t->th)
		return;
	t->th->own.quick = t->th->own.left_out = 0;
	t->th->own.calm = 0;
}

/* site: where the program made the call. */
static inline void span_begin(
	struct span *span, struct probe_tls *t, uint32_t call, int fd, uint64_t object, const void *site)
{
	struct board *board = &t->th->board;
	uint64_t sp = (uint64_t)__builtin_frame_address(0);

	span->nested = false;
	if (unlikely(board->call != 0)) {
		if (board->sp > sp) {
			span->outer = *board;
			span->nested = true;
		}
		board->call = 0; /* nobody may read the old call with what is written next */
		__asm__ volatile("" ::: "memory");
	}
	if (likely(t->th->own.quick && !thread_was_switched(t) && !span->nested)) {
		t->th->own.quick--;
		span->start = 0;
	} else {
		span->start = span_clock(t);
	}
	board->stack = unlikely(waits_watched) && unlikely(probe.control->flags & ARENA_STACKS_EARLY) && !span->nested
			       ? waits_stack(t, call, fd)
			       : 0;
	board->fd = fd;
	board->since = span->start;
	board->object = object;
	board->sp = sp;
	board->site = (uint64_t)site;
	board->seq++;
	__asm__ volatile(
		"" ::
			: "memory"); /* stores stay in order on x86: the collector reads call first, then the rest */
	board->call = call;
}

/* Of a message of multiprocessing its length is read first, four bytes in network order, and then the rest. If a pipe
 * takes both at once they were written at once (connection.py, Connection._send_bytes and _recv_bytes; pipe(7),
 * PIPE_BUF): the second call finds what it asks for, and need not be looked at. */
static inline bool waits_rest(const struct probe_tls *t, int fd, size_t size)
{
	return t->th->own.rest == size && t->th->own.rest_fd == fd && size;
}

static inline void waits_length(struct probe_tls *t, int fd, const void *buffer, size_t size, ssize_t r)
{
	uint32_t length;

	t->th->own.rest = 0;
	if (likely(size != sizeof(length) || r != sizeof(length) || !waits_watched) || !waits_in_transport(t))
		return;
	__builtin_memcpy(&length, buffer, sizeof(length));
	length = __builtin_bswap32(length);
	if (length > 4096 - sizeof(length))
		return;
	t->th->own.rest = length;
	t->th->own.rest_fd = fd;
}

/* The rest of span_end(): a call that was switched out, or is to be measured. */
void span_measure(struct span *span, struct probe_tls *t, uint32_t call, enum call_class class_, int fd,
	uint64_t object, int64_t result, uint32_t weight);

static inline void span_end(struct span *span, struct probe_tls *t, uint32_t call, enum call_class class_, int fd,
	uint64_t object, int64_t result)
{
	struct thread_block *th = t->th;
	uint32_t weight = 1;

	if (likely(th != NULL && t->switched && !thread_was_switched(t) && !span->nested && result < MEASURE_BYTES)) {
		/* Some bits of the clock that nothing is in step with choose which. */
		bool chosen = (span->start >> 7) % MEASURE_EVERY == 0;

		if (likely(span->start == 0 || (!chosen && ++t->th->own.calm < CALM_CALLS))) {
			th->board.call = 0;
			count_add(&th->count.calls, 1);
			span->took = 0;
			return;
		}
		weight = chosen ? MEASURE_EVERY : 1;
	}
	span_measure(span, t, call, class_, fd, object, result, weight);
}

#endif
