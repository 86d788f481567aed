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
};

/* What an image at `path` should be given, from the program's `envp`. `path` NULL: not known, keep the probe. */
void environment_make(struct environment *environment, const char *path, char *const *envp);

/* After a call that came back. Keeps errno. */
void environment_drop(struct environment *environment);

/* Where execvp would find `file`: `file` itself if it has a slash, else the first executable match in PATH, copied to
 * `room`. */
const char *environment_search(const char *file, char *room, size_t size);

#endif
