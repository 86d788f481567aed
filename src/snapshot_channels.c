/* snapshot_channels.c: channels that carried something; those made at one place between the same kinds of processes are
 * one row. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/exchange.h"
#include "snapshot_make.h"

struct group {
	struct {
		uint32_t kind, stack, from, to;
		uint64_t alone; /* inode of a channel that stays alone */
	} key;
	struct snap_channel row;
	const struct channel_end **ends;
	size_t end_count, end_room;
	UT_hash_handle hh;
};

static uint32_t roles_of(const struct channel *channel, bool writers)
{
	uint32_t roles = 0;

	for (const struct channel_end *end = channel->ends; end; end = end->next)
		if (channel_end_used(end, writers))
			roles |= 1u << end->process->role;
	return roles;
}

static uint64_t key_hash(const void *key, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8_t *)key)[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static struct group *group_of(struct group **groups, const struct channel *channel)
{
	struct group *group, probe;
	bool alone;

	memset(&probe, 0, sizeof(probe));
	probe.key.kind = channel->kind;
	probe.key.stack = channel->stack;
	probe.key.from = roles_of(channel, true);
	probe.key.to = roles_of(channel, false);
	alone = channel->kind == CHANNEL_FIFO || ((probe.key.from | probe.key.to) & 1u << ROLE_COMMAND) ||
		!channel->stack;
	probe.key.alone = alone ? channel->key.ino : 0;
	HASH_FIND(hh, *groups, &probe.key, sizeof(probe.key), group);
	if (!group) {
		group = mem_zalloc(1, sizeof(*group));
		group->key = probe.key;
		group->row.id = key_hash(&probe.key, sizeof(probe.key));
		HASH_ADD(hh, *groups, key, sizeof(group->key), group);
	}
	return group;
}

static void group_add(struct snap_maker *maker, struct group *group, const struct channel *channel)
{
	struct channel_end total = channel_end_now(maker->model, &channel->total);

	group->row.count++;
	group->row.messages += total.calls_out ? total.calls_out : total.calls_in;
	group->row.bytes += total.bytes_out > total.bytes_in ? total.bytes_out : total.bytes_in;
	group->row.readers_blocked_ns += total.blocked_in_ns;
	group->row.writers_blocked_ns += total.blocked_out_ns;
	for (const struct channel_end *end = channel->ends; end; end = end->next) {
		if (group->end_count == group->end_room) {
			group->end_room = group->end_room ? 2 * group->end_room : 8;
			group->ends = mem_resize(group->ends, group->end_room * sizeof(const struct channel_end *));
		}
		group->ends[group->end_count++] = end;
	}
}

static const char *group_names(struct snap_maker *maker, const struct group *group, bool writers, bool made_here)
{
	const struct process **list = mem_alloc((group->end_count + 1) * sizeof(const struct process *));
	size_t count = 0;
	const char *out;

	for (size_t i = 0; i < group->end_count; i++)
		if (channel_end_used(group->ends[i], writers))
			list[count++] = group->ends[i]->process;
	out = count ? snap_names(maker, list, count) : made_here ? "-" : "outside";
	free(list);
	return out;
}

static int by_process(const void *a, const void *b)
{
	const struct channel_end *x = *(const struct channel_end *const *)a, *y = *(const struct channel_end *const *)b;

	return (x->process->number > y->process->number) - (x->process->number < y->process->number);
}

/* One row per process, whatever the number of its channels. */
static void make_ends(struct snap_maker *maker, struct group *group)
{
	struct snap_channel *row = &group->row;

	if (!group->end_count)
		return;
	qsort(group->ends, group->end_count, sizeof(*group->ends), by_process);
	row->ends = snap_alloc(maker->memory, group->end_count, sizeof(*row->ends));
	for (size_t i = 0; i < group->end_count; i++) {
		struct channel_end end = channel_end_now(maker->model, group->ends[i]);
		struct snap_end *to;

		if (i == 0 || end.process != group->ends[i - 1]->process)
			row->ends[row->end_count++].process = snap_label(maker, end.process);
		to = &row->ends[row->end_count - 1];
		to->calls_in += end.calls_in;
		to->calls_out += end.calls_out;
		to->bytes_in += end.bytes_in;
		to->bytes_out += end.bytes_out;
		to->blocked_in_ns += end.blocked_in_ns;
		to->blocked_out_ns += end.blocked_out_ns;
	}
}

static int by_loss(const void *a, const void *b)
{
	const struct snap_channel *x = a, *y = b;

	if (x->writers_blocked_ns != y->writers_blocked_ns)
		return x->writers_blocked_ns > y->writers_blocked_ns ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->from, y->from) ? strcmp(x->from, y->from) : strcmp(x->to, y->to);
}

static const char *const kinds[] = {
	[CHANNEL_PIPE] = "pipe", [CHANNEL_SOCKETPAIR] = "socketpair", [CHANNEL_FIFO] = "fifo"};

static void finish_group(struct snap_maker *maker, struct group *group, bool made_here)
{
	group->row.kind = kinds[group->key.kind];
	group->row.place = snap_place(maker, group->key.stack);
	group->row.from = group_names(maker, group, true, made_here);
	group->row.to = group_names(maker, group, false, made_here);
	make_ends(maker, group);
	free(group->ends);
}

void snap_make_channels(struct snap_maker *maker)
{
	struct group *groups = NULL, *group, *next;
	struct snapshot *out = maker->out;

	for (const struct channel *c = model_channels(maker->model); c; c = channel_next(c)) {
		if (!channel_end_used(&c->total, true) && !channel_end_used(&c->total, false)) {
			out->channels_idle++;
			continue;
		}
		group = group_of(&groups, c);
		channel_use(maker->model, c, &group->row.use);
		group->row.name = group->row.name ? group->row.name : snap_copy(maker->memory, c->name);
		group_add(maker, group, c);
		/* who made it is known of all channels of one place, or of none */
		group->row.place = c->maker ? "" : NULL;
	}
	out->channels = snap_alloc(maker->memory, HASH_COUNT(groups), sizeof(*out->channels));
	HASH_ITER(hh, groups, group, next)
	{
		finish_group(maker, group, group->row.place != NULL);
		snap_stack_make(maker, group->key.stack, &group->row.stack);
		out->channels[out->channel_count++] = group->row;
		HASH_DEL(groups, group);
		free(group);
	}
	if (out->channel_count)
		qsort(out->channels, out->channel_count, sizeof(*out->channels), by_loss);
}
