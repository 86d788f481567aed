/* watched.h: every process of the session from birth to death, as far as the collector must know it: number, host pid,
 * parent, images, how it ended. Births are told by records (START, FORK), by /proc and by the launch; deaths by pidfd,
 * zombie, the parent's wait and its own exit call. A status is never guessed: what nobody saw is EXIT_UNSEEN. */
#ifndef MPW_WATCHED_H
#define MPW_WATCHED_H

#include <stdbool.h>
#include <stdint.h>

#include <uthash.h>

#include "collect.h"

/* Names of a program, shared by forked children until they exec. */
struct facts {
	uint32_t users;
	char *exe, *cmdline, *comm; /* NULL: not known */
};

/* What a fork copies and an exec starts anew: where code lies and which stacks the probe has described (stack_table).
 */
struct family;

/* One program image of a process: exec ends it. Forked children have their own. */
struct image {
	uint64_t serial; /* key */
	struct watched *process;
	struct family *family;
	uint32_t chunk;  /* its PROC chunk */
	uint32_t chunks; /* chunk states that point here */
	uint64_t start_ns;
	bool is_exec; /* began with an exec: its names and descriptors are worth a look */
	bool python;  /* its places are Python's, if any */
	bool over;    /* replaced by exec */
	uint64_t over_ns;
	struct image *older; /* of the same process */
	UT_hash_handle hh;
};

/* Totals of a thread in images of its process that are over: counters of the arena begin at 0 in each. */
struct thread_base {
	uint64_t calls, bytes_in, bytes_out, move_ns, class_ns[8];
};

struct watched {
	uint32_t number; /* from 1 */
	uint32_t parent; /* number, 0: not known */
	int32_t pid;     /* ours; key */
	int32_t inner_pid;
	bool inner; /* of an inner pid namespace: pids it tells are not ours */
	uint64_t start_time;
	uint32_t how;
	uint64_t born_ns;
	struct facts *facts;
	struct family *early; /* where its code lies, read before its first image spoke; NULL: nothing was read */
	struct image *image;  /* the latest that spoke, NULL: none did */
	struct image *images; /* all that have chunks, newest first */
	struct thread_base base;
	uint32_t python_images;  /* so many of its images told of Python tasks or messages, ... */
	uint64_t python_copy_ns; /* ... and all of them together spent so long on messages in the main thread */
	bool told;               /* PROC was emitted */
	bool unwatched_told;
	bool spoke;          /* its probe did, in one image at least */
	bool exec_open;      /* it said EXEC and neither failed nor did a new image speak */
	uint64_t exec_ns;    /* ... since then */
	uint64_t checked_ns; /* last look whether the probe is in it */
	int pidfd;           /* or -1 */
	bool gone;           /* the kernel has it no more, or only as a zombie */
	uint64_t gone_ns;
	uint64_t noticed_ns; /* when we learned that */
	uint64_t run_ns;     /* time on a CPU of its main thread, as the zombie had it */
	uint64_t last_ns;    /* of its last event */
	bool has_exit;       /* it announced its end itself */
	bool fetched;        /* its parent waited for it: the kernel knows it no more, but by a pidfd */
	int32_t exit_status;
	int32_t exit_tid; /* the thread that did */
	int32_t status;   /* as waitpid */
	uint32_t source;  /* enum exit_source, EXIT_UNSEEN: status is not known yet */
	bool root;
	bool ended; /* PROC_EXIT was emitted; freed after the round */
	/* the sampler's */
	struct process_sample *sample;
	UT_hash_handle hh;     /* by number: all */
	UT_hash_handle hh_pid; /* by pid: the latest of each pid */
	struct watched *next_ended;
};

/* What a late child must know of a parent whose image is forgotten already. */
struct image_grave {
	uint64_t serial;
	uint32_t number;
	bool inner;
	struct family *family;
	struct facts *facts;
};
#define IMAGE_GRAVES 256u

/* A parent that was stopped by vfork may tell of its child when that has ended already. */
struct ended_process {
	int32_t pid;
	uint64_t born_ns;
};
#define ENDED_KEPT 512u

struct watched_table {
	struct watched *all, *by_pid;
	struct image *by_serial;
	struct image_grave graves[IMAGE_GRAVES];
	uint32_t grave_next;
	struct ended_process ended_latest[ENDED_KEPT];
	uint32_t ended_next;
	struct watched *ended; /* PROC_EXIT emitted, to be freed */
	uint32_t count;        /* numbers given out */
	uint32_t alive;
	struct watched *root;
};

void watched_init(struct collect *collect);
void watched_free(struct collect *collect);

struct watched *watched_by_pid(const struct collect *collect, int32_t pid);
struct watched *watched_by_number(const struct collect *collect, uint32_t number);
struct image *image_by_serial(const struct collect *collect, uint64_t serial);

const struct image_grave *image_grave_find(const struct collect *collect, uint64_t serial);

/* A new process. Opens its pidfd; takes the parent's names (an exec, or watched_read_facts(), replaces them). Emits
 * nothing. A process that had this pid before is gone now. */
struct watched *watched_born(
	struct collect *collect, int32_t pid, struct watched *parent, uint32_t how, uint64_t born_ns);

/* PROC event: `how` is that of its birth, or START_IMAGE when its names changed by an exec. */
void watched_tell(struct collect *collect, struct watched *process, uint32_t how, uint64_t ts_ns);

/* Reads exe, cmdline and comm from /proc. 0, or -ESRCH when nothing could be read: what was known stays. */
int watched_read_facts(struct watched *process);

/* Where /proc has them no more: the name by which the image itself was started. */
void watched_name_facts(struct watched *process, const char *exe);

/* A new image of the process; what ran before in it is over. `family`: the parent's for a forked child, else NULL. */
struct image *image_begin(struct collect *collect, struct watched *process, uint64_t serial, uint32_t chunk,
	struct family *family, uint64_t ts_ns);
/* Drops a use of the image; frees it with the last one. */
void image_put(struct collect *collect, struct image *image);

/* The kernel says that it has ended: status from the zombie or PIDFD_GET_INFO if to be had. */
void watched_gone(struct collect *collect, struct watched *process, uint64_t ts_ns);
/* Somebody saw how it ended. The first who saw it in person counts; its own exit call only when nobody did. */
void watched_status(struct watched *process, int status, enum exit_source source);
/* Looks whether the process has ended without a pidfd telling so. */
void watched_check_gone(struct collect *collect, struct watched *process, uint64_t now_ns);
/* True if a process with this pid that was born after `since_ns` has ended already. */
bool watched_has_ended(const struct collect *collect, int32_t pid, uint64_t since_ns);
/* PROC_EXIT. The drain calls it when all its records and totals are out. */
void watched_end(struct collect *collect, struct watched *process);
/* Frees the ended ones. */
void watched_sweep(struct collect *collect);

#endif
