/* snapshot_range.c: a picture of a part of the run: what was counted before its beginning is taken off. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "history.h"
#include "model/model.h"
#include "snapshot_make.h"

static uint64_t less(uint64_t value, uint64_t before)
{
	if (value == UNKNOWN || before == UNKNOWN)
		return value;
	return value > before ? value - before : 0;
}

static void limit_waits(struct snap_process *process, const struct snap_process *before)
{
	size_t kept = 0;

	for (size_t i = 0; i < process->wait_count; i++) {
		struct snap_wait *wait = &process->waits[i];

		for (size_t j = 0; before && j < before->wait_count; j++)
			if (before->waits[j].call == wait->call && before->waits[j].stack == wait->stack) {
				wait->count = less(wait->count, before->waits[j].count);
				wait->ns = less(wait->ns, before->waits[j].ns);
			}
		if (wait->ns)
			process->waits[kept++] = *wait;
	}
	process->wait_count = kept;
}

static void limit_process(struct snapshot *to, const struct snapshot *from, struct snap_process *process)
{
	const struct snap_process *before = snapshot_process(from, process->number);
	struct shares shares;

	history_mix(to->history, process->number, from->now_ns, to->now_ns, &shares);
	shares_round(&shares);
	process->shares_known = shares.life_ns > 0;
	process->life_ns = shares.life_ns;
	memcpy(process->share_ns, shares.ns, sizeof(process->share_ns));
	memcpy(process->percent, shares.percent, sizeof(process->percent));
	process->done = less(process->done, before ? before->done : UNKNOWN);
	process->cpu_ns = less(process->cpu_ns, before ? before->cpu_ns : UNKNOWN);
	if (process->cpu_percent != UNKNOWN && process->cpu_ns != UNKNOWN)
		process->cpu_percent = snap_percent(process->cpu_ns, to->now_ns - from->now_ns);
	limit_waits(process, before);
	if (!process->alive || process->fds == UNKNOWN)
		return;
	process->recent_ns = to->now_ns - from->now_ns;
	process->fds_recent = less(process->fds, before ? before->fds : process->inherited);
}

/* Those that had ended before go, unless a child of theirs stays. Children stand behind their parents. */
static void limit_processes(struct snapshot *to, const struct snapshot *from)
{
	uint32_t highest = 0;
	bool *needed, *has_later;
	size_t kept = 0;

	for (size_t i = 0; i < to->process_count; i++)
		if (to->processes[i].number > highest)
			highest = to->processes[i].number;
	needed = mem_zalloc((size_t)highest + 1, sizeof(*needed));
	has_later = mem_zalloc((size_t)highest + 1, sizeof(*has_later));
	for (size_t i = to->process_count; i-- > 0;) {
		struct snap_process *process = &to->processes[i];

		if (!process->alive && process->dead_ns < from->now_ns && !needed[process->number])
			continue;
		needed[process->number] = true;
		if (process->parent <= highest) {
			needed[process->parent] = true;
			process->last_child = !has_later[process->parent];
			has_later[process->parent] = true;
		}
	}
	for (size_t i = 0; i < to->process_count; i++)
		if (needed[to->processes[i].number]) {
			limit_process(to, from, &to->processes[i]);
			to->processes[kept++] = to->processes[i];
		}
	to->process_count = kept;
	free(needed);
	free(has_later);
}

static void limit_end(struct snap_end *end, const struct snap_end *before)
{
	end->calls_in = less(end->calls_in, before->calls_in);
	end->calls_out = less(end->calls_out, before->calls_out);
	end->bytes_in = less(end->bytes_in, before->bytes_in);
	end->bytes_out = less(end->bytes_out, before->bytes_out);
	end->blocked_in_ns = less(end->blocked_in_ns, before->blocked_in_ns);
	end->blocked_out_ns = less(end->blocked_out_ns, before->blocked_out_ns);
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void limit_part(struct snap_part *part, const struct snap_part *before)
{
	if (!is_same(part->what, before->what) || !is_same(part->place, before->place))
		return;
	part->count = less(part->count, before->count);
	part->bytes = less(part->bytes, before->bytes);
	part->ns = less(part->ns, before->ns);
}

static void limit_channel(struct snap_channel *row, const struct snap_channel *before)
{
	row->messages = less(row->messages, before->messages);
	row->bytes = less(row->bytes, before->bytes);
	row->open_ns = less(row->open_ns, before->open_ns);
	row->readers_blocked_ns = less(row->readers_blocked_ns, before->readers_blocked_ns);
	row->writers_blocked_ns = less(row->writers_blocked_ns, before->writers_blocked_ns);
	row->pickle_ns = less(row->pickle_ns, before->pickle_ns);
	row->unpickle_ns = less(row->unpickle_ns, before->unpickle_ns);
	for (size_t i = 0; i < row->part_count; i++)
		for (size_t j = 0; j < before->part_count; j++)
			limit_part(&row->parts[i], &before->parts[j]);
	for (size_t i = 0; i < row->end_count; i++)
		for (size_t j = 0; j < before->end_count; j++)
			if (strcmp(row->ends[i].process, before->ends[j].process) == 0)
				limit_end(&row->ends[i], &before->ends[j]);
}

static void limit_channels(struct snapshot *to, const struct snapshot *from)
{
	size_t kept = 0;

	for (size_t i = 0; i < to->channel_count; i++) {
		struct snap_channel *row = &to->channels[i];

		for (size_t j = 0; j < from->channel_count; j++)
			if (from->channels[j].id == row->id)
				limit_channel(row, &from->channels[j]);
		if (row->messages || (row->count && (row->readers_blocked_ns || row->writers_blocked_ns)))
			to->channels[kept++] = *row;
	}
	to->channels_idle += to->channel_count - kept;
	to->channel_count = kept;
}

static void limit_locks(struct snapshot *to, const struct snapshot *from)
{
	for (size_t i = 0; i < to->lock_count; i++)
		for (size_t j = 0; j < from->lock_count; j++)
			if (strcmp(to->locks[i].label, from->locks[j].label) == 0) {
				to->locks[i].takes = less(to->locks[i].takes, from->locks[j].takes);
				to->locks[i].waits = less(to->locks[i].waits, from->locks[j].waits);
				to->locks[i].waited_ns = less(to->locks[i].waited_ns, from->locks[j].waited_ns);
				to->locks[i].held_ns = less(to->locks[i].held_ns, from->locks[j].held_ns);
				to->locks[i].releases = less(to->locks[i].releases, from->locks[j].releases);
				/* the longest wait may have been before */
				if (to->locks[i].longest_ns > to->locks[i].waited_ns)
					to->locks[i].longest_ns = to->locks[i].waited_ns;
			}
}

/* What showed itself in the range. */
static void limit_findings(struct snapshot *to, const struct snapshot *from)
{
	size_t kept = 0;

	memset(to->level_count, 0, sizeof(to->level_count));
	for (size_t i = 0; i < to->finding_count; i++)
		if (to->findings[i].ts_ns >= from->now_ns) {
			to->level_count[to->findings[i].level]++;
			to->findings[kept++] = to->findings[i];
		}
	to->finding_count = kept;
}

static void sum_shares(struct snapshot *to)
{
	struct shares sum = {0};

	for (size_t i = 0; i < to->process_count; i++) {
		const struct snap_process *process = &to->processes[i];

		if (!process->shares_known || (to->workers && process->role != SNAP_WORKER))
			continue;
		sum.life_ns += process->life_ns;
		for (unsigned share = 0; share < SHARE_COUNT; share++)
			sum.ns[share] += process->share_ns[share];
	}
	shares_round(&sum);
	to->shares_known = sum.life_ns > 0;
	memcpy(to->percent, sum.percent, sizeof(to->percent));
}

void snapshot_limit(struct snapshot *to, const struct snapshot *from)
{
	to->from_ns = from->now_ns;
	limit_processes(to, from);
	limit_channels(to, from);
	limit_locks(to, from);
	limit_findings(to, from);
	sum_shares(to);
}
