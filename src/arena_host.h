/* arena_host.h: the collector's side of the shared memory: creates it, offers chunks, takes them back. The only module
 * that changes a window's bitmap from this side. What the chunks hold is the drain's business. */
#ifndef MPW_ARENA_HOST_H
#define MPW_ARENA_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/arena.h"

struct arena_host_window {
	char *base;
	uint32_t offered; /* chunks with memory behind them; ours, because the shared copy may be overwritten */
};

struct arena_host {
	int fd;
	struct arena_control *control;
	struct arena_host_window *windows;
	uint32_t window_count;
	uint32_t backed; /* chunks with memory behind them, headers included */
	bool exhausted;  /* the kernel refused more memory; tried again at each refill */
	uint64_t reused; /* chunks given out a second time */
};

/* Chunks kept free: few at the start, so that a short program costs little; more once there is work. */
#define ARENA_FREE_AT_START 48u
#define ARENA_FREE_AHEAD 128u

/* Creates the memory with the control page filled in but for magic, which arena_host_publish() sets. 0 or negative
 * errno. */
int arena_host_open(struct arena_host *host);
void arena_host_publish(struct arena_host *host);

/* Offers chunks until `want` are free (or no more memory is to be had: host->exhausted) and points new images at the
 * freest window. Returns how many are free. */
uint32_t arena_host_refill(struct arena_host *host, uint32_t want);

/* The chunk, or NULL if the number is none that was ever offered. */
void *arena_host_chunk(const struct arena_host *host, uint32_t number);
/* Bits of the chunks of word `word` (0, 1) of a window that somebody has claimed. */
uint64_t arena_host_claimed(const struct arena_host *host, uint32_t window, uint32_t word);

/* Zeroes the first `used` bytes of a chunk that nobody writes to any more and gives it out again. */
void arena_host_recycle(struct arena_host *host, uint32_t number, size_t used);

/* Tells the probes to be silent and unmaps. */
void arena_host_close(struct arena_host *host);

#endif
