/* snapshot_make.h: what the makers of a snapshot's parts share. Inside of the snapshot only. */
#ifndef MPW_SNAPSHOT_MAKE_H
#define MPW_SNAPSHOT_MAKE_H

#include "detect/detect.h"
#include "history.h"
#include "model/model.h"
#include "snapshot.h"

struct snap_maker {
	struct model *model;
	struct snapshot *out;
	struct snap_memory *memory;
	struct findings findings;
	struct site_words *site_words; /* of places where processes wait: many of them wait at the same */
};

/* Zeroed memory and texts that live as long as the snapshot. */
void *snap_alloc(struct snap_memory *memory, size_t count, size_t size);
const char *snap_copy(struct snap_memory *memory, const char *text); /* NULL stays NULL */
const char *snap_text(struct snap_memory *memory, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *snap_label(struct snap_maker *maker, const struct process *process); /* NULL: "-" */
/* "thumbs.py:71 save_meta", the user's frame or else the innermost; NULL when nothing is known. */
const char *snap_place(struct snap_maker *maker, uint32_t stack);
void snap_stack_make(struct snap_maker *maker, uint32_t stack, struct snap_stack *out);
/* "main, w1-w8" of a list that may hold a process twice; sorts it. */
const char *snap_names(struct snap_maker *maker, const struct process **list, size_t count);

uint64_t snap_percent(uint64_t part, uint64_t whole);
/* What a thread is in now; letter of SNAP_STATES, SNAP_NOT_KNOWN. */
char snap_thread_state(const struct snap_maker *maker, const struct thread *thread);
bool snap_thread_waits(const struct thread *thread); /* in a call that the latest word tells of */
char snap_share_letter(unsigned share);

/* The parts. Processes come first. */
void snap_make_processes(struct snap_maker *maker);
void snap_make_threads(struct snap_maker *maker, const struct process *process, struct snap_process *out);
/* Where its main thread has waited so far. */
void snap_make_wait_sites(struct snap_maker *maker, const struct process *process, struct snap_process *out);
void snap_make_runs(struct snap_maker *maker, const struct process *process, struct snap_process *out);
/* Who its main thread waits for, as far as one can tell. */
void snap_make_wait(struct snap_maker *maker, const struct process *process, struct snap_process *out);
void snap_make_descriptors(struct snap_maker *maker, const struct process *process, struct snap_process *out);
void snap_make_channels(struct snap_maker *maker);
void snap_make_locks(struct snap_maker *maker);
void snap_make_segments(struct snap_maker *maker);
void snap_make_findings(struct snap_maker *maker);
void snap_make_moments(struct snap_maker *maker);
void snap_forget_sites(struct snap_maker *maker);

#endif
