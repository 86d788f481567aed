/* fd_listing.h: the kernel's list of a process's descriptors as FD_SEEN events, ended by FD_COUNT. They come
 * with the next round of the drain, in their place among what the process did. */
#ifndef MPW_FD_LISTING_H
#define MPW_FD_LISTING_H

#include "watched.h"

struct fd_limits {
	uint64_t soft, hard;
};

/* Lists all of them; a table of more than FD_LISTING_MAX is counted only. Returns how many are open, or negative errno.
 */
#define FD_LISTING_MAX 4096
int fd_listing_emit(struct collect *collect, const struct watched *process, uint32_t peak, struct fd_limits limits);

/* How many are open, without looking at them. */
int fd_listing_count(int32_t pid);

#endif
