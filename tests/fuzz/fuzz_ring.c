/* fuzz_ring: arbitrary bytes as chunks of the arena through the whole drain. The first byte says how many chunks are
 * claimed, the next ones which kinds they are and where their rings stand; the rest fills them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drain.h"
#include "stack_table.h"
#include "watched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_nothing(void *context, const struct event *event)
{
	(void)context;
	/* what is emitted must be printable: it is what the recording would get */
	char line[4096];

	event_print(event, line, sizeof(line));
}

static struct collect collect;
static struct drain *drain;

static void begin(void)
{
	static struct arena_host arena;

	if (!arena.control && arena_host_open(&arena) < 0)
		abort();
	memset(&collect, 0, sizeof(collect));
	collect.arena = arena;
	collect.events_fd = -1;
	collect.sink.put = put_nothing;
	session_clock_start(&collect.clock, false);
	watched_init(&collect);
	stack_table_init(&collect);
	drain = drain_new(&collect);
}

/* Claims chunk `number` and fills it: some fields are made sensible, or few inputs would get past the first check. */
static void claim(uint32_t number, uint8_t how, const uint8_t *bytes, size_t count)
{
	struct arena_window *head = (struct arena_window *)(void *)collect.arena.windows[0].base;
	char *chunk = arena_host_chunk(&collect.arena, number);
	struct thread_block *th = (struct thread_block *)(void *)chunk;
	size_t ring = (how & 1) ? PROC_RING_OFFSET : THREAD_RING_OFFSET;

	head->free_bits[0] &= ~(1ull << number);
	memset(chunk, 0, ARENA_CHUNK_SIZE);
	if (how & 4) {
		memcpy(chunk, bytes, count < ARENA_CHUNK_SIZE ? count : ARENA_CHUNK_SIZE);
		return;
	}
	if (count > ARENA_CHUNK_SIZE - ring)
		count = ARENA_CHUNK_SIZE - ring;
	memcpy(chunk + ring, bytes, count);
	th->head.serial = 1 + (how >> 4);
	th->head.owner = number;
	th->written = (how & 8) ? ~0ull - 3 : count / RING_UNIT;
	th->head.kind = (how & 1) ? CHUNK_PROC : CHUNK_THREAD;
	if (how & 1)
		((struct proc_chunk *)(void *)chunk)->proc.host_pid = 4999990 + (how >> 4);
}

static void end(void)
{
	struct arena_window *head = (struct arena_window *)(void *)collect.arena.windows[0].base;

	drain_free(drain);
	stack_table_free(&collect);
	watched_free(&collect);
	head->free_bits[0] = ~1ull;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t chunks;

	if (size < 8)
		return 0;
	begin();
	chunks = 1 + data[0] % 4;
	for (uint32_t i = 0; i < chunks; i++) {
		size_t part = (size - 8) / chunks;

		claim(1 + i, data[1 + i], data + 8 + i * part, part);
	}
	for (int round = 0; round < 3; round++) {
		drain_round(drain, round == 2);
		drain_totals(drain, round == 2);
		drain_reap(drain, round == 2);
	}
	end();
	return 0;
}
