/* report_channels.c: channels that carried something; those between the same kinds of processes, made at one place,
 * fold. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "report_rows.h"

/* "main", "w1-w8": who wrote (or read); "not seen" when nobody was seen to (stdio of libc is not), "outside" when the
 * channel came from there. */
static char *names_of(struct report_rows *rows, const struct channel *channel, bool writers)
{
	const struct process **list = NULL;
	size_t count = 0;
	char *text;

	for (const struct channel_end *end = channel->ends; end; end = end->next) {
		if (!channel_end_used(end, writers))
			continue;
		list = mem_resize(list, (count + 1) * sizeof(const struct process *));
		list[count++] = end->process;
	}
	text = count ? process_names(rows->model, list, count) : str_make(channel->maker ? "not seen" : "outside");
	free(list);
	return text;
}

/* What kind of processes are at an end: rows are folded by this, not by names. */
static unsigned roles_of(const struct channel *channel, bool writers)
{
	unsigned roles = 0;

	for (const struct channel_end *end = channel->ends; end; end = end->next)
		if (channel_end_used(end, writers))
			roles |= 1u << end->process->role;
	return roles;
}

struct fold_entry {
	struct {
		uint32_t kind, stack, from, to, maker, is_made;
		uint64_t alone;  /* inode of a channel that does not fold */
		const char *use; /* these fold whatever the rest is */
	} key;
	size_t row;
	unsigned from_count, to_count;
	UT_hash_handle hh;
};

static bool folds(const struct channel *channel)
{
	unsigned commands = 1u << ROLE_COMMAND;

	return channel->kind != CHANNEL_FIFO && !((roles_of(channel, true) | roles_of(channel, false)) & commands);
}

static struct fold_entry *fold_of(struct fold_entry **folds_, const struct channel *channel, const char *use)
{
	struct fold_entry *entry, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.kind = channel->kind;
	probe.key.use = use;
	if (!channel_use_folds(use)) {
		probe.key.stack = channel->stack;
		probe.key.from = roles_of(channel, true);
		probe.key.to = roles_of(channel, false);
		probe.key.is_made = channel->maker != NULL;
		probe.key.maker = channel->maker ? channel->maker->role : 0;
		probe.key.alone = folds(channel) ? 0 : channel->key.ino;
	}
	HASH_FIND(hh, *folds_, &probe.key, sizeof(probe.key), entry);
	if (!entry) {
		entry = mem_zalloc(1, sizeof(*entry));
		entry->key = probe.key;
		entry->row = SIZE_MAX;
		HASH_ADD(hh, *folds_, key, sizeof(entry->key), entry);
	}
	return entry;
}

static void add_total(struct channel_end *sum, const struct channel_end *more)
{
	sum->calls_in += more->calls_in;
	sum->calls_out += more->calls_out;
	sum->bytes_in += more->bytes_in;
	sum->bytes_out += more->bytes_out;
	sum->blocked_in_ns += more->blocked_in_ns;
	sum->blocked_out_ns += more->blocked_out_ns;
}

static char *several(char *names, const char *more, unsigned *others)
{
	char *text;

	if (strcmp(names, more) == 0 || *others > 0) {
		(*others) += *others > 0;
		return names;
	}
	*others = 1;
	text = str_make("%s ...", names);
	free(names);
	return text;
}

static void add_channel(struct report_rows *rows, struct fold_entry **folds_, const struct channel *channel)
{
	const char *use;
	enum message_kind kind = channel_use(rows->model, channel, &use);
	struct fold_entry *fold = fold_of(folds_, channel, use);
	char *from = names_of(rows, channel, true), *to = names_of(rows, channel, false);
	struct channel_end total;
	struct channel_row *row;

	if (fold->row == SIZE_MAX) {
		rows->channels = rows_grow(rows->channels, &rows->channel_count, sizeof(*row));
		fold->row = rows->channel_count - 1;
		row = &rows->channels[fold->row];
		row->kind = channel->kind;
		row->name = channel->name;
		row->use = use;
		row->objects = kind ? &rows->objects[kind] : NULL;
		row->stack = channel->stack;
		row->from = from;
		row->to = to;
	} else {
		row = &rows->channels[fold->row];
		row->from = several(row->from, from, &fold->from_count);
		row->to = several(row->to, to, &fold->to_count);
		free(from);
		free(to);
	}
	row->count++;
	total = channel_end_now(rows->model, &channel->total);
	add_total(&row->total, &total);
}

static uint64_t bytes_of(const struct channel_row *row)
{
	return row->total.bytes_out > row->total.bytes_in ? row->total.bytes_out : row->total.bytes_in;
}

static int by_bytes(const void *a, const void *b)
{
	const struct channel_row *x = a, *y = b;
	uint64_t bx = bytes_of(x), by = bytes_of(y);

	if (bx != by)
		return bx > by ? -1 : 1;
	return strcmp(x->from, y->from) ? strcmp(x->from, y->from) : strcmp(x->to, y->to);
}

static void several_share(struct report_rows *rows, const struct exchange *objects)
{
	for (size_t i = 0; i < rows->channel_count; i++)
		if (rows->channels[i].objects == objects)
			rows->channels[i].objects = NULL;
}

/* Through sockets, for example. */
static void add_objects(struct report_rows *rows, enum message_kind kind)
{
	const struct exchange *objects = &rows->objects[kind];
	struct channel_row *row;

	rows->channels = rows_grow(rows->channels, &rows->channel_count, sizeof(*row));
	row = &rows->channels[rows->channel_count - 1];
	row->use = kind_name_message(kind);
	row->objects = objects;
	row->from = process_names(rows->model, objects->from, objects->from_count);
	row->to = process_names(rows->model, objects->to, objects->to_count);
	row->total.calls_out = objects->sent;
	row->total.calls_in = objects->received;
	row->total.bytes_out = objects->bytes;
}

/* What was sent belongs to a row if that is the only one of its kind. Who sent is known better than who wrote: a Pool
 * that ends writes and reads on all ends. */
static void place_objects(struct report_rows *rows)
{
	for (unsigned kind = 0; kind < EXCHANGE_KINDS; kind++) {
		const struct exchange *objects = &rows->objects[kind];
		struct channel_row *row = NULL;
		unsigned count = 0;

		for (size_t i = 0; i < rows->channel_count; i++)
			if (rows->channels[i].objects == objects) {
				row = &rows->channels[i];
				count++;
			}
		if (count > 1 || (!objects->sent && !objects->received))
			several_share(rows, objects);
		else if (count == 0 && kind != MESSAGE_OTHER)
			add_objects(rows, kind);
		else if (row && objects->from_count && objects->to_count) {
			free(row->from);
			free(row->to);
			row->from = process_names(rows->model, objects->from, objects->from_count);
			row->to = process_names(rows->model, objects->to, objects->to_count);
		}
	}
}

void rows_make_channels(struct report_rows *rows)
{
	struct fold_entry *all = NULL, *entry, *next;

	rows->objects = exchange_make(rows->model);
	for (const struct channel *c = model_channels(rows->model); c; c = channel_next(c))
		if (channel_end_used(&c->total, true) || channel_end_used(&c->total, false))
			add_channel(rows, &all, c);
	HASH_ITER(hh, all, entry, next)
	{
		HASH_DEL(all, entry);
		free(entry);
	}
	place_objects(rows);
	if (rows->channel_count)
		qsort(rows->channels, rows->channel_count, sizeof(*rows->channels), by_bytes);
}
