/* environment.h: keeping the probe in the environment of the next image when the program cleaned it, or out of it where
 * the image could not load it. */
#ifndef MPW_PROBE_ENVIRONMENT_H
#define MPW_PROBE_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"

/* An environment made for one call. Memory comes from mmap, since a vfork child may not touch the allocator. */
struct environment {
	char *const *use; /* what to pass on: the program's own, or ours */
	void *mapped;
	uint64_t size;
	void *room; /* on the caller's stack, where a filter may forbid mmap; else NULL */
};

/* Bytes of its stack that a caller has to give for an exec from `envp`, 0: none. */
uint64_t environment_room(char *const *envp);
#define ENVIRONMENT_ROOM(environment, envp)                                                                            \
	do {                                                                                                           \
		uint64_t room_ = environment_room(envp);                                                               \
                                                                                                                       \
		(environment)->room = room_ ? __builtin_alloca(room_) : NULL;                                          \
	} while (0)

/* What an image at `path` should be given, from the program's `envp`; `room` is set. `path` NULL: not known, keep the
 * probe. Behind a filter for system calls it is always left out: it would be killed for what it does at its start. */
void environment_make(struct environment *environment, const char *path, char *const *envp);

/* After a call that came back. Keeps errno. */
void environment_drop(struct environment *environment);

/* Where execvp would find `file`: `file` itself if it has a slash, else the first executable match in PATH, copied to
 * `room`. */
const char *environment_search(const char *file, char *room, size_t size);

#endif
