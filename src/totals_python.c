/* totals_python.c: what the Python helper counts in the arena (wire/arena.h, struct python_block) as events: tasks of
 * each function, messages of each kind, and the task a process is in, if that is one for long or for ever. */
#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/kinds.h"

/* So long a process is in a task before that is worth an event. */
#define TASK_AFTER_NS 100000000u

#define ROWS_OF_IMAGE 64u
_Static_assert(PROC_TASKS <= ROWS_OF_IMAGE && PROC_MESSAGES <= ROWS_OF_IMAGE, "slots of images must not meet");

static struct python_told *told_of(struct chunk_state *chunk)
{
	struct watched *process = chunk->image->process;

	if (!chunk->python) {
		chunk->python = mem_zalloc(1, sizeof(*chunk->python));
		chunk->python->slot = process->python_images++ * ROWS_OF_IMAGE;
		chunk->python->copy_ns = process->python_copy_ns;
	}
	return chunk->python;
}

static struct event event_of(const struct chunk_state *chunk, unsigned type, uint32_t stack, uint64_t ts_ns)
{
	struct event event = {.type = (uint16_t)type, .proc = chunk->image->process->number, .ts_ns = ts_ns};

	event.stack = stack_number(chunk->image->family, stack);
	return event;
}

/* A stack that a ring still holds comes with the next round; one that got lost does not hold up the rest for long. */
#define PATIENCE 5u

static bool is_waited_for(struct chunk_state *chunk, uint32_t stack, bool final)
{
	if (stack == 0 || final || stack_number(chunk->image->family, stack))
		return false;
	return told_of(chunk)->waited++ < PATIENCE;
}

/* --- rows --- */

static void task_row(struct collect *collect, struct chunk_state *chunk, const struct python_block *block, uint32_t at,
	uint64_t ts_ns, bool final)
{
	struct task_counters now;
	struct python_told *told;
	struct event event;

	memcpy(&now, &block->tasks[at], sizeof(now));
	if (now.done == 0)
		return;
	told = told_of(chunk);
	if (told->tasks[at] == now.done || is_waited_for(chunk, now.func, final))
		return;
	told->tasks[at] = now.done;
	event = event_of(chunk, EV_PYWORK, now.func, ts_ns);
	event.u.pywork.slot = told->slot + at;
	event.u.pywork.kind = now.kind;
	event.u.pywork.name = now.name;
	event.u.pywork.failed = now.failed;
	event.u.pywork.done = now.done;
	event.u.pywork.items = now.items;
	event.u.pywork.run_ns = session_clock_span(&collect->clock, now.ticks);
	event.u.pywork.longest_ns = session_clock_span(&collect->clock, now.longest);
	collect_emit(collect, &event);
}

static void message_row(struct collect *collect, struct chunk_state *chunk, const struct python_block *block,
	uint32_t at, uint64_t ts_ns, bool final)
{
	struct message_counters now;
	struct python_told *told;
	struct event event;

	memcpy(&now, &block->messages[at], sizeof(now));
	if (now.count == 0)
		return;
	told = told_of(chunk);
	if (told->messages[at] == now.count || is_waited_for(chunk, now.place, final))
		return;
	told->messages[at] = now.count;
	event = event_of(chunk, EV_PYMSG, now.place, ts_ns);
	event.u.pymsg.slot = told->slot + at;
	event.u.pymsg.kind = now.kind;
	event.u.pymsg.out = now.out || at == PROC_MESSAGES - 1;
	event.u.pymsg.what = now.what;
	event.u.pymsg.count = now.count;
	event.u.pymsg.bytes = now.bytes;
	event.u.pymsg.ns = session_clock_span(&collect->clock, now.ticks);
	event.u.pymsg.largest = now.largest;
	collect_emit(collect, &event);
}

static void copy_time(struct collect *collect, struct chunk_state *chunk, uint64_t ticks, uint64_t ts_ns)
{
	struct python_told *told;
	struct event event;

	if (ticks == 0)
		return;
	told = told_of(chunk);
	if (told->copy_ticks == ticks)
		return;
	told->copy_ticks = ticks;
	chunk->image->process->python_copy_ns = told->copy_ns + session_clock_span(&collect->clock, ticks);
	event = event_of(chunk, EV_PYCOPY, 0, ts_ns);
	event.u.pycopy.main_ns = chunk->image->process->python_copy_ns;
	collect_emit(collect, &event);
}

/* --- the task a process is in --- */

/* A copy that nobody was writing meanwhile. Of a dead process, what it was writing is taken as not begun. */
static bool task_copy(const struct task_board *shared, struct task_board *out)
{
	uint32_t before = __atomic_load_n(&shared->seq, __ATOMIC_ACQUIRE);

	memcpy(out, shared, sizeof(*out));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return !(before & 1) && __atomic_load_n(&shared->seq, __ATOMIC_RELAXED) == before && out->seq == before;
}

static void task_emit(
	struct collect *collect, struct chunk_state *chunk, const struct task_board *task, bool over, uint64_t ts_ns)
{
	struct event event = event_of(chunk, EV_PYNOW, task->func, ts_ns);

	event.u.pynow.kind = task->kind;
	event.u.pynow.name = task->name;
	event.u.pynow.items = task->items;
	event.u.pynow.over = over;
	event.u.pynow.job = task->job;
	event.u.pynow.index = task->index;
	event.u.pynow.since_ns = session_clock_time(&collect->clock, task->since);
	collect_emit(collect, &event);
}

static void task_now(
	struct collect *collect, struct chunk_state *chunk, const struct task_board *shared, uint64_t ts_ns, bool final)
{
	struct python_told *told = chunk->python;
	struct task_board task;
	uint64_t since;

	if (shared->seq == 0 || !task_copy(shared, &task))
		return;
	if (told && told->task_seq && told->task_seq != task.seq) {
		struct task_board none = {0};

		/* the next one is told when it is long, too */
		told->task_seq = 0;
		if (task.kind == TASK_NONE)
			task_emit(collect, chunk, &none, false, ts_ns);
	}
	if (task.kind == TASK_NONE)
		return;
	since = session_clock_time(&collect->clock, task.since);
	if (is_waited_for(chunk, task.func, final))
		return;
	if (!final && (since > ts_ns || ts_ns - since < TASK_AFTER_NS || (told && told->task_seq == task.seq)))
		return;
	told_of(chunk)->task_seq = task.seq;
	task_emit(collect, chunk, &task, final, ts_ns);
}

void totals_python(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns, bool final)
{
	const struct proc_chunk *proc = (const struct proc_chunk *)(const void *)chunk->reader.block;
	const struct python_block *block = proc ? &proc->python : NULL;
	uint32_t tasks, messages;

	if (!block || chunk->kind != CHUNK_PROC || !chunk->image || !chunk->image->process)
		return;
	tasks = __atomic_load_n(&block->tasks_used, __ATOMIC_ACQUIRE);
	messages = __atomic_load_n(&block->messages_used, __ATOMIC_ACQUIRE);
	if (tasks == 0 && messages == 0)
		return;
	/* the last rows are used only when all others are */
	tasks = tasks < PROC_TASKS - 1 ? tasks : PROC_TASKS;
	messages = messages < PROC_MESSAGES - 2 ? messages : PROC_MESSAGES;
	for (uint32_t i = 0; i < tasks; i++)
		task_row(collect, chunk, block, i, ts_ns, final);
	for (uint32_t i = 0; i < messages; i++)
		message_row(collect, chunk, block, i, ts_ns, final);
	copy_time(collect, chunk, block->copy_ticks, ts_ns);
	task_now(collect, chunk, &block->task, ts_ns, final);
}
