/* dump_arena: runs a program under the probe with an arena of its own and prints every record as text when it has
 * ended. No recycling, no merging: what the probe wrote is what is shown. For tests of the probe without a collector.
 * usage: dump_arena LIBRARY-DIRECTORY PROGRAM [ARG...]        output: "<chunk> <tid> <event>", and one "counters" line
 * a thread */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/arena.h"
#include "wire/session.h"

#define WINDOWS 64

static char *arena;
static FILE *out;

static void print_records(const struct thread_block *th, unsigned chunk)
{
	for (uint64_t at = 0; at < th->written;) {
		char record[64];
		struct event event = {0};
		char line[512];
		struct ring_head head;

		for (unsigned unit = 0; unit < 4; unit++)
			memcpy(record + unit * 16,
				(const char *)th + th->ring_offset + (at + unit) % th->ring_units * RING_UNIT, 16);
		memcpy(&head, record, sizeof(head));
		if (head.units == 0 || head.units > 4) {
			fprintf(out, "corrupt at %" PRIu64 "\n", at);
			return;
		}
		if (event_from_record(record, head.units * 16u, &event) == 0) {
			event.tid = (uint32_t)th->tid;
			event.stack = head.stack;
			event_print(&event, line, sizeof(line));
			fprintf(out, "%u %s flags=%u\n", chunk, line, head.flags);
		} else {
			fprintf(out, "bad record type %u units %u\n", head.type, head.units);
		}
		at += head.units;
	}
}

static void print_thread(const struct thread_block *th, unsigned chunk)
{
	const struct thread_counters *c = &th->count;

	fprintf(out,
		"%u counters tid=%d calls=%" PRIu64 " in=%" PRIu64 " out=%" PRIu64 " events=%" PRIu64 " lost=%" PRIu64
		" signal=%" PRIu64 " board=%u\n",
		chunk, th->tid, c->calls, c->bytes_in, c->bytes_out, c->events, c->lost_full, c->lost_signal,
		th->board.call);
	print_records(th, chunk);
}

static void print_all(void)
{
	for (unsigned chunk = 0; chunk < WINDOWS * ARENA_WINDOW_CHUNKS; chunk++) {
		const struct chunk_head *head = (void *)(arena + arena_chunk_offset(chunk));

		if (chunk % ARENA_WINDOW_CHUNKS == 0)
			continue;
		if (head->kind == CHUNK_PROC || head->kind == CHUNK_THREAD)
			print_thread((const void *)head, chunk);
	}
}

static unsigned freest_window(void)
{
	unsigned best = 0;
	int most = 0;

	for (unsigned i = 0; i < WINDOWS; i++) {
		const struct arena_window *window = (void *)(arena + arena_window_offset(i));
		int left = __builtin_popcountll(window->free_bits[0]) + __builtin_popcountll(window->free_bits[1]);

		if (left > most) {
			most = left;
			best = i;
		}
	}
	return best;
}

int main(int argc, char **argv)
{
	size_t size = ARENA_CONTROL_SIZE + (size_t)WINDOWS * ARENA_WINDOW_SIZE;
	int fd = memfd_create("mpwatch", MFD_CLOEXEC), status;
	struct arena_control *control;
	char path[4096], *old = getenv("LD_PRELOAD");
	uint64_t session = session_number(getpid(), fd, 0x2a5a5a);
	pid_t child;

	if (argc < 3 || ftruncate(fd, (off_t)size) < 0)
		return 2;
	out = getenv("DUMP_TO") ? fopen(getenv("DUMP_TO"), "we") : stderr;
	if (fallocate(fd, 0, 0, (off_t)size) < 0)
		return 2;
	arena = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	control = (void *)arena;
	control->version = ARENA_VERSION;
	control->table_hash = event_table_hash();
	control->nonce = session_random(session);
	control->supervisor = getpid();
	control->flags = ARENA_TSC | ARENA_PYTHON | (getenv("NO_STACKS") ? 0 : ARENA_STACKS) |
			 (getenv("NO_RSEQ") ? 0 : ARENA_RSEQ);
	control->block_count_ticks = 40000;
	control->block_event_ticks = 2000000;
	control->windows = WINDOWS;
	for (unsigned i = 0; i < WINDOWS; i++) {
		struct arena_window *window = (void *)(arena + arena_window_offset(i));

		window->index = i;
		window->free_bits[0] = ~1ull;
		window->free_bits[1] = ~0ull;
	}
	control->magic = ARENA_MAGIC;
	if (session_encode(argv[1], session, path, sizeof(path)) < 0)
		return 2;
	if (old) {
		strcat(path, ":");
		strcat(path, old);
	}
	child = fork();
	if (child == 0) {
		setenv("LD_PRELOAD", path, 1);
		unsetenv("DUMP_TO");
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		control->window_hint = freest_window();
		usleep(2000);
	}
	print_all();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
