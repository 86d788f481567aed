/* internal.h: the model's inside, shared by the files of this folder only. */
#ifndef MPW_MODEL_INTERNAL_H
#define MPW_MODEL_INTERNAL_H

#include <stdlib.h>
#include <string.h>

#include "model/model.h"

/* What the model holds may lie in a heap whose images are put aside (base/heap.h): mem_alloc and mem_free know. */
#pragma GCC poison malloc calloc realloc strdup free

struct text_entry;
struct traffic;
struct lock_use;
struct mapping;
struct module;
struct stack;
struct symbol;
struct source_entry;
struct pid_entry;
struct fork_entry;
struct kill_list;
struct name_entry;

struct model {
	struct run_facts run;
	struct hang_facts hang;
	uint64_t now_ns;
	struct process *processes; /* by number */
	struct process *root;
	struct process *last_process; /* of the latest event: most come in runs */
	struct pid_entry *pids;       /* live processes by pid */
	struct fork_entry *forks;     /* tables of parents at a fork whose child is not known yet */
	struct kill_list *kills;      /* by target */
	struct kill *group_kills;
	uint32_t group_kill_count;
	struct thread *threads;
	struct channel *channels;
	struct channel_end *channel_ends;
	struct traffic *traffic;
	struct process *graves[64]; /* the latest dead: totals of them may still come */
	uint32_t grave_next;
	struct lock *locks;
	struct lock_use *lock_uses;
	struct segment *segments;
	struct mapping *mappings;
	struct loss *losses;
	struct pyfail *pyfails, *last_pyfail;
	struct module *modules;
	struct stack *stacks;
	struct symbol *symbols;
	struct source_entry *sources;
	struct text_entry *texts;
	struct name_entry *names; /* PYNAME, by number */
	uint64_t asked_ns;        /* the program was asked to stop, or was ended by a signal; 0: not yet */
	int32_t asked_sig;
	bool workers_numbered;
	uint32_t workers;
};

/* A copy of the text that lives as long as the model; equal texts are one. NULL stays NULL. */
const char *model_intern(struct model *model, const char *text);

/* The process of an event; made on the spot if an event comes before its PROC (a recording may have been thinned or
 * cut). */
struct process *process_of(struct model *model, uint32_t number);
struct process *process_by_pid(struct model *model, int32_t pid);

/* One function per family of events; each takes the event's process (NULL for the session). */
typedef void apply_function(struct model *model, struct process *process, const struct event *event);
apply_function apply_start, apply_fork, apply_exit, apply_waited, apply_kill, apply_proc, apply_proc_exit,
	apply_unwatched, apply_limits, apply_proc_sample;
apply_function apply_thread, apply_thread_stat, apply_thread_state, apply_block, apply_snapshot;
void hang_free(struct model *model);
void wait_sites_free(struct process *process);
/* A sample is told anew once a second, or less often when very many threads run. */
#define RUN_FRESH_NS 2500000000u
/* thread->run is new. */
void run_noted(const struct model *model, struct thread *thread);
void run_places_free(struct process *process);
apply_function apply_fd_open, apply_pipe, apply_socketpair, apply_fd_dup, apply_fd_close, apply_fd_close_range,
	apply_fd_cloexec, apply_fd_seen, apply_fd_count, apply_fail;
apply_function apply_fd_stat, apply_fd_total;
apply_function apply_lock_open, apply_lock_stat, apply_lock_total;
apply_function apply_map, apply_unmap, apply_resize, apply_unlink, apply_sysv;
apply_function apply_python, apply_pyfail, apply_pymain, apply_pycost;
apply_function apply_pyname, apply_pyproc, apply_pythread, apply_pytask, apply_pywork, apply_pymsg, apply_pycopy,
	apply_pynow, apply_pyrun;
apply_function apply_asked;
/* The root ended; keeps a stay in a call that may be the one a thread was in when that happened. */
void stop_noted(struct model *model, int32_t sig, uint64_t ts_ns);
void stay_noted(struct model *model, struct thread *thread, const struct stay *stay);
apply_function apply_module, apply_stack, apply_symbol, apply_source, apply_loss;

/* Descriptors of a newborn: a copy of its parent's; of a new image: without what is closed by exec; of the dead: none.
 */
void descriptors_inherit(struct model *model, struct process *child, struct process *parent);
void descriptors_exec(struct model *model, struct process *process, uint64_t ts_ns);
void descriptors_die(struct process *process);
void segments_inherit(struct model *model, struct process *child, struct process *parent);
void descriptors_note_peak(struct process *process, uint64_t ts_ns);

/* Channel with this identity, made if needed. `dev` is only used for fifos. */
struct channel *channel_make(struct model *model, enum channel_kind kind, uint64_t dev, uint64_t ino);
/* The channel behind an open file, NULL if it is none. */
struct channel *channel_of(struct model *model, const struct open_file *file);
/* Forgets what was counted for the numbers of a process or of its old image: later totals are of new lives. */
void traffic_seal(struct model *model, struct process *process);

struct segment *segment_by_id(struct model *model, uint64_t dev, uint64_t ino, bool create);
void segments_die(struct model *model, struct process *process);

/* Threads of a process; made at the first sight. */
struct thread *thread_of(struct model *model, struct process *process, uint32_t tid, uint64_t ts_ns);

/* The thread is in the call that its state tells; what it was in before is forgotten. */
void wait_begin(struct model *model, struct thread *thread);
/* The call has ended; totals that contain it will come. */
void wait_ended(struct thread *thread, uint64_t end_ns);
/* The totals are there. */
void wait_drop(struct thread *thread);
/* The process, or its image, has ended in all its calls. */
void waits_die(struct process *process, uint64_t end_ns);
/* Where a transfer over this descriptor counts: made if need be; NULL: no channel. */
struct channel_end *channel_end_at(struct model *model, struct process *process, int32_t fd, bool output);
/* NULL: none, or one whose totals do not count waits. */
struct lock *lock_waited_for(struct model *model, struct process *process, uint64_t addr);

void threads_free(struct model *model);
void processes_free(struct model *model);
void channels_free(struct model *model);
void locks_free(struct model *model);
void segments_free(struct model *model);
void stacks_free(struct model *model);
void pyfails_free(struct model *model);
void names_free(struct model *model);
void process_python_free(struct process *process);

void number_workers(struct model *model);

/* --- made_as.c --- */
/* What the line assigns a call of `constructor` to; false: it does not plainly say. */
bool made_as_python(const char *line, const char *constructor, char *out, size_t size);
/* What a call of sem_open(), sem_init(), pthread_mutex_lock() and the like is about. */
bool made_as_c(const char *line, char *out, size_t size);

#endif
