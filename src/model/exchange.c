/* exchange.c: see exchange.h. */
#include "model/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

struct part_entry {
	struct {
		uint32_t kind, what, stack, out;
	} key;
	struct exchange_part part;
	UT_hash_handle hh;
};

static struct exchange_part *part_of(
	const struct model *model, struct part_entry **all, const struct pymessages *messages)
{
	struct part_entry *entry, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.kind = messages->kind;
	probe.key.what = messages->what;
	probe.key.stack = messages->stack;
	probe.key.out = messages->out;
	HASH_FIND(hh, *all, &probe.key, sizeof(probe.key), entry);
	if (!entry) {
		entry = mem_zalloc(1, sizeof(*entry));
		entry->key = probe.key;
		entry->part.what = model_name(model, messages->what);
		entry->part.stack = messages->stack;
		HASH_ADD(hh, *all, key, sizeof(entry->key), entry);
	}
	return &entry->part;
}

static void add_process(const struct process ***list, size_t *count, const struct process *process)
{
	if (*count && (*list)[*count - 1] == process)
		return;
	*list = mem_resize(*list, (*count + 1) * sizeof(const struct process *));
	(*list)[(*count)++] = process;
}

static void add_messages(struct exchange *to, struct exchange_part *part, const struct pymessages *messages)
{
	part->count += messages->count;
	part->bytes += messages->bytes;
	part->ns += messages->ns;
	part->largest = messages->largest > part->largest ? messages->largest : part->largest;
	to->largest = messages->largest > to->largest ? messages->largest : to->largest;
	if (messages->out) {
		to->sent += messages->count;
		to->pickle_ns += messages->ns;
		add_process(&to->from, &to->from_count, messages->process);
	} else {
		to->received += messages->count;
		to->unpickle_ns += messages->ns;
		add_process(&to->to, &to->to_count, messages->process);
	}
}

static int by_bytes(const void *a, const void *b)
{
	const struct exchange_part *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

static void take_parts(struct exchange *all, struct part_entry *parts)
{
	uint64_t bytes[EXCHANGE_KINDS][2] = {{0}};
	struct part_entry *entry, *next;

	HASH_ITER(hh, parts, entry, next)
	{
		struct exchange *to = &all[entry->key.kind];

		bytes[entry->key.kind][entry->key.out] += entry->part.bytes;
		if (entry->key.out || !to->sent) {
			to->parts = mem_resize(to->parts, (to->part_count + 1) * sizeof(*to->parts));
			to->parts[to->part_count++] = entry->part;
		}
		HASH_DEL(parts, entry);
		free(entry);
	}
	for (unsigned kind = 0; kind < EXCHANGE_KINDS; kind++) {
		all[kind].bytes = bytes[kind][0] > bytes[kind][1] ? bytes[kind][0] : bytes[kind][1];
		if (all[kind].part_count)
			qsort(all[kind].parts, all[kind].part_count, sizeof(*all[kind].parts), by_bytes);
	}
}

struct exchange *exchange_make(const struct model *model)
{
	struct exchange *all = mem_zalloc(EXCHANGE_KINDS, sizeof(*all));
	struct part_entry *parts = NULL;

	for (const struct process *p = model_processes(model); p; p = process_next(p))
		for (const struct pymessages *m = p->messages; m; m = m->next)
			if (m->kind < EXCHANGE_KINDS)
				add_messages(&all[m->kind], part_of(model, &parts, m), m);
	take_parts(all, parts);
	return all;
}

void exchange_free(struct exchange *all)
{
	for (unsigned kind = 0; all && kind < EXCHANGE_KINDS; kind++) {
		free(all[kind].from);
		free(all[kind].to);
		free(all[kind].parts);
	}
	free(all);
}
