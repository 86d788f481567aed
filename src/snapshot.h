/* snapshot.h: an immutable picture of a run at one moment, for screens and exports: plain rows, no model inside.
 * Made by snapshot_take; belongs to whoever took it. Texts are as the program gave them: whoever prints them cleans
 * them. Unknown numbers are UNKNOWN, unknown texts NULL: they are shown as "-", never as 0. */
#ifndef MPW_SNAPSHOT_H
#define MPW_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finding_lines.h"

struct model;
struct history;

#define UNKNOWN UINT64_MAX

/* States of a worker in the order of their shares; letters as people see them. */
#define SNAP_STATES "RCIOLS."
#define SNAP_STATE_COUNT 7
#define SNAP_ENDED '-'
#define SNAP_NOT_KNOWN '?'

enum snap_role { SNAP_MAIN, SNAP_WORKER, SNAP_COMMAND, SNAP_INTERNAL };

struct snap_frame {
	const char *file, *function, *module, *source;
	uint32_t line;
	bool python, user; /* user: code of the program, not of a library */
};

struct snap_stack {
	struct snap_frame *frames; /* innermost first */
	size_t count;
};

struct snap_thread {
	uint32_t tid;
	bool main, ended;
	char state;
	uint64_t for_ns;
	const char *name;  /* as Python calls it, or NULL */
	const char *doing; /* "waits in read of fd 5 (pipe)" or NULL */
	bool runs;         /* was seen running at `stack` just now */
	struct snap_stack stack;
};

/* Where threads of a process were seen running. */
struct snap_run {
	const char *where, *source; /* "thumbs.py:57 make_thumb"; its line, or NULL */
	uint64_t samples;
	unsigned percent;
};

/* Waits of a main thread at one place. */
struct snap_wait {
	const char *doing, *where; /* "waits for input in read"; where: NULL not known */
	uint32_t call, stack;      /* which they are: the same at another moment */
	uint64_t count, ns, longest_ns;
	bool now; /* it is in one of them */
};

struct snap_process {
	uint32_t number, parent; /* numbers of the run; parent 0: none */
	unsigned depth, worker;  /* of the tree; worker: its place from 1, or 0 */
	int32_t pid;
	enum snap_role role;
	const char *name, *command, *how, *probe; /* probe: "ok", "statically linked", or NULL */
	bool alive, last_child;
	char state;
	uint64_t for_ns, born_ns, dead_ns, life_ns;
	bool shares_known;
	uint64_t share_ns[SNAP_STATE_COUNT];
	unsigned percent[SNAP_STATE_COUNT];
	uint64_t cpu_percent; /* of one core, lately; of the living only */
	uint64_t cpu_ns, rss_bytes, threads, fds, fds_peak, fds_peak_ns, limit_soft, limit_hard, inherited;
	uint64_t done, task_ns; /* tasks; for how long it is in the one it is in */
	const char *task;    /* "`work` (work.py:12), task 17 of call 1 to the pool", which it is or was in; or NULL */
	const char *where;   /* "thumbs.py:71 save_meta", where it is in its open call, or was seen running just now */
	const char *doing;   /* as of its main thread */
	const char *lock;    /* label of the lock it waits for ("L2"), or NULL */
	const char *ended;   /* "ended at 00:41.6: killed by SIGKILL", or NULL while it lives */
	const char *called;  /* "ForkPoolWorker-1", as multiprocessing calls it, or NULL */
	const char *made_at; /* "thumbs.py:83 main", where its parent made it, or NULL */
	const char *waits_for;  /* "child w5", "Pool tasks from main", or NULL: who could end its wait is not known */
	uint32_t waits_process; /* its number, or 0: none or several */
	const char *exit;       /* "0", "SIGKILL", "?" */
	bool fds_at_failure;    /* fds and fd_groups are of the moment a call failed for lack of descriptors */
	bool bad_end;           /* killed by a signal nobody of the family meant, crashed, or a worker that failed */
	uint64_t fds_recent, recent_ns; /* still open of those of the last recent_ns: growth; recent_ns 0: too young */
	struct snap_thread *thread_list;
	size_t thread_count;
	struct snap_wait *waits; /* of a millisecond and more, most time first */
	size_t wait_count;
	struct snap_run *runs; /* most samples first */
	size_t run_count;
	uint64_t run_samples;            /* of all of them, and of places too many to tell */
	struct snap_fd_group *fd_groups; /* most descriptors first */
	size_t fd_group_count;
};

/* Open descriptors of one process that were made at one place. */
struct snap_fd_group {
	uint64_t open, oldest_ns, recent;   /* recent: as fds_recent */
	const char *kind, *place, *example; /* place: "thumbs.py:44 read_meta" or "inherited from main" */
	bool inherited, is_std;
	uint64_t closed;   /* of those made there; UNKNOWN */
	bool closed_least; /* ... maybe more */
	int32_t last_fd;
	struct snap_stack stack;
};

/* Channels of one use, or of one kind between the same processes. */
struct snap_channel {
	const char *kind, *name, *from, *to, *place; /* kind: "Pool results", "pipe" */
	unsigned count; /* 0: objects that were sent through several rows, or through none that is known */
	bool hidden;    /* of a library's own, or of commands beside workers */
	uint64_t id;    /* the same channels have the same at another moment */
	uint64_t messages, bytes, readers_blocked_ns, writers_blocked_ns;
	uint64_t open_ns;                /* so long the channels have been there, together */
	uint64_t pickle_ns, unpickle_ns; /* making messages of objects, and back */
	struct snap_part *parts;         /* objects, most bytes first */
	size_t part_count;
	struct snap_stack stack; /* that made it */
	struct snap_end *ends;
	size_t end_count;
};

/* Objects of one kind that were sent from one place. */
struct snap_part {
	const char *what, *place;
	uint64_t count, bytes, ns, largest; /* ns: in making messages of them */
};

struct snap_end {
	const char *process;
	uint64_t calls_in, calls_out, bytes_in, bytes_out, blocked_in_ns, blocked_out_ns;
};

struct snap_lock {
	const char *label, *name, *kind, *place, *holder, *waiting;
	uint32_t holder_process;                      /* its number, 0: nobody known */
	uint64_t takes, waits, waited_ns, longest_ns; /* longest_ns: wait */
	uint64_t held_ns, releases;                   /* held_ns: in all, about; 0 not measured */
	uint32_t users;
	bool holder_dead, internal; /* internal: a queue has it for itself */
	struct snap_stack stack;
};

struct snap_segment {
	const char *name, *maker, *place;
	uint64_t size;
	uint32_t mappers, mapped_now;
	bool unlinked, left_behind;
};

enum snap_level { SNAP_ERROR, SNAP_WARNING, SNAP_NOTE };

/* who: of several processes, else NULL. In seen, why and fix a newline begins a new line. */
struct snap_finding {
	enum snap_level level;
	const char *level_name, *code, *title, *who, *why, *fix, *sure, *explain;
	const char *const *seen;
	size_t seen_count;
	unsigned count;
	uint64_t ts_ns;
	const char *file, *function, *module;
	uint32_t line, process; /* process: the one it is about, or 0 */
	bool source_changed;
	struct finding_quote quote;
};

/* Something that happened: for the row of events and for going to it. */
struct snap_moment {
	uint64_t ts_ns;
	char mark; /* E W N: a finding; !: killed or crashed; +: born; -: ended */
	const char *who, *text;
};

struct snapshot {
	const char *command, *status; /* status: "exit status 1", "ended by SIGKILL", or NULL while it runs */
	int32_t pid;
	uint64_t now_ns, from_ns; /* from_ns: where a picture of a part of the run begins, else 0 */
	bool ended;
	unsigned cpus, level_count[3], rules;
	size_t alive, dead, workers, workers_alive, peak_alive;
	uint64_t peak_alive_ns;
	bool shares_known;
	unsigned percent[SNAP_STATE_COUNT]; /* of all workers together; of all processes when there are no workers */
	uint64_t lost;                      /* records that are not in the picture */
	struct snap_process *processes;     /* as a tree, parents first */
	size_t process_count;
	struct snap_channel *channels;
	size_t channel_count, channels_idle;
	uint64_t other_in, other_out; /* bytes that the kernel counted and no watched call moved, of all processes */
	struct snap_lock *locks;
	size_t lock_count;
	struct snap_segment *segments;
	size_t segment_count;
	struct snap_finding *findings;
	size_t finding_count;
	struct snap_moment *moments; /* in order of time */
	size_t moment_count;
	const struct history *history;
	struct snap_memory *memory;
};

/* The picture of what the model knows now. `history` must be of the same run and outlive the snapshot. */
struct snapshot *snapshot_take(struct model *model, const struct history *history);
/* Takes off `to` what was there at the moment of `from`, an earlier picture of the same run: what is left was between.
 */
void snapshot_limit(struct snapshot *to, const struct snapshot *from);
void snapshot_free(struct snapshot *snapshot);

/* How a process spent a part of the time: nanoseconds of each share, and of how much of it that is known. */
struct snap_mix {
	uint64_t ns[SNAP_STATE_COUNT], known_ns;
};

/* Of `count` columns of `step_ns` each, the first from `from_ns`. */
void snapshot_columns(const struct snapshot *snapshot, uint32_t process, uint64_t from_ns, uint64_t step_ns,
	size_t count, struct snap_mix *out);
/* The state it was in most: a letter of SNAP_STATES, or 0 when it is not known. *mostly: it was that for two thirds of
 * the time or more. */
char snapshot_state(const struct snap_mix *mix, bool *mostly);
const struct snap_process *snapshot_process(const struct snapshot *snapshot, uint32_t number);

#endif
