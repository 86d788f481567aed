/* snapshot_channels.c: channels that carried something; those of one use, or made at one place between the same kinds
 * of processes, are one row. With the objects that were sent through them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/exchange.h"
#include "snapshot_make.h"

struct group {
	struct {
		uint32_t kind, stack, from, to;
		uint64_t alone;  /* inode of a channel that stays alone */
		const char *use; /* these fold whatever the rest is */
	} key;
	const char *use;
	enum message_kind messages;
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

/* Not its address, which another run does not have. */
static uint64_t row_id(const struct group *group)
{
	struct group copy;

	memset(&copy.key, 0, sizeof(copy.key));
	copy.key = group->key;
	copy.key.use = NULL;
	return key_hash(&copy.key, sizeof(copy.key)) ^ (group->use ? key_hash(group->use, strlen(group->use)) : 0);
}

static void key_by_place(struct group *group, const struct channel *channel)
{
	bool alone;

	group->key.stack = channel->stack;
	group->key.from = roles_of(channel, true);
	group->key.to = roles_of(channel, false);
	alone = channel->kind == CHANNEL_FIFO || ((group->key.from | group->key.to) & 1u << ROLE_COMMAND) ||
		!channel->stack;
	group->key.alone = alone ? channel->key.ino : 0;
}

static struct group *group_of(struct snap_maker *maker, struct group **groups, const struct channel *channel)
{
	struct group *group, probe;
	const char *use;
	enum message_kind kind = channel_use(maker->model, channel, &use);

	memset(&probe, 0, sizeof(probe));
	probe.key.kind = channel->kind;
	probe.key.use = use;
	if (!channel_use_folds(use))
		key_by_place(&probe, channel);
	HASH_FIND(hh, *groups, &probe.key, sizeof(probe.key), group);
	if (!group) {
		group = mem_zalloc(1, sizeof(*group));
		group->key = probe.key;
		group->use = use;
		group->messages = kind;
		group->row.id = row_id(group);
		HASH_ADD(hh, *groups, key, sizeof(group->key), group);
	}
	return group;
}

static void group_add(struct snap_maker *maker, struct group *group, const struct channel *channel)
{
	struct channel_end total = channel_end_now(maker->model, &channel->total);

	uint64_t now = model_now_ns(maker->model);

	group->row.count++;
	group->row.open_ns += now > channel->opened_ns ? now - channel->opened_ns : 0;
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

	if (x->hidden != y->hidden)
		return x->hidden ? 1 : -1;
	if (x->writers_blocked_ns != y->writers_blocked_ns)
		return x->writers_blocked_ns > y->writers_blocked_ns ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->from, y->from) ? strcmp(x->from, y->from) : strcmp(x->to, y->to);
}

static const char *const kinds[] = {
	[CHANNEL_PIPE] = "pipe", [CHANNEL_SOCKETPAIR] = "socketpair", [CHANNEL_FIFO] = "fifo"};

/* Beside workers, what only other commands send each other is not what one looks for. */
static bool is_hidden(const struct snap_maker *maker, const struct group *group)
{
	uint32_t roles = 0, own = 1u << ROLE_MAIN | 1u << ROLE_WORKER;

	if (group->use && !group->messages)
		return true;
	for (size_t i = 0; i < group->end_count; i++)
		roles |= 1u << group->ends[i]->process->role;
	return maker->out->workers && roles && !(roles & own);
}

static void finish_group(struct snap_maker *maker, struct group *group, bool made_here)
{
	char variable[VARIABLE_SIZE];

	group->row.kind = group->use ? group->use : kinds[group->key.kind];
	if (group->use && !channel_use_folds(group->use) && group->row.count == 1 && group->key.stack &&
		model_variable(maker->model, group->key.stack, variable, sizeof(variable)))
		group->row.kind = snap_text(maker->memory, "%s %s", group->use, variable);
	group->row.hidden = is_hidden(maker, group);
	group->row.pickle_ns = group->row.unpickle_ns = UNKNOWN;
	group->row.place = snap_place(maker, group->key.stack);
	group->row.from = group_names(maker, group, true, made_here);
	group->row.to = group_names(maker, group, false, made_here);
	make_ends(maker, group);
	free(group->ends);
}

/* --- objects --- */

static void make_parts(struct snap_maker *maker, const struct exchange *objects, struct snap_channel *row)
{
	row->parts = snap_alloc(maker->memory, objects->part_count, sizeof(*row->parts));
	for (size_t i = 0; i < objects->part_count; i++) {
		const struct exchange_part *part = &objects->parts[i];

		row->parts[row->part_count++] = (struct snap_part){.what = snap_copy(maker->memory, part->what),
			.place = snap_place(maker, part->stack),
			.count = part->count,
			.bytes = part->bytes,
			.ns = part->ns,
			.largest = part->largest};
	}
	row->pickle_ns = objects->sent ? objects->pickle_ns : UNKNOWN;
	row->unpickle_ns = objects->received ? objects->unpickle_ns : UNKNOWN;
}

/* Several writes may carry one object; and who sent is known better than who wrote: a Pool that ends writes and reads
 * on all ends. */
static void take_objects(struct snap_maker *maker, const struct exchange *objects, struct snap_channel *row)
{
	make_parts(maker, objects, row);
	row->messages = objects->sent > objects->received ? objects->sent : objects->received;
	if (objects->from_count)
		row->from = snap_names(maker, objects->from, objects->from_count);
	if (objects->to_count)
		row->to = snap_names(maker, objects->to, objects->to_count);
}

/* What was sent belongs to a row if that is the only one of its kind, else it has a row of its own. */
static void make_objects(struct snap_maker *maker, enum message_kind *kinds_of_rows)
{
	struct exchange *all = exchange_make(maker->model);
	struct snapshot *out = maker->out;
	size_t channels = out->channel_count;

	for (unsigned kind = 0; kind < EXCHANGE_KINDS; kind++) {
		struct snap_channel *row = NULL;
		unsigned count = 0;

		for (size_t i = 0; i < channels; i++)
			if (kinds_of_rows[i] == (enum message_kind)kind && kind) {
				row = &out->channels[i];
				count++;
			}
		if ((!all[kind].sent && !all[kind].received) || (kind == MESSAGE_OTHER && !all[kind].part_count))
			continue;
		if (count != 1) {
			row = &out->channels[out->channel_count++];
			row->kind = kind == MESSAGE_OTHER ? "other objects" : kind_name_message(kind);
			row->from = row->to = "-";
			row->id = key_hash(row->kind, strlen(row->kind));
			row->bytes = all[kind].bytes ? all[kind].bytes : UNKNOWN;
			row->readers_blocked_ns = row->writers_blocked_ns = UNKNOWN;
		}
		take_objects(maker, &all[kind], row);
	}
	exchange_free(all);
}

static void sum_others(struct snap_maker *maker)
{
	for (const struct process *p = model_processes(maker->model); p; p = process_next(p)) {
		uint64_t in, out;

		process_not_attributed(p, &in, &out);
		maker->out->other_in += in;
		maker->out->other_out += out;
	}
}

void snap_make_channels(struct snap_maker *maker)
{
	struct group *groups = NULL, *group, *next;
	struct snapshot *out = maker->out;
	enum message_kind *uses;

	for (const struct channel *c = model_channels(maker->model); c; c = channel_next(c)) {
		if (!channel_end_used(&c->total, true) && !channel_end_used(&c->total, false)) {
			out->channels_idle++;
			continue;
		}
		group = group_of(maker, &groups, c);
		group->row.name = group->row.name ? group->row.name : snap_copy(maker->memory, c->name);
		group_add(maker, group, c);
		/* who made it is known of all channels of one place, or of none */
		group->row.place = c->maker ? "" : NULL;
	}
	out->channels = snap_alloc(maker->memory, HASH_COUNT(groups) + EXCHANGE_KINDS, sizeof(*out->channels));
	uses = mem_alloc((HASH_COUNT(groups) + 1) * sizeof(*uses));
	HASH_ITER(hh, groups, group, next)
	{
		finish_group(maker, group, group->row.place != NULL);
		snap_stack_make(maker, group->key.stack, &group->row.stack);
		uses[out->channel_count] = group->messages;
		out->channels[out->channel_count++] = group->row;
		HASH_DEL(groups, group);
		free(group);
	}
	make_objects(maker, uses);
	free(uses);
	sum_others(maker);
	if (out->channel_count)
		qsort(out->channels, out->channel_count, sizeof(*out->channels), by_loss);
}
