#include "runs.h"

#include "proc_files.h"
#include "python_where.h"
#include "watched.h"

/* A thread runs if its process got so much time on a CPU since the last look. Of a hundred that share two CPUs each
 * gets little, and runs nevertheless. */
#define RUNS_LEAST_NS 1000000u

bool runs_candidate(const struct chunk_state *chunk)
{
	const struct thread_block *block = chunk->reader.block;
	const struct image *image = chunk->image;

	return block && image && image->process && !image->process->gone && image->process->image == image &&
	       !chunk->run.denied && __atomic_load_n(&block->own.python_state, __ATOMIC_RELAXED) &&
	       !__atomic_load_n(&block->board.call, __ATOMIC_RELAXED) &&
	       !__atomic_load_n(&block->ended, __ATOMIC_RELAXED);
}

/* The first look only takes the time. */
static bool got_cpu(struct chunk_state *chunk)
{
	struct run_told *run = &chunk->run;
	uint64_t cpu = proc_cpu_time(chunk->image->process->pid), before = run->cpu_ns;

	run->cpu_ns = cpu;
	return before && cpu >= before + RUNS_LEAST_NS;
}

void runs_tell(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns)
{
	struct event event = {.type = EV_PYRUN, .ts_ns = ts_ns, .tid = (uint32_t)chunk->tid, .stack = chunk->run.stack};

	if (!chunk->run.samples || !chunk->image || !chunk->image->process)
		return;
	event.proc = chunk->image->process->number;
	event.u.pyrun.samples = chunk->run.samples;
	chunk->run.samples = 0;
	collect_emit(collect, &event);
}

bool runs_look(struct collect *collect, struct chunk_state *chunk, uint64_t ts_ns)
{
	const struct thread_block *block = chunk->reader.block;
	uint32_t stack;

	if (!got_cpu(chunk))
		return false;
	stack = python_where(collect, chunk, ts_ns, &chunk->run.denied);
	/* What was begun meanwhile may have been read. */
	if (!stack || __atomic_load_n(&block->board.call, __ATOMIC_RELAXED))
		return true;
	if (stack != chunk->run.stack) {
		runs_tell(collect, chunk, ts_ns);
		chunk->run.stack = stack;
		chunk->run.samples = 1;
		runs_tell(collect, chunk, ts_ns);
	} else {
		chunk->run.samples++;
	}
	return true;
}
