#include "drain_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "later.h"
#include "runs.h"
#include "totals.h"

/* After a death was noticed: so long its parent may take to say what it fetched. */
#define STATUS_PATIENCE_NS 1500000000u

struct drain *drain_new(struct collect *collect)
{
	struct drain *drain = mem_zalloc(1, sizeof(*drain));

	drain->collect = collect;
	return drain;
}

struct chunk_state *drain_chunk(const struct drain *drain, uint32_t number)
{
	return number < drain->chunk_capacity ? drain->chunks[number] : NULL;
}

uint32_t drain_chunks(const struct drain *drain)
{
	return drain->chunk_count;
}

uint32_t drain_births(const struct drain *drain)
{
	return drain->births;
}

/* --- chunks --- */

static void chunk_slot(struct drain *drain, uint32_t number)
{
	uint32_t grown = (number / ARENA_WINDOW_CHUNKS + 1) * ARENA_WINDOW_CHUNKS;

	if (number < drain->chunk_capacity)
		return;
	drain->chunks = mem_resize(drain->chunks, grown * sizeof(*drain->chunks));
	memset(drain->chunks + drain->chunk_capacity, 0, (grown - drain->chunk_capacity) * sizeof(*drain->chunks));
	drain->chunk_capacity = grown;
}

/* The state of a claimed chunk; NULL while its claimer has not published it, or when what it says makes no sense. */
static struct chunk_state *chunk_see(struct drain *drain, uint32_t number)
{
	struct chunk_head *head = arena_host_chunk(&drain->collect->arena, number);
	struct chunk_state *chunk;
	uint32_t kind;

	chunk_slot(drain, number);
	if (drain->chunks[number])
		return drain->chunks[number];
	kind = __atomic_load_n(&head->kind, __ATOMIC_ACQUIRE);
	if (kind == CHUNK_FREE || kind > CHUNK_LOCKS)
		return NULL;
	chunk = mem_zalloc(1, sizeof(*chunk));
	chunk->number = number;
	chunk->kind = kind;
	chunk->owner = head->owner;
	chunk->serial = head->serial;
	if (kind == CHUNK_PROC || kind == CHUNK_THREAD) {
		chunk->tid = ((struct thread_block *)(void *)head)->tid;
		ring_reader_init(&chunk->reader, head, kind);
	}
	drain->chunks[number] = chunk;
	drain->chunk_count++;
	return chunk;
}

static void chunk_forget(struct drain *drain, struct chunk_state *chunk)
{
	if (chunk->image)
		image_put(drain->collect, chunk->image);
	drain->chunks[chunk->number] = NULL;
	drain->chunk_count--;
	free(chunk->frames);
	free(chunk->python_frames);
	free(chunk->fds);
	free(chunk->locks);
	free(chunk->cuts);
	free(chunk->python);
	free(chunk);
}

typedef void chunk_function(struct drain *drain, struct chunk_state *chunk);

static void each_claimed(struct drain *drain, chunk_function *function)
{
	const struct arena_host *arena = &drain->collect->arena;

	for (uint32_t window = 0; window < arena->window_count; window++) {
		for (uint32_t word = 0; word < 2; word++) {
			for (uint64_t bits = arena_host_claimed(arena, window, word); bits; bits &= bits - 1) {
				uint32_t index = word * 64 + (uint32_t)__builtin_ctzll(bits);
				struct chunk_state *chunk = chunk_see(drain, window * ARENA_WINDOW_CHUNKS + index);

				if (chunk)
					function(drain, chunk);
			}
		}
	}
}

/* --- reading --- */

static struct item *item_add(struct drain *drain, struct chunk_state *chunk, const struct ring_record *record)
{
	struct item *item;

	if (drain->item_count == drain->item_capacity) {
		drain->item_capacity = drain->item_capacity ? drain->item_capacity * 2 : 256;
		drain->items = mem_resize(drain->items, drain->item_capacity * sizeof(*drain->items));
	}
	item = &drain->items[drain->item_count++];
	memset(item, 0, sizeof(*item));
	item->ticks = record->head.ticks;
	item->sequence = drain->sequence++;
	item->chunk = chunk;
	item->record = *record;
	chunk->pending++;
	return item;
}

static void text_add(struct chunk_state *chunk, const struct ring_record *record)
{
	size_t length = strnlen((const char *)record->payload, sizeof(struct rec_text));

	if (length > RECORD_TEXT_MAX - chunk->text_length)
		length = RECORD_TEXT_MAX - chunk->text_length;
	memcpy(chunk->text + chunk->text_length, record->payload, length);
	chunk->text_length += length;
}

static char *text_take(struct chunk_state *chunk)
{
	if (chunk->text_length == 0)
		return NULL;
	chunk->text[chunk->text_length] = 0;
	chunk->text_length = 0;
	return mem_copy_text(chunk->text);
}

/* Pieces come in order; one that does not fit on means that another was lost. */
static void frames_add(struct drain *drain, struct chunk_state *chunk, const struct ring_record *record)
{
	struct rec_frames piece;
	uint32_t count = record->head.flags & ~(STACK_LAST | STACK_PYTHON);
	struct frames_buffer *frames;

	memcpy(&piece, record->payload, sizeof(piece));
	if (!chunk->frames)
		chunk->frames = mem_zalloc(1, sizeof(*chunk->frames));
	frames = chunk->frames;
	if (piece.at == 0) {
		frames->id = piece.id;
		frames->count = 0;
		frames->broken = false;
	}
	if (frames->id != piece.id || frames->count != piece.at || count > 5 ||
		frames->count + count > STACK_FRAMES_MAX) {
		frames->broken = true;
		return;
	}
	memcpy(frames->address + frames->count, &piece.pc0, count * sizeof(uint64_t));
	frames->count += count;
	if (!(record->head.flags & STACK_LAST) || frames->broken || (record->head.flags & STACK_PYTHON))
		return;
	item_add(drain, chunk, record)->frames = frames;
	chunk->frames = NULL;
}

/* The same for a Python stack, whose pieces bear no position: the ring keeps their order. */
static void python_frames_add(struct drain *drain, struct chunk_state *chunk, const struct ring_record *record)
{
	struct rec_pyframes piece;
	uint32_t count = record->head.flags & ~(STACK_LAST | STACK_PYTHON);
	struct frames_buffer *frames;

	memcpy(&piece, record->payload, sizeof(piece));
	if (!chunk->python_frames)
		chunk->python_frames = mem_zalloc(1, sizeof(*chunk->python_frames));
	frames = chunk->python_frames;
	if (frames->id != piece.id) {
		frames->id = piece.id;
		frames->parent = piece.parent;
		frames->count = 0;
	}
	if (count > 5 || frames->count + count > STACK_FRAMES_MAX) {
		frames->id = 0;
		return;
	}
	memcpy(frames->address + frames->count, &piece.f0, count * sizeof(uint64_t));
	frames->count += count;
	if (!(record->head.flags & STACK_LAST))
		return;
	item_add(drain, chunk, record)->frames = frames;
	chunk->python_frames = NULL;
}

static bool describes_stack(const struct item *item)
{
	return item->frames || item->record.head.type == EV_PYCODE;
}

/* A stack must be known before the record that names it. Both bear the time at which their making began, and that of
 * the record may be the earlier one. */
static void frames_before(struct drain *drain, uint32_t first, const struct chunk_state *chunk, uint64_t ticks)
{
	for (uint32_t i = drain->item_count;
		i-- > first && describes_stack(&drain->items[i]) && drain->items[i].chunk == chunk;)
		if (drain->items[i].ticks > ticks)
			drain->items[i].ticks = ticks;
}

static void chunk_read(struct drain *drain, struct chunk_state *chunk)
{
	uint64_t now = session_clock_ticks(&drain->collect->clock);
	uint32_t first = drain->item_count, waiting;
	struct ring_record record;

	if (!chunk->reader.block)
		return;
	totals_entry(chunk, drain->round_ns);
	/* What comes in meanwhile is for the next round: a fast writer must not keep us here. */
	for (waiting = ring_reader_waiting(&chunk->reader); waiting > 0 && ring_reader_next(&chunk->reader, &record);) {
		waiting -= record.head.units < waiting ? record.head.units : waiting;
		if (record.head.ticks > now)
			record.head.ticks = now;
		if (record.head.type == EV_TEXT) {
			text_add(chunk, &record);
		} else if (record.head.type == EV_FRAMES) {
			frames_add(drain, chunk, &record);
		} else if (record.head.type == EV_PYFRAMES) {
			python_frames_add(drain, chunk, &record);
		} else {
			if (record.head.type != EV_PYCODE)
				frames_before(drain, first, chunk, record.head.ticks);
			item_add(drain, chunk, &record)->text = text_take(chunk);
		}
	}
	ring_reader_release(&chunk->reader);
}

/* --- the round --- */

static int item_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->ticks != y->ticks)
		return x->ticks < y->ticks ? -1 : 1;
	return x->sequence < y->sequence ? -1 : 1;
}

static void items_sort(struct drain *drain)
{
	for (uint32_t i = 1; i < drain->item_count; i++) {
		if (item_order(&drain->items[i - 1], &drain->items[i]) > 0) {
			qsort(drain->items, drain->item_count, sizeof(*drain->items), item_order);
			return;
		}
	}
}

static void rings_read(struct drain *drain)
{
	each_claimed(drain, chunk_read);
	__atomic_fetch_add(&drain->collect->arena.control->rounds, 1, __ATOMIC_RELAXED);
}

void drain_relieve(struct drain *drain)
{
	uint32_t rung = __atomic_load_n(&drain->collect->arena.control->doorbell, __ATOMIC_ACQUIRE);

	if (rung == drain->rung)
		return;
	drain->rung = rung;
	drain_refill(drain);
	rings_read(drain);
}

uint32_t drain_round(struct drain *drain, bool last)
{
	uint64_t limit = session_clock_ticks(&drain->collect->clock);
	uint32_t before = drain->item_count, read, done, count;

	drain->previous_round_ns = drain->round_ns;
	drain->round_ns = session_clock_now(&drain->collect->clock);
	drain->births = 0;
	rings_read(drain);
	read = drain->item_count - before;
	items_sort(drain);
	count = drain->item_count;
	for (done = 0; done < count && (last || drain->items[done].ticks <= limit); done++) {
		struct item item = drain->items[done]; /* the list may move when rings are read in between */

		if (drain->collect->later)
			later_emit(drain->collect, session_clock_time(&drain->collect->clock, item.ticks));
		drain_record(drain, &item);
		item.chunk->pending--;
		free(item.text);
		free(item.frames);
		drain_relieve(drain);
	}
	if (done > 0)
		memmove(drain->items, drain->items + done, (drain->item_count - done) * sizeof(*drain->items));
	drain->item_count -= done;
	later_emit(drain->collect, last ? UINT64_MAX : session_clock_time(&drain->collect->clock, limit));
	return read;
}

static void chunk_totals(struct drain *drain, struct chunk_state *chunk)
{
	uint64_t now = session_clock_now(&drain->collect->clock);

	totals_thread(drain->collect, chunk, now, false);
	totals_process(drain->collect, chunk, now);
	totals_python(drain->collect, chunk, now, false);
	totals_board(drain->collect, chunk, now, false);
	runs_tell(drain->collect, chunk, now);
}

static void chunk_sampled(struct drain *drain, struct chunk_state *chunk)
{
	totals_sampled(drain->collect, chunk, session_clock_now(&drain->collect->clock));
}

static void chunk_waits(struct drain *drain, struct chunk_state *chunk)
{
	if (totals_waits(drain->collect, chunk, session_clock_now(&drain->collect->clock)))
		chunk_totals(drain, chunk);
}

void drain_waits(struct drain *drain)
{
	each_claimed(drain, chunk_waits);
}

/* At most so many readings at a time: with more threads that run, each is looked at less often. */
#define RUNS_MOST 32u

static void chunk_runs(struct drain *drain, struct chunk_state *chunk)
{
	if (!runs_candidate(chunk) || drain->runs_seen++ < drain->runs_first || drain->runs_read >= RUNS_MOST)
		return;
	drain->runs_read += runs_look(drain->collect, chunk, session_clock_now(&drain->collect->clock));
	drain->runs_first++;
}

bool drain_runs(struct drain *drain)
{
	drain->runs_seen = drain->runs_read = 0;
	each_claimed(drain, chunk_runs);
	if (drain->runs_first >= drain->runs_seen)
		drain->runs_first = 0;
	return drain->runs_read > 0;
}

static void chunk_last_board(struct drain *drain, struct chunk_state *chunk)
{
	totals_board(drain->collect, chunk, session_clock_now(&drain->collect->clock), true);
}

void drain_totals(struct drain *drain, bool last)
{
	each_claimed(drain, chunk_totals);
	each_claimed(drain, chunk_sampled);
	if (last)
		each_claimed(drain, chunk_last_board);
}

/* --- does anything move? --- */

static void chunk_moved(struct drain *drain, struct chunk_state *chunk)
{
	drain->moved += totals_moved(drain->collect, chunk);
}

uint64_t drain_moved(struct drain *drain)
{
	drain->moved = 0;
	each_claimed(drain, chunk_moved);
	return drain->moved;
}

static void chunk_sleeps(struct drain *drain, struct chunk_state *chunk)
{
	uint64_t since = totals_sleeps_since(drain->collect, chunk);

	if (since && since <= drain->sleep_ns)
		drain->sleeps = true;
}

bool drain_sleeper(struct drain *drain, uint64_t since_ns)
{
	drain->sleeps = false;
	drain->sleep_ns = since_ns;
	each_claimed(drain, chunk_sleeps);
	return drain->sleeps;
}

/* --- ends --- */

/* Since when has nobody written into the chunk? 0: somebody may. */
static uint64_t writer_gone(const struct chunk_state *chunk)
{
	const struct image *image = chunk->image;

	if (image->over)
		return image->over_ns;
	if (!image->process)
		return 1;
	if (image->process->gone)
		return image->process->gone_ns;
	return 0;
}

static bool thread_ended(const struct chunk_state *chunk)
{
	return chunk->kind == CHUNK_THREAD && __atomic_load_n(&chunk->reader.block->ended, __ATOMIC_ACQUIRE);
}

/* Bytes of the chunk that may not be zero. What lies in a ring beyond its end was never written, and would be
 * overwritten before it is read. */
static size_t chunk_used(const struct chunk_state *chunk)
{
	uint64_t units = chunk->reader.at < chunk->reader.units ? chunk->reader.at : chunk->reader.units;

	if (!chunk->reader.block || chunk->reader.corrupt)
		return ARENA_CHUNK_SIZE;
	return (size_t)(chunk->reader.ring - (const uint8_t *)chunk->reader.block) + units * RING_UNIT;
}

static void chunk_finish(struct drain *drain, struct chunk_state *chunk, uint64_t ts_ns)
{
	struct watched *process = chunk->image->process;

	if (chunk->reader.block && process) {
		totals_thread(drain->collect, chunk, ts_ns, true);
		totals_process(drain->collect, chunk, ts_ns);
		totals_python(drain->collect, chunk, ts_ns, true);
		runs_tell(drain->collect, chunk, ts_ns);
		if (!thread_ended(chunk))
			totals_last_board(drain->collect, chunk, ts_ns);
	}
	arena_host_recycle(&drain->collect->arena, chunk->number, chunk_used(chunk));
	chunk_forget(drain, chunk);
}

/* A chunk whose image is unknown belongs to a process that was killed between claim and its first record, or to one
 * that writes nonsense; its owner's chunk says who. */
static void chunk_adopt(struct drain *drain, struct chunk_state *chunk)
{
	chunk->image = image_by_serial(drain->collect, chunk->serial);
	if (chunk->image)
		chunk->image->chunks++;
}

static void chunk_reap(struct drain *drain, struct chunk_state *chunk)
{
	uint64_t since;

	drain_relieve(drain);
	if (!chunk->image)
		chunk_adopt(drain, chunk);
	if (!chunk->image || chunk->pending)
		return;
	if (thread_ended(chunk)) {
		if (ring_reader_waiting(&chunk->reader) == 0)
			chunk_finish(drain, chunk, drain->round_ns);
		return;
	}
	since = writer_gone(chunk);
	/* The round that began after the end has read everything. */
	if (since == 0 || since > drain->round_ns || (chunk->reader.block && ring_reader_waiting(&chunk->reader) > 0))
		return;
	chunk_finish(drain, chunk, since > chunk->image->start_ns ? since : chunk->image->start_ns);
}

static bool status_will_come(const struct watched *process, uint64_t now_ns)
{
	if (process->source != EXIT_UNSEEN || (process->fetched && process->pidfd < 0))
		return false;
	return now_ns - process->noticed_ns < STATUS_PATIENCE_NS;
}

static void processes_reap(struct drain *drain, bool last)
{
	struct collect *collect = drain->collect;
	struct watched *process, *next;

	HASH_ITER(hh, collect->watched->all, process, next)
	{
		if (!process->gone || (process->noticed_ns > drain->round_ns && !last))
			continue;
		if (process->source == EXIT_UNSEEN)
			watched_gone(collect, process, process->gone_ns);
		if (!last && status_will_come(process, drain->round_ns))
			continue;
		if (!last && process->images)
			continue; /* its totals first */
		watched_end(collect, process);
	}
	watched_sweep(collect);
}

void drain_refill(struct drain *drain)
{
	arena_host_refill(&drain->collect->arena, drain->chunk_count < 8 ? ARENA_FREE_AT_START : ARENA_FREE_AHEAD);
}

void drain_reap(struct drain *drain, bool last)
{
	each_claimed(drain, chunk_reap);
	processes_reap(drain, last);
	drain_refill(drain);
}

void drain_free(struct drain *drain)
{
	for (uint32_t i = 0; i < drain->item_count; i++) {
		free(drain->items[i].text);
		free(drain->items[i].frames);
	}
	for (uint32_t i = 0; i < drain->chunk_capacity; i++)
		if (drain->chunks[i])
			chunk_forget(drain, drain->chunks[i]);
	free(drain->chunks);
	free(drain->items);
	free(drain);
}
