#include "arena_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

#define CHUNKS_TOUCHED_AT_ONCE 8u

static struct arena_window *window_head(const struct arena_host *host, uint32_t window)
{
	return (struct arena_window *)(void *)host->windows[window].base;
}

/* Writing the zeros, instead of fallocate, makes the pages up to date: only such pages does the kernel's fault-around
 * map into a forked child all at once. Being refused here (memory limit of a container, RLIMIT_FSIZE) is why it is not
 * left to a page fault. */
static int chunks_back(struct arena_host *host, uint32_t window, uint32_t first, uint32_t count)
{
	static const char zeros[ARENA_CHUNK_SIZE];

	for (uint32_t i = first; i < first + count; i++) {
		off_t at = (off_t)(arena_window_offset(window) + (uint64_t)i * ARENA_CHUNK_SIZE);
		ssize_t done = pwrite(host->fd, zeros, sizeof(zeros), at);

		if (done != (ssize_t)sizeof(zeros))
			return done < 0 ? -errno : -ENOSPC;
	}
	host->backed += count;
	return 0;
}

static int window_add(struct arena_host *host)
{
	uint32_t window = host->window_count;
	off_t end = (off_t)arena_window_offset(window + 1);
	struct arena_window *head;
	void *base;
	int rc;

	if (window == ARENA_MAX_WINDOWS)
		return -ENOSPC;
	if (ftruncate(host->fd, end) < 0)
		return -errno;
	rc = chunks_back(host, window, 0, 1);
	if (rc < 0)
		return rc;
	base = mmap(NULL, ARENA_WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, host->fd,
		(off_t)arena_window_offset(window));
	if (base == MAP_FAILED)
		return -errno;
	madvise(base, ARENA_WINDOW_SIZE, MADV_DONTDUMP);
	host->windows = mem_resize(host->windows, (window + 1) * sizeof(host->windows[0]));
	host->windows[window] = (struct arena_host_window){base, 1};
	head = base;
	head->index = window;
	head->offered = 1; /* its own header: never free */
	host->window_count = window + 1;
	__atomic_store_n(&host->control->windows, window + 1, __ATOMIC_RELEASE);
	return 0;
}

int arena_host_open(struct arena_host *host)
{
	int rc;
	void *page;

	memset(host, 0, sizeof(*host));
	host->fd = memfd_create("mpwatch", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (host->fd < 0)
		return -errno;
	if (ftruncate(host->fd, ARENA_CONTROL_SIZE) < 0 || fallocate(host->fd, 0, 0, ARENA_CONTROL_SIZE) < 0) {
		rc = -errno;
		goto out;
	}
	page = mmap(NULL, ARENA_CONTROL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, host->fd, 0);
	if (page == MAP_FAILED) {
		rc = -errno;
		goto out;
	}
	host->control = page;
	/* A program that shrank it would kill everybody who touches it. */
	fcntl(host->fd, F_ADD_SEALS, F_SEAL_SHRINK);
	host->control->version = ARENA_VERSION;
	host->control->table_hash = event_table_hash();
	host->control->supervisor = getpid();
	rc = window_add(host);
	if (rc == 0 && arena_host_refill(host, ARENA_FREE_AT_START) == 0)
		rc = -ENOMEM;
out:
	if (rc < 0)
		arena_host_close(host);
	return rc;
}

void arena_host_publish(struct arena_host *host)
{
	__atomic_store_n(&host->control->magic, ARENA_MAGIC, __ATOMIC_RELEASE);
}

static uint32_t window_free(const struct arena_host *host, uint32_t window)
{
	const struct arena_window *head = window_head(host, window);

	return (uint32_t)(__builtin_popcountll(__atomic_load_n(&head->free_bits[0], __ATOMIC_RELAXED)) +
			  __builtin_popcountll(__atomic_load_n(&head->free_bits[1], __ATOMIC_RELAXED)));
}

/* Release: a claimer's acquire then sees the zeros. */
static void chunk_give(const struct arena_host *host, uint32_t window, uint32_t index)
{
	__atomic_fetch_or(&window_head(host, window)->free_bits[index / 64], 1ull << index % 64, __ATOMIC_RELEASE);
}

/* Offers up to `want` more chunks of the window that were never offered. */
static uint32_t window_offer(struct arena_host *host, uint32_t window, uint32_t want)
{
	uint32_t *offered = &host->windows[window].offered, given = 0;

	while (given < want && *offered < ARENA_WINDOW_CHUNKS) {
		uint32_t count = ARENA_WINDOW_CHUNKS - *offered;

		if (count > CHUNKS_TOUCHED_AT_ONCE)
			count = CHUNKS_TOUCHED_AT_ONCE;
		host->exhausted = chunks_back(host, window, *offered, count) < 0;
		if (host->exhausted)
			break;
		for (uint32_t i = 0; i < count; i++)
			chunk_give(host, window, *offered + i);
		*offered += count;
		window_head(host, window)->offered = *offered;
		given += count;
	}
	return given;
}

uint32_t arena_host_refill(struct arena_host *host, uint32_t want)
{
	uint32_t total = 0, best = 0, most = 0;

	host->exhausted = false;
	for (uint32_t i = 0; i < host->window_count; i++)
		total += window_free(host, i);
	for (uint32_t i = 0; i < host->window_count && total < want && !host->exhausted; i++)
		total += window_offer(host, i, want - total);
	while (total < want && !host->exhausted) {
		host->exhausted = window_add(host) < 0;
		if (!host->exhausted)
			total += window_offer(host, host->window_count - 1, want - total);
	}
	for (uint32_t i = 0; i < host->window_count; i++) {
		uint32_t here = window_free(host, i);

		if (here > most) {
			most = here;
			best = i;
		}
	}
	/* A process maps one window: what is free must stand together. Hundreds may be born before we look again. */
	if (want >= ARENA_FREE_AHEAD && most < ARENA_WINDOW_CHUNKS - 16 && !host->exhausted && window_add(host) == 0) {
		best = host->window_count - 1;
		total += window_offer(host, best, ARENA_WINDOW_CHUNKS);
	}
	__atomic_store_n(&host->control->window_hint, best, __ATOMIC_RELEASE);
	__atomic_store_n(&host->control->exhausted, host->exhausted, __ATOMIC_RELAXED);
	return total;
}

void *arena_host_chunk(const struct arena_host *host, uint32_t number)
{
	uint32_t window = number / ARENA_WINDOW_CHUNKS, index = number % ARENA_WINDOW_CHUNKS;

	if (window >= host->window_count || index == 0)
		return NULL;
	return host->windows[window].base + (size_t)index * ARENA_CHUNK_SIZE;
}

uint64_t arena_host_claimed(const struct arena_host *host, uint32_t window, uint32_t word)
{
	const struct arena_window *head = window_head(host, window);
	uint64_t claimed = ~__atomic_load_n(&head->free_bits[word], __ATOMIC_ACQUIRE);
	uint32_t offered = host->windows[window].offered, from = word * 64;

	if (offered <= from)
		return 0;
	if (offered - from < 64)
		claimed &= (1ull << (offered - from)) - 1;
	if (word == 0)
		claimed &= ~1ull;
	return claimed;
}

void arena_host_recycle(struct arena_host *host, uint32_t number, size_t used)
{
	void *chunk = arena_host_chunk(host, number);

	if (!chunk)
		return;
	memset(chunk, 0, used < ARENA_CHUNK_SIZE ? used : ARENA_CHUNK_SIZE);
	host->reused++;
	chunk_give(host, number / ARENA_WINDOW_CHUNKS, number % ARENA_WINDOW_CHUNKS);
}

void arena_host_close(struct arena_host *host)
{
	for (uint32_t i = 0; i < host->window_count; i++) {
		__atomic_store_n(&window_head(host, i)->closed, 1, __ATOMIC_RELEASE);
		munmap(host->windows[i].base, ARENA_WINDOW_SIZE);
	}
	free(host->windows);
	if (host->control) {
		__atomic_store_n(&host->control->closed, 1, __ATOMIC_RELEASE);
		munmap(host->control, ARENA_CONTROL_SIZE);
	}
	if (host->fd >= 0)
		close(host->fd);
	memset(host, 0, sizeof(*host));
	host->fd = -1;
}
