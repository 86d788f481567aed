/* fake_probe.h: writes into an arena as the probe does, for tests of the collector. */
#ifndef MPW_FAKE_PROBE_H
#define MPW_FAKE_PROBE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "arena_host.h"
#include "drain.h"
#include "stack_table.h"
#include "watched.h"

#define FAKE_EVENTS_MAX 20000

/* Everything the collector emitted; texts are copied and never freed. */
struct fake_session {
	struct collect collect;
	struct drain *drain;
	struct event events[FAKE_EVENTS_MAX];
	uint32_t count;
};

static inline void fake_put(void *context, const struct event *event)
{
	struct fake_session *session = context;
	const struct event_desc *desc = event_describe(event->type);
	struct event *copy;

	cr_assert(session->count < FAKE_EVENTS_MAX);
	copy = &session->events[session->count++];
	*copy = *event;
	for (unsigned i = 0; i < desc->field_count; i++) {
		const char *text;

		if (desc->fields[i].kind != FIELD_STR)
			continue;
		memcpy(&text, (char *)&copy->u + desc->fields[i].offset, sizeof(text));
		text = text ? strdup(text) : NULL;
		memcpy((char *)&copy->u + desc->fields[i].offset, &text, sizeof(text));
	}
}

static inline void fake_texts_free(struct event *event)
{
	const struct event_desc *desc = event_describe(event->type);

	for (unsigned i = 0; i < desc->field_count; i++) {
		char *text;

		if (desc->fields[i].kind != FIELD_STR)
			continue;
		memcpy(&text, (char *)&event->u + desc->fields[i].offset, sizeof(text));
		free(text);
	}
}

static inline struct fake_session *fake_session_new(void)
{
	struct fake_session *session = calloc(1, sizeof(*session));

	session->collect.events_fd = -1;
	session->collect.sink = (struct event_sink){fake_put, session};
	session_clock_start(&session->collect.clock, false); /* ticks are nanoseconds */
	cr_assert_eq(arena_host_open(&session->collect.arena), 0);
	arena_host_publish(&session->collect.arena);
	watched_init(&session->collect);
	stack_table_init(&session->collect);
	session->drain = drain_new(&session->collect);
	return session;
}

static inline void fake_session_free(struct fake_session *session)
{
	drain_free(session->drain);
	stack_table_free(&session->collect);
	watched_free(&session->collect);
	arena_host_close(&session->collect.arena);
	for (uint32_t i = 0; i < session->count; i++)
		fake_texts_free(&session->events[i]);
	free(session);
}

/* Claims the lowest free chunk, as probes/arena_map.c does. */
static inline uint32_t fake_claim(struct fake_session *session)
{
	for (uint32_t window = 0; window < session->collect.arena.window_count; window++) {
		struct arena_window *head = (void *)session->collect.arena.windows[window].base;

		for (uint32_t word = 0; word < 2; word++) {
			uint64_t bits = head->free_bits[word];

			if (!bits)
				continue;
			head->free_bits[word] = bits & (bits - 1);
			return window * ARENA_WINDOW_CHUNKS + word * 64 + (uint32_t)__builtin_ctzll(bits);
		}
	}
	cr_assert_fail("no chunk is free");
	return 0;
}

static inline uint64_t fake_now(const struct fake_session *session)
{
	return session_clock_ticks(&session->collect.clock);
}

static inline void fake_emit(struct thread_block *th, unsigned type, unsigned flags, uint32_t stack, uint64_t ticks,
	const void *payload, size_t size)
{
	struct ring_head head = {(uint16_t)type, (uint8_t)((16 + size + 15) / 16), (uint8_t)flags, stack, ticks};
	char record[64] = {0};

	memcpy(record, &head, sizeof(head));
	memcpy(record + 16, payload, size);
	for (unsigned i = 0; i < head.units; i++)
		memcpy((char *)th + th->ring_offset + (th->written + i) % th->ring_units * RING_UNIT, record + 16 * i,
			16);
	th->written += head.units;
}

static inline struct proc_chunk *fake_process(struct fake_session *session, int32_t pid, uint32_t how, uint64_t serial,
	uint64_t parent_serial, uint64_t ticks)
{
	uint32_t number = fake_claim(session);
	struct proc_chunk *chunk = arena_host_chunk(&session->collect.arena, number);
	struct rec_start start = {.how = how, .pid = pid, .ppid = 1, .serial = serial, .parent_serial = parent_serial};

	chunk->main.head.owner = number;
	chunk->main.head.serial = serial;
	chunk->main.tid = chunk->proc.pid = chunk->proc.host_pid = pid;
	chunk->main.ring_offset = PROC_RING_OFFSET;
	chunk->main.ring_units = PROC_RING_UNITS;
	chunk->main.head.kind = CHUNK_PROC;
	fake_emit(&chunk->main, EV_START, 0, 0, ticks, &start, sizeof(start));
	return chunk;
}

static inline const struct event *fake_find(
	const struct fake_session *session, unsigned type, uint32_t proc, unsigned nth)
{
	for (uint32_t i = 0; i < session->count; i++)
		if (session->events[i].type == type && (!proc || session->events[i].proc == proc) && nth-- == 0)
			return &session->events[i];
	return NULL;
}

#endif
