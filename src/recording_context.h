/* recording_context.h: what writer and reader both remember inside a group of frames: the last event of each kind,
 * process, thread and key, from which the next one is told by its differences. Both sides must do exactly the same
 * here: it is part of the format. */
#ifndef MPW_RECORDING_CONTEXT_H
#define MPW_RECORDING_CONTEXT_H

#include <stdint.h>

#define CONTEXT_MAX_FIELDS 64u

struct context {
	uint32_t generation;
	uint32_t type, proc, tid;
	uint64_t key;
	uint32_t stack;
	uint64_t values[];
};

struct contexts;

/* Room for events with up to `fields` fields. */
struct contexts *contexts_new(unsigned fields);
/* Forgets everything: a group starts. */
void contexts_reset(struct contexts *contexts);
/* The last event with this head and key, all 0 if there was none. Few slots: another event may have taken the place,
 * which costs some bytes, never correctness. */
struct context *contexts_get(struct contexts *contexts, uint32_t type, uint32_t proc, uint32_t tid, uint64_t key);
void contexts_free(struct contexts *contexts);

#endif
