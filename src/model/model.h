/* model.h: what the events of a run add up to: processes, threads, descriptors, channels, locks, segments, stacks.
 * Written only by model_apply; detectors, reports and screens ask. Reads no clock, no /proc and no descriptor: time is
 * the event's. The records below are plain and read-only to everybody else; they live as long as the model. Texts are
 * as the program gave them: whoever prints them cleans them. Loops: `for (p = model_processes(m); p; p =
 * process_next(p))`, in order of first sight. */
#ifndef MPW_MODEL_MODEL_H
#define MPW_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/mem.h"
#define uthash_fatal(message) die_no_memory()
#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) mem_free(memory)
#include <uthash.h>

#include "model/fdtable.h"
#include "wire/event.h"

struct model;
struct traffic;
struct mapping;

enum process_role {
	ROLE_MAIN,       /* the program mpwatch started */
	ROLE_WORKER,     /* the same program again: a fork that did not exec, or multiprocessing's spawn */
	ROLE_COMMAND,    /* another program: named by its comm */
	ROLE_FORKSERVER, /* multiprocessing's helpers */
	ROLE_TRACKER,
};

/* Calls at a channel or lock that have begun, and those that have ended whose totals are not told yet (wait.c). */
struct open_waits {
	uint64_t count, since_sum_ns, ended_ns;
};

/* A task that is or was in hand. kind TASK_NONE: none for long. */
struct task {
	uint32_t kind, name, stack, items; /* enum task_kind; name: see model_name() */
	uint64_t job, since_ns, seen_ns;
	int64_t index;
	bool over; /* the process ended in it */
};

/* Totals of one process: messages of one kind, object and place. */
struct pymessages {
	struct process *process;
	uint32_t slot, kind, what, stack; /* enum message_kind; what: see model_name() */
	bool out;
	uint64_t count, bytes, ns, largest;
	struct pymessages *next;
};

/* Totals of one process: tasks of one function. */
struct pywork {
	struct process *process;
	uint32_t slot, kind, name, stack;
	uint64_t done, failed, items, run_ns, longest_ns;
	struct pywork *next;
};

struct frame {
	const char *function, *file, *module; /* NULL not known */
	uint32_t line;
	bool python;
	uint64_t offset;
};

/* Where threads of a Python process were seen running: the innermost line of the program's own code, or of any where
 * none is. In order of first sight; what came when there were too many is in the sum only. */
struct run_place {
	struct frame frame;
	uint64_t samples;
	struct run_place *next;
};

/* Calls of a main thread that blocked for a millisecond or more, by call and place. In order of first sight. */
struct wait_site {
	uint32_t call, stack; /* call 0: all those that came when there were too many */
	int32_t fd;           /* of the first */
	uint64_t count, ns, longest_ns;
	struct wait_site *next;
};

struct process {
	uint32_t number;                  /* in this session, from 1 */
	int32_t pid;                      /* as mpwatch sees it */
	int32_t inner_pid, inner_ppid;    /* as the process sees itself; 0 not known */
	uint32_t how;                     /* enum start_how of its birth */
	uint32_t start_flags;             /* START_* of the latest image */
	uint32_t images;                  /* exec()s that succeeded, the one of a spawn or of the root included */
	const char *exe, *cmdline, *comm; /* interned or NULL */
	struct process *parent;           /* NULL: root or not known */
	uint64_t born_ns;
	uint32_t birth_stack; /* where its parent made it, 0 not known */
	uint64_t image_ns;    /* when the latest image's first code reported; 0: never */
	uint64_t started_ns;  /* when its first own image did (a fork that has not executed: the fork's) */
	bool watched;         /* the latest image has the probe */
	bool unwatched_told;
	uint32_t unwatched_reason; /* enum unwatched_reason, when unwatched_told */
	const char *unwatched_what;

	bool dead;
	uint64_t dead_ns;
	int32_t status;       /* as waitpid(2); -1 not known */
	uint32_t status_from; /* enum exit_source */
	bool exit_called;     /* it said itself that it ends, with exit_status */
	int32_t exit_status;
	uint32_t exit_stack;

	struct fdtable *fds;      /* NULL once it is dead */
	struct fd_closes *closes; /* what its present image has closed, by origin: hash, see model_fds_closed() */
	uint32_t fds_peak;
	uint64_t fds_peak_ns;
	uint32_t fds_inherited;            /* open at birth */
	uint64_t nofile_soft, nofile_hard; /* 0 not known */
	uint64_t last_child_ns;            /* when it last made a child */

	uint64_t cpu_ns, delay_ns, rss_kb, rss_peak_kb; /* /proc */
	uint64_t sampled_ns, cpu_recent_ns,
		recent_ns;              /* the latest look; CPU time since the one before, or its birth */
	uint64_t kernel_in, kernel_out; /* bytes that its main thread read and wrote, as the kernel counts */
	uint32_t threads_peak;
	uint32_t children;
	struct thread *thread_list; /* newest first */
	struct failure *failure_list;
	struct wait_site *wait_sites;
	struct run_place *run_places;
	uint64_t run_samples; /* of all places */

	/* Python */
	bool python_told;
	struct ev_python python;
	bool main_told;
	bool main_is_mp_main;                 /* __mp_main__ is the same module */
	const char *main_file, *mp_main_file; /* of __main__ and __mp_main__; "" has none */
	struct ev_pycost pycost;
	struct pyfail *pyfails, *last_pyfail;    /* of this process, in order of time */
	const char *process_name, *start_method; /* of multiprocessing's Process object, or NULL */
	struct pymessages *messages;             /* what it sent and received, in order of first sight */
	struct pywork *works;                    /* tasks it did, by function */
	struct task task;                        /* ... and the one it is in, or ended in */
	uint64_t queue_in_ns, queue_out_ns;      /* waited for locks that queues have for themselves */
	uint64_t copy_ns;                        /* its main thread made messages of objects and back for so long */

	uint32_t worker_number; /* from 1, ROLE_WORKER only; given by model_number_workers */
	const char *own_name;   /* process_name, if the program chose it and no other process has it; else NULL */
	enum process_role role;

	/* the model's own */
	bool told; /* its PROC came */
	uint32_t images_started, images_told;
	uint64_t listing_ns;    /* begin of the kernel's list of descriptors that is coming in */
	struct fdtable *listed; /* ... what it named so far, NULL: none is coming */
	struct traffic *traffic;
	struct mapping *mappings;
	UT_hash_handle hh;
};

/* What a thread's call is blocked at. */
struct thread_wait {
	struct channel_end *end; /* or NULL */
	struct lock *lock;       /* or NULL */
	bool is_output, is_open;
	uint64_t since_ns, took_ns; /* took: of one that has ended */
};

/* Where a descriptor of a process comes from. */
struct fd_origin {
	uint32_t kind;  /* enum fd_kind */
	uint32_t stack; /* that made it, 0 not known */
	uint32_t maker; /* process that it was inherited from, 0: made by the process itself */
};

struct fd_closes {
	struct fd_origin origin;
	uint64_t count;
	UT_hash_handle hh;
};

struct channel;

/* A call that a thread was in for long. until_ns 0: it has not ended, as far as is known. */
struct stay {
	uint32_t call, stack;
	int32_t fd;
	uint64_t object, since_ns, until_ns;
	const struct channel *channel; /* where it waits for data or room, or NULL */
};

/* Where a thread was seen running, and when. */
struct run_seen {
	uint32_t stack;
	uint64_t ts_ns;
};

struct thread {
	uint64_t key; /* process number << 32 | tid */
	struct process *process;
	uint32_t tid;
	uint64_t first_ns, last_ns;
	bool ended;
	uint64_t stat_ns;           /* when `stat` was true */
	struct ev_thread_stat stat; /* totals over all images of the process */
	uint64_t state_ns;          /* when `state` was true */
	uint32_t state_stack;
	struct ev_thread_state state;
	struct thread_wait wait;
	uint64_t left_ns, brief_ns;      /* the latest end of a long wait; how long shorter ones took since */
	unsigned left_share;             /* enum share of that wait, SHARE_COUNT: not known */
	uint32_t last_call, last_stack;  /* of the latest event that names them */
	const char *name;                /* as Python calls it, or NULL */
	struct run_seen run, run_before; /* where it was seen running last; ... before the program was asked to stop */
	struct stay stay;                /* the latest that began before the program was asked to stop */
	struct thread *next;
	UT_hash_handle hh;
};

enum channel_kind { CHANNEL_PIPE, CHANNEL_SOCKETPAIR, CHANNEL_FIFO };

/* One process at a channel. `in` is what it took out of the channel, `out` what it put in. */
struct channel_end {
	struct channel *channel; /* the key: these two */
	struct process *process;
	uint64_t calls_in, calls_out, bytes_in, bytes_out;
	uint64_t blocked_in_ns, blocked_out_ns; /* of calls that have ended; with the others: channel_end_now() */
	struct open_waits open_in, open_out;
	struct channel_end *next;
	UT_hash_handle hh;
};

struct channel {
	struct {
		uint64_t dev, ino; /* dev 0: a pipe or socket, its inode is enough */
	} key;
	enum channel_kind kind;
	uint64_t peer_ino;     /* socketpair: the other end's */
	const char *name;      /* fifo */
	struct process *maker; /* NULL: not made in this run */
	uint32_t standard;     /* which of the run's stdin, stdout and stderr it is, a bit each by number */
	uint32_t stack;
	uint64_t opened_ns;
	struct channel_end *ends, *last_end; /* only processes that moved data, in order of first sight */
	struct channel_end total;
	UT_hash_handle hh;
};

/* What waiting for a lock is: for itself, or for the queue of multiprocessing that has it for itself. */
enum lock_role { LOCK_ROLE_OWN, LOCK_ROLE_INPUT, LOCK_ROLE_OUTPUT };

struct lock {
	struct {
		uint64_t dev, ino, off;
	} key;
	uint32_t kind; /* enum lock_kind */
	const char *name;
	struct process *maker;
	uint32_t stack;
	uint64_t opened_ns;
	uint64_t takes, releases;
	uint64_t waits, waited_ns; /* that have ended; with the others: + open.count, lock_waited_now() */
	uint64_t held_ns,
		longest_ns; /* about, from takes to the releases by the same thread; longest wait that has ended */
	struct open_waits open;
	uint32_t users;         /* processes that opened it */
	struct process *holder; /* took it last, never released it; NULL none known */
	uint32_t holder_tid;
	enum lock_role role; /* lock_role() */
	bool role_known;
	UT_hash_handle hh;
};

struct segment {
	struct {
		uint64_t dev, ino; /* System V: dev ~0, ino the id */
	} key;
	const char *name; /* as given to shm_open, or NULL */
	struct process *maker;
	uint32_t stack;
	uint64_t size, opened_ns;
	uint32_t mappers, mapped_now;
	bool unlinked, made_here, is_shm; /* is_shm: has a name in /dev/shm or is System V: it outlives its users */
	UT_hash_handle hh;
};

struct failure {
	struct process *process;
	struct failure *next; /* of the same process, newest first */
	uint32_t tid, stack, call;
	int32_t err;
	uint64_t first_ns, last_ns, count;
	int64_t arg, arg2; /* of the first */
	const char *name;
	struct fdtable *fds; /* EMFILE, ENFILE: the table at the first of this process, else NULL */
	uint64_t nofile_soft;
};

/* An exception in a Python program, in order of time. Lines are interned, "" where not known. */
struct pyfail {
	struct process *process;
	uint64_t ts_ns;
	uint32_t tid, stack, what, flags; /* enum pyfail_what, PYFAIL_* */
	const char *lines[PYFAIL_LINES];
	struct pyfail *next, *next_of_process;
};

struct kill {
	struct process *sender;
	uint64_t ts_ns;
	int32_t target, sig;
	uint32_t stack;
	struct kill *older; /* to the same target */
};

struct loss {
	uint64_t key; /* process << 32 | tid */
	uint32_t reason, proc;
	uint64_t records;
	const char *what;
	struct loss *next;
};

struct run_facts {
	bool known;
	struct ev_run run; /* texts interned */
	bool ended;
	struct ev_end end;
	uint64_t end_ns; /* when it ended; else the latest event */
	struct ev_own own;
	uint32_t clamped;
	uint64_t events;
};

enum share { SHARE_RUN, SHARE_COPY, SHARE_INPUT, SHARE_OUTPUT, SHARE_LOCK, SHARE_START, SHARE_OTHER, SHARE_COUNT };
struct shares {
	uint64_t ns[SHARE_COUNT]; /* adds up to life_ns */
	uint64_t life_ns;
	unsigned percent[SHARE_COUNT]; /* adds up to 100, or all 0 when life_ns is 0 */
};

struct source_line {
	const char *text;
	uint32_t state; /* 0 as it ran, 1 changed since, 2 unreadable */
};

struct model *model_new(void);
void model_free(struct model *model);
/* Takes one event. Events of unknown processes, impossible values and repetitions are harmless. */
void model_apply(struct model *model, const struct event *event);

/* Text of a PYNAME; NULL: not known. */
const char *model_name(const struct model *model, uint32_t id);
/* Tasks that a process has done (of pools and executors) by now; UNKNOWN_COUNT: it is no worker that told. */
#define UNKNOWN_COUNT UINT64_MAX
uint64_t process_tasks_done(const struct process *process);
/* "`work` (work.py:12), task 17 of call 1 to the pool" or, of a Process, "`work` (work.py:12)"; a chunk tells its
 * items. false: it is in no task. */
bool process_task_text(const struct model *model, const struct process *process, char *out, size_t room);

/* What the main thread of a process was in (call 0: not known) when nothing moved. */
struct hang_wait {
	const struct process *process;
	struct ev_thread_state state;
	uint32_t stack;
	const struct lock *lock;      /* that it waited for, or NULL */
	const struct process *holder; /* of that, then; NULL none known */
	bool holder_ended;            /* by then */
};

struct hang_facts {
	uint64_t since_ns, ts_ns; /* nothing moved from .. until it was said */
	uint64_t stopped_ns;      /* when the program was asked to end for it, 0: it was not */
	struct hang_wait *waits;  /* of the processes that lived then */
	size_t wait_count;
};

/* NULL: there was none, or it went on later. */
const struct hang_facts *model_hang(const struct model *model);

const struct run_facts *model_run(const struct model *model);
uint64_t model_now_ns(const struct model *model);

const struct process *model_processes(const struct model *model);
const struct process *process_next(const struct process *process);
const struct process *model_process(const struct model *model, uint32_t number);
/* Where a descriptor of `process` comes from, and how many from there its present image has closed so far, as far as
 * that was told: files with low numbers come and go untold. 0 of a dead one. */
struct fd_origin fd_origin_of(const struct process *process, const struct fd_slot *slot);
uint64_t model_fds_closed(const struct process *process, const struct fd_origin *origin);
const struct process *model_root(const struct model *model);
uint32_t model_process_count(const struct model *model);
uint64_t process_end_ns(const struct model *model, const struct process *process);
bool process_is_ancestor(const struct process *ancestor, const struct process *process);
/* "main", "w3", "sort": a name for people. Numbers of workers are fixed at the first question after a birth. */
const char *process_label(struct model *model, const struct process *process, char *buffer, size_t size);
/* "main, w1-w8, sort" of a list that may hold a process twice, "-" of none; sorts it. The caller frees it. */
char *process_names(struct model *model, const struct process **list, size_t count);
/* "fork", "spawn", "forkserver" or NULL when there are no workers: how the workers were started. */
const char *model_start_method(struct model *model);
uint32_t model_worker_count(struct model *model);
const struct kill *model_kills(const struct model *model, int32_t target);
const struct kill *model_group_kills(const struct model *model);
const struct thread *process_main_thread(const struct process *process);
/* The stack at which a thread was seen running just now; 0: it was not, or waits by now. */
uint32_t thread_runs_at(const struct model *model, const struct thread *thread);
/* When the program was asked to stop (Ctrl-C, SIGTERM), or ended by a signal; else, if it runs still, now. 0: it ended
 * by itself. *sig: which signal, or 0. */
uint64_t model_stop_ns(const struct model *model, int32_t *sig);
/* The call that the thread was in just before that; NULL: in none, or only for a short time. */
const struct stay *thread_stay(const struct model *model, const struct thread *thread);
/* The stack at which the thread was seen running then; 0: it was not. */
uint32_t thread_ran_at(const struct model *model, const struct thread *thread);
/* Of the call that a thread is in. */
enum share thread_share(const struct model *model, const struct thread *thread);
void process_shares(struct model *model, const struct process *process, struct shares *out);

/* Bytes of the main thread that the kernel counted and none of the watched calls moved: at least so many, as of the
 * last look. Calls inside libc (stdio), of the program's own, io_uring. */
void process_not_attributed(const struct process *process, uint64_t *in, uint64_t *out);
/* Adds the times of another place; shares_round makes the percents of a sum. */
void shares_add(struct shares *sum, const struct shares *more);
void shares_round(struct shares *shares);

const struct channel *model_channels(const struct model *model);
const struct channel *channel_next(const struct channel *channel);
/* Moved something there, or was blocked in a try. */
bool channel_end_used(const struct channel_end *end, bool as_writer);
/* The same with the calls that go on: blocked until now. */
struct channel_end channel_end_now(const struct model *model, const struct channel_end *end);
uint64_t lock_waited_now(const struct model *model, const struct lock *lock);
uint64_t lock_longest_now(const struct model *model, const struct lock *lock);
const struct lock *model_locks(const struct model *model);
const struct lock *lock_next(const struct lock *lock);
/* The lock a process knows at an address, its own or inherited; NULL none known. */
const struct lock *model_lock_at(const struct model *model, const struct process *process, uint64_t addr);
enum lock_role lock_role(const struct model *model, const struct lock *lock);
const struct segment *model_segments(const struct model *model);
const struct segment *segment_next(const struct segment *segment);
const struct loss *model_losses(const struct model *model);
const struct pyfail *model_pyfails(const struct model *model);

/* Frame `index` (0 innermost) of a stack: false behind the last one. A Python stack is followed by nothing: its native
 * twin is stack_native(). */
bool model_frame(const struct model *model, uint32_t stack, unsigned index, struct frame *out);
uint32_t stack_native(const struct model *model, uint32_t stack);
/* Is `site` one frame alone, the innermost of `stack`, which has more? */
bool model_stack_is_site_of(const struct model *model, uint32_t site, uint32_t stack);
/* Index of the innermost frame of the program's own code, -1 if there is none: not libc, an interpreter or an installed
 * library, nor what a forked worker has of its parent's stack. */
int model_user_frame(const struct model *model, uint32_t stack, struct frame *out);
/* Index of the outermost one. */
int model_outer_user_frame(const struct model *model, uint32_t stack, struct frame *out);
bool model_source(const struct model *model, const char *file, uint32_t line, struct source_line *out);

/* The constructor that made a lock or channel ("multiprocessing.Lock"), by its stack; NULL: not known. */
const char *model_constructor(const struct model *model, uint32_t stack);
/* What the program calls a lock or channel that this stack made ("db_lock"), by the source line; false: that does not
 * say. */
bool model_variable(const struct model *model, uint32_t stack, char *out, size_t size);
#define VARIABLE_SIZE 40
/* Appends `before` and "app.py:12", the place of the program's own code; false if there is none. */
bool place_put(const struct model *model, uint32_t stack, const char *before, struct str *out);
/* Appends what the lock is: "db_lock (multiprocessing.Lock made at app.py:2)", or the queue that has it for itself;
 * with the semaphore's own name if there is nothing better. */
void lock_put(const struct model *model, const struct lock *lock, bool with_name, struct str *out);
/* What who waits for it waits for: the same, or its turn at the queue. */
void lock_put_wait(const struct model *model, const struct lock *lock, bool with_name, struct str *out);

/* Names of the small enumerations; "?" for unknown numbers. */
const char *kind_name_fd(uint32_t kind);
const char *kind_name_lock(uint32_t kind);
const char *kind_name_how(uint32_t how);
const char *kind_name_unwatched(uint32_t reason);
const char *kind_name_loss(uint32_t reason);
const char *kind_name_exit(uint32_t source);
const char *kind_name_python(uint32_t state);
const char *kind_name_pyfail(uint32_t what);
const char *kind_name_message(uint32_t kind);
const char *kind_name_task(uint32_t kind);

#endif
