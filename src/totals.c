#include "totals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proc_files.h"
#include "python_where.h"
#include "wire/calls.h"
#include "wire/stack_id.h"

/* So long a thread is in a call before that is worth an event; ... when its process ended in it. */
#define STATE_AFTER_NS 100000000u
#define LAST_AFTER_NS 1000000u

void loss_emit(struct collect *collect, uint32_t proc, uint32_t tid, uint32_t reason, uint64_t records,
	const char *what, uint64_t ts_ns)
{
	struct event event = {.type = EV_LOSS, .proc = proc, .tid = tid, .ts_ns = ts_ns};

	event.u.loss.records = records;
	event.u.loss.reason = reason;
	event.u.loss.what = what;
	collect_emit(collect, &event);
}

static struct thread_block *block_of(const struct chunk_state *chunk)
{
	return chunk->reader.block;
}

static bool is_main(const struct chunk_state *chunk)
{
	return chunk->kind == CHUNK_PROC;
}

/* What the thread said at its own end. Its parent may have waited for it before anybody looked into /proc. */
static void run_time_said(struct chunk_state *chunk)
{
	uint64_t run = block_of(chunk)->cpu_ns;

	if (run > chunk->run_ns && run < UINT64_MAX / 2)
		chunk->run_ns = run;
}

/* Time on a CPU: the kernel's figure, exact to the nanosecond. The thread may be gone, then the last one stays. */
static void run_time_read(struct chunk_state *chunk)
{
	const struct watched *process = chunk->image->process;
	char name[48], text[96];
	int32_t tid = is_main(chunk) ? process->pid : chunk->tid;
	uint64_t run;

	if (process->gone || (process->inner && !is_main(chunk)))
		return;
	snprintf(name, sizeof(name), "task/%d/schedstat", tid);
	if (proc_read(process->pid, name, text, sizeof(text)) > 0 && sscanf(text, "%" SCNu64, &run) == 1 &&
		run > chunk->run_ns)
		chunk->run_ns = run;
}

static uint64_t span(struct collect *collect, uint64_t ticks)
{
	return session_clock_span(&collect->clock, ticks);
}

static uint64_t counters_sum(const struct thread_counters *count)
{
	uint64_t sum = count->calls + count->bytes_in + count->bytes_out + count->move_ticks;

	for (unsigned i = 0; i < 8; i++)
		sum += count->blocked_ticks[i];
	return sum;
}

static uint64_t without(uint64_t value, uint64_t cut)
{
	return value > cut ? value - cut : 0;
}

static uint64_t class_ns(
	struct collect *collect, const struct chunk_state *chunk, const struct thread_counters *count, unsigned class)
{
	return without(span(collect, count->blocked_ticks[class]), chunk->class_cut_ns[class]);
}

void totals_cut(struct chunk_state *chunk, struct chunk_state *proc, const struct ev_block *block, uint64_t ns)
{
	enum call_class class = call_class_of(block->call);
	struct counter_cut cut = {.ns = ns};

	chunk->class_cut_ns[class] += ns;
	if (class == CLASS_LOCK)
		cut = (struct counter_cut){CUT_LOCK, block->object, ns};
	else if ((class == CLASS_INPUT || class == CLASS_OUTPUT) && block->fd >= 0)
		cut = (struct counter_cut){class == CLASS_INPUT ? CUT_IN : CUT_OUT, (uint64_t)block->fd, ns};
	if (!proc || cut.what == CUT_NOTHING)
		return;
	cut.ns += totals_cut_of(proc, (int)cut.what, cut.key, true);
	proc->cuts = mem_resize(proc->cuts, (proc->cut_count + 1) * sizeof(*proc->cuts));
	proc->cuts[proc->cut_count++] = cut;
}

uint64_t totals_cut_of(struct chunk_state *proc, int what, uint64_t key, bool forget)
{
	for (uint32_t i = 0; i < proc->cut_count; i++) {
		struct counter_cut found = proc->cuts[i];

		if ((int)found.what != what || found.key != key)
			continue;
		if (forget)
			proc->cuts[i] = proc->cuts[--proc->cut_count];
		return found.ns;
	}
	return 0;
}

static void thread_stat_fill(struct collect *collect, const struct chunk_state *chunk,
	const struct thread_counters *count, const struct thread_base *base, struct ev_thread_stat *out)
{
	uint64_t by_class[8];

	for (unsigned i = 0; i < 8; i++)
		by_class[i] = base->class_ns[i] + class_ns(collect, chunk, count, i);
	out->calls = base->calls + count->calls;
	out->bytes_in = base->bytes_in + count->bytes_in;
	out->bytes_out = base->bytes_out + count->bytes_out;
	out->move_ns = base->move_ns + span(collect, count->move_ticks);
	out->input_ns = by_class[CLASS_INPUT];
	out->output_ns = by_class[CLASS_OUTPUT];
	out->lock_ns = by_class[CLASS_LOCK];
	out->sleep_ns = by_class[CLASS_SLEEP];
	out->wait_ns = by_class[CLASS_WAIT];
	out->poll_ns = by_class[CLASS_POLL];
	out->other_ns = by_class[CLASS_OTHER] + by_class[CLASS_NONE];
}

static void losses(
	struct collect *collect, struct chunk_state *chunk, const struct thread_counters *count, uint64_t ts_ns)
{
	const struct {
		uint64_t now;
		uint32_t reason;
		const char *what;
	} kinds[] = {
		{count->lost_full, LOSS_RING_FULL, "events of a thread came faster than they were read"},
		{count->lost_signal, LOSS_SIGNAL, "calls of a signal handler inside the probe"},
		{chunk->reader.corrupt, LOSS_CORRUPT, "the program has written into the probe's memory"},
	};

	for (unsigned i = 0; i < 3; i++) {
		if (kinds[i].now == chunk->lost_told[i])
			continue;
		chunk->lost_told[i] = kinds[i].now;
		loss_emit(collect, chunk->image->process->number, (uint32_t)chunk->tid, kinds[i].reason, kinds[i].now,
			kinds[i].what, ts_ns);
	}
}

void totals_thread(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns, bool final)
{
	static const struct thread_base nothing;
	struct watched *process = chunk->image ? chunk->image->process : NULL;
	struct event event = {.type = EV_THREAD_STAT, .ts_ns = ts_ns};
	struct thread_counters count;
	uint64_t sum, run_before = chunk->run_ns;

	if (!process || !chunk->reader.block)
		return;
	memcpy(&count, &block_of(chunk)->count, sizeof(count));
	run_time_said(chunk);
	if (!final)
		run_time_read(chunk);
	else if (is_main(chunk) && process->run_ns > chunk->run_ns && chunk->image == process->image)
		chunk->run_ns = process->run_ns;
	losses(collect, chunk, &count, ts_ns);
	if (is_main(chunk) && chunk->image != process->image)
		return; /* an exec ended it: totals_carry() gave its counters to the process */
	sum = counters_sum(&count);
	/* A thread that did nothing but compute still has a run time worth telling. */
	if (sum == chunk->sum_told && (chunk->run_ns == run_before || chunk->run_ns - run_before < 1000000) &&
		!(final && !chunk->calls_told))
		return;
	chunk->sum_told = sum;
	chunk->calls_told++;
	event.proc = process->number;
	event.tid = (uint32_t)chunk->tid;
	thread_stat_fill(collect, chunk, &count, is_main(chunk) ? &process->base : &nothing, &event.u.thread_stat);
	event.u.thread_stat.run_ns = chunk->run_ns;
	collect_emit(collect, &event);
}

void totals_carry(struct collect *collect, struct chunk_state *chunk)
{
	struct watched *process = chunk->image->process;
	struct thread_counters count;

	if (!process || !is_main(chunk))
		return;
	memcpy(&count, &block_of(chunk)->count, sizeof(count));
	process->base.calls += count.calls;
	process->base.bytes_in += count.bytes_in;
	process->base.bytes_out += count.bytes_out;
	process->base.move_ns += span(collect, count.move_ticks);
	for (unsigned i = 0; i < 8; i++)
		process->base.class_ns[i] += class_ns(collect, chunk, &count, i);
}

/* --- calls that threads are in --- */

/* The thread writes call last and clears it first (see probe.h); seq grows with each entry: a copy between two equal
 * ones is whole. */
static bool board_copy(const struct thread_block *block, struct board *out)
{
	uint32_t before = __atomic_load_n(&block->board.seq, __ATOMIC_ACQUIRE);

	memcpy(out, &block->board, sizeof(*out));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return out->call != 0 && __atomic_load_n(&block->board.seq, __ATOMIC_RELAXED) == before && out->seq == before;
}

static bool board_is_now(const struct thread_block *block, const struct board *copy)
{
	return __atomic_load_n(&block->board.call, __ATOMIC_ACQUIRE) == copy->call &&
	       __atomic_load_n(&block->board.seq, __ATOMIC_RELAXED) == copy->seq;
}

void totals_entry(struct chunk_state *chunk, uint64_t ts_ns)
{
	uint32_t seq = __atomic_load_n(&block_of(chunk)->board.seq, __ATOMIC_RELAXED);

	if (seq == chunk->entry_seq)
		return;
	chunk->entry_seq = seq;
	chunk->entry_ns = ts_ns;
}

/* Where a C program made the call. An interpreter's own call says nothing about the program. */
static uint32_t site_stack(struct collect *collect, const struct chunk_state *chunk, uint64_t site, uint64_t ts_ns)
{
	uint32_t id = stack_id(&site, 1), number;

	if (!site || chunk->image->python || chunk->image->over)
		return 0;
	number = stack_number(chunk->image->family, id);
	if (number)
		return number;
	stack_define(collect, chunk->image->family, chunk->image->process->pid, id, &site, 1, ts_ns);
	return stack_number(chunk->image->family, id);
}

static char kernel_state(const struct chunk_state *chunk)
{
	struct proc_stat stat;
	const struct watched *process = chunk->image->process;

	if (process->gone || !is_main(chunk) || proc_stat_read(process->pid, &stat) < 0)
		return 0;
	return stat.state;
}

/* Since when the thread is in the call that the board shows: calls that did not read the clock were seen first then. */
static uint64_t since_ns(struct collect *collect, const struct chunk_state *chunk, const struct board *board)
{
	return board->since ? session_clock_time(&collect->clock, board->since) : chunk->entry_ns;
}

/* CPython's own mutexes and conditions are how its threads pass the GIL on: no waits to ask about. */
static bool may_be_asked(unsigned call)
{
	return call < CALL_COUNT && (call_class_of(call) != CLASS_LOCK || call == CALL_sem_wait ||
					    call == CALL_sem_timedwait || call == CALL_sem_clockwait);
}

/* Where the thread is in that call: as it said itself, else as its memory says. */
static uint32_t board_stack(
	struct collect *collect, const struct chunk_state *chunk, const struct board *board, uint64_t ts_ns)
{
	uint32_t number = stack_number(chunk->image->family, board->stack);

	if (number)
		return number;
	if (!block_of(chunk)->own.python_state)
		return site_stack(collect, chunk, board->site, ts_ns);
	if (board->seq == chunk->board_seq && chunk->board_stack)
		return chunk->board_stack;
	number = may_be_asked(board->call) ? python_where(collect, chunk, ts_ns, NULL) : 0;
	return board_is_now(block_of(chunk), board) ? number : 0;
}

static void board_emit(
	struct collect *collect, struct chunk_state *chunk, const struct board *board, char state, uint64_t ts_ns)
{
	struct event event = {.type = EV_THREAD_STATE, .ts_ns = ts_ns};

	event.proc = chunk->image->process->number;
	event.tid = (uint32_t)chunk->tid;
	event.stack = chunk->board_stack = board_stack(collect, chunk, board, ts_ns);
	chunk->board_seq = board->seq;
	event.u.thread_state.state = (uint32_t)state;
	event.u.thread_state.call = board->call < CALL_COUNT ? board->call : 0;
	event.u.thread_state.fd = board->fd;
	event.u.thread_state.object = board->object;
	event.u.thread_state.since_ns = since_ns(collect, chunk, board);
	collect_emit(collect, &event);
}

/* The board if the thread is in the call it shows for so long. */
static bool board_read(
	struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns, uint64_t age_ns, struct board *out)
{
	uint64_t since;

	if (!board_copy(block_of(chunk), out))
		return false;
	totals_entry(chunk, ts_ns);
	since = since_ns(collect, chunk, out);
	return since <= ts_ns && ts_ns - since >= age_ns;
}

unsigned totals_call(const struct chunk_state *chunk)
{
	struct board board;

	return chunk->reader.block && board_copy(block_of(chunk), &board) && board.call < CALL_COUNT ? board.call : 0;
}

/* Totals that are told later than a state say that it is over: then it is told again. */
static bool board_is_told(const struct chunk_state *chunk, uint32_t seq)
{
	return seq == chunk->board_seq && chunk->calls_told == chunk->board_told;
}

bool totals_waits(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns)
{
	struct board board;

	return chunk->image && chunk->image->process && chunk->reader.block &&
	       board_read(collect, chunk, ts_ns, STATE_AFTER_NS, &board) && !board_is_told(chunk, board.seq);
}

void totals_board(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns, bool again)
{
	struct board board;

	if (!chunk->image || !chunk->image->process || !chunk->reader.block)
		return;
	if (!board_read(collect, chunk, ts_ns, again ? 0 : STATE_AFTER_NS, &board))
		return;
	if (board_is_told(chunk, board.seq) && !again)
		return;
	chunk->board_told = chunk->calls_told;
	board_emit(collect, chunk, &board, kernel_state(chunk), ts_ns);
}

void totals_sampled(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns)
{
	const struct watched *process = chunk->image ? chunk->image->process : NULL;
	const struct thread_block *block = block_of(chunk);
	struct event event = {.type = EV_THREAD_STATE, .ts_ns = ts_ns, .tid = (uint32_t)chunk->tid};

	if (!process || !block || chunk->image != process->image || (process->inner && !is_main(chunk)) ||
		__atomic_load_n(&block->ended, __ATOMIC_RELAXED))
		return;
	event.proc = process->number;
	/* SAMPLED_GOES_ON leaves all of it 0: it is in no call. */
	if (sampled_look(&chunk->sampled, process, is_main(chunk) ? process->pid : chunk->tid, chunk->run_ns,
		    block->count.calls, __atomic_load_n(&block->board.call, __ATOMIC_RELAXED) != 0, ts_ns,
		    &event.u.thread_state) != SAMPLED_NOTHING)
		collect_emit(collect, &event);
}

void totals_last_board(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns)
{
	const struct watched *process = chunk->image->process;
	struct board board;

	if (process->has_exit && process->exit_tid == chunk->tid)
		return;
	if (board_read(collect, chunk, ts_ns, LAST_AFTER_NS, &board))
		board_emit(collect, chunk, &board, 0, ts_ns);
}

/* --- descriptors and locks --- */

static struct fd_told *told_of(struct fd_told **list, uint32_t *count, uint32_t index)
{
	if (index >= *count) {
		uint32_t grown = index + 16;

		*list = mem_resize(*list, grown * sizeof(**list));
		memset(*list + *count, 0, (grown - *count) * sizeof(**list));
		*count = grown;
	}
	return *list + index;
}

static void fd_total(struct collect *collect, struct chunk_state *chunk, uint32_t fd, const struct fd_counters *shared,
	uint64_t ts_ns)
{
	struct event event = {.type = EV_FD_TOTAL, .proc = chunk->image->process->number, .ts_ns = ts_ns};
	struct fd_counters now;
	struct fd_told *told;
	uint64_t sum;

	memcpy(&now, shared, sizeof(now));
	sum = now.bytes_in + now.bytes_out + now.calls_in + now.calls_out + now.blocked_in + now.blocked_out;
	if (sum == 0)
		return;
	told = told_of(&chunk->fds, &chunk->fd_count, fd);
	if (told->sum == sum && told->gen == now.gen)
		return;
	told->sum = sum;
	told->gen = now.gen;
	event.u.fd_total.fd = (int32_t)fd;
	event.u.fd_total.gen = now.gen;
	event.u.fd_total.calls_in = now.calls_in;
	event.u.fd_total.calls_out = now.calls_out;
	event.u.fd_total.bytes_in = now.bytes_in;
	event.u.fd_total.bytes_out = now.bytes_out;
	event.u.fd_total.blocked_in_ns =
		without(span(collect, now.blocked_in), totals_cut_of(chunk, CUT_IN, fd, false));
	event.u.fd_total.blocked_out_ns =
		without(span(collect, now.blocked_out), totals_cut_of(chunk, CUT_OUT, fd, false));
	collect_emit(collect, &event);
}

static void lock_total(struct collect *collect, struct chunk_state *chunk, uint32_t index,
	const struct lock_counters *shared, uint64_t ts_ns)
{
	struct event event = {.type = EV_LOCK_TOTAL, .proc = chunk->image->process->number, .ts_ns = ts_ns};
	struct lock_counters now;
	struct fd_told *told;
	uint64_t sum;

	memcpy(&now, shared, sizeof(now));
	if (now.addr == 0)
		return;
	sum = now.addr + now.waited + now.takes + now.releases + now.waits + (uint64_t)now.holder;
	told = told_of(&chunk->locks, &chunk->lock_count, index);
	if (told->sum == sum || now.takes + now.releases + now.waits == 0)
		return;
	told->sum = sum;
	event.u.lock_total.addr = now.addr;
	event.u.lock_total.takes = now.takes;
	event.u.lock_total.releases = now.releases;
	event.u.lock_total.waits = now.waits;
	event.u.lock_total.waited_ns =
		without(span(collect, now.waited), totals_cut_of(chunk, CUT_LOCK, now.addr, false));
	event.u.lock_total.holder = (uint32_t)now.holder;
	event.u.lock_total.held_ns = span(collect, now.held);
	event.u.lock_total.longest_ns = span(collect, now.longest);
	collect_emit(collect, &event);
}

/* A chunk that the process says belongs to it: the number is the program's word, so kind and owner are checked. */
static const void *own_chunk(
	const struct collect *collect, const struct chunk_state *chunk, uint32_t number, uint32_t kind)
{
	const struct chunk_head *head = number ? arena_host_chunk(&collect->arena, number) : NULL;

	if (!head || __atomic_load_n(&head->kind, __ATOMIC_ACQUIRE) != kind || head->serial != chunk->serial)
		return NULL;
	return head;
}

/* Descriptors move only when their process's threads make calls; with one thread its counter tells. Most of the many
 * short-lived processes of a shell script never touch one. */
static bool descriptors_moved(struct chunk_state *chunk)
{
	uint64_t calls = block_of(chunk)->count.calls;
	bool moved = calls != chunk->calls_seen || chunk->image->chunks != 1;

	chunk->calls_seen = calls;
	return moved;
}

static void descriptor_totals(
	struct collect *collect, struct chunk_state *chunk, const struct proc_chunk *proc, uint64_t ts_ns)
{
	for (uint32_t fd = 0; fd < PROC_FDS; fd++)
		fd_total(collect, chunk, fd, &proc->fds[fd], ts_ns);
	for (uint32_t i = 0; i < PROC_FD_CHUNKS; i++) {
		const struct fds_chunk *more = own_chunk(collect, chunk, proc->proc.fd_chunks[i], CHUNK_FDS);

		for (uint32_t fd = 0; more && fd < FDS_PER_CHUNK; fd++)
			fd_total(collect, chunk, PROC_FDS + i * FDS_PER_CHUNK + fd, &more->fds[fd], ts_ns);
	}
}

/* The probe has said why it says nothing any more. */
static void silence_tell(struct collect *collect, const struct chunk_state *chunk, uint32_t reason, uint64_t ts_ns)
{
	struct watched *process = chunk->image->process;
	struct event event = {.type = EV_UNWATCHED, .proc = process->number, .ts_ns = ts_ns};

	if (process->unwatched_told || chunk->image != process->image)
		return;
	process->unwatched_told = true;
	event.u.unwatched.reason = reason;
	event.u.unwatched.what = process->facts ? process->facts->exe : NULL;
	collect_emit(collect, &event);
}

void totals_process(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns)
{
	const struct proc_chunk *proc = (const struct proc_chunk *)(const void *)chunk->reader.block;

	if (!proc || !chunk->image || !chunk->image->process || !is_main(chunk))
		return;
	if (proc->proc.silent)
		silence_tell(collect, chunk, proc->proc.silent, ts_ns);
	if (descriptors_moved(chunk))
		descriptor_totals(collect, chunk, proc, ts_ns);
	for (uint32_t i = 0; i < PROC_LOCKS; i++)
		lock_total(collect, chunk, i, &proc->locks[i], ts_ns);
	if (proc->proc.lock_chunk) {
		const struct locks_chunk *more = own_chunk(collect, chunk, proc->proc.lock_chunk, CHUNK_LOCKS);

		for (uint32_t i = 0; more && i < LOCKS_PER_CHUNK; i++)
			lock_total(collect, chunk, PROC_LOCKS + i, &more->locks[i], ts_ns);
	}
	if (proc->proc.threads_lost != chunk->threads_lost_told) {
		chunk->threads_lost_told = proc->proc.threads_lost;
		loss_emit(collect, chunk->image->process->number, 0, LOSS_NO_CHUNK, chunk->threads_lost_told,
			"threads without shared memory of their own", ts_ns);
	}
}

/* --- does anything move? --- */

static uint64_t locks_moved(const struct lock_counters *locks, unsigned count)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += (uint64_t)locks[i].takes + locks[i].releases;
	return sum;
}

uint64_t totals_moved(const struct collect *collect, const struct chunk_state *chunk)
{
	const struct proc_chunk *proc = (const struct proc_chunk *)(const void *)chunk->reader.block;
	const struct locks_chunk *more;
	uint64_t sum;

	if (!chunk->reader.block)
		return 0;
	sum = block_of(chunk)->count.bytes_in + block_of(chunk)->count.bytes_out;
	if (!is_main(chunk))
		return sum;
	sum += locks_moved(proc->locks, PROC_LOCKS);
	more = own_chunk(collect, chunk, proc->proc.lock_chunk, CHUNK_LOCKS);
	return sum + (more ? locks_moved(more->locks, LOCKS_PER_CHUNK) : 0);
}

uint64_t totals_sleeps_since(struct collect *collect, struct chunk_state *chunk)
{
	struct board board;

	if (!chunk->image || !chunk->reader.block || !is_main(chunk) || !board_copy(block_of(chunk), &board) ||
		board.call >= CALL_COUNT || call_class_of(board.call) != CLASS_SLEEP)
		return 0;
	return since_ns(collect, chunk, &board);
}
