/* segment.c: shared memory by (device, inode): who made it, who maps it, whether its name is gone. */
#include "model/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SYSV_DEV UINT64_MAX
#define INHERIT_MAX 64 /* mappings of a parent that a child is counted for */
#define PROT_WRITE_BIT 2u

struct mapping {
	struct mapping *next; /* of the same process */
	struct segment *segment;
	uint64_t addr, length;
};

struct segment *segment_by_id(struct model *model, uint64_t dev, uint64_t ino, bool create)
{
	struct segment *segment, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.dev = dev;
	probe.key.ino = ino;
	HASH_FIND(hh, model->segments, &probe.key, sizeof(probe.key), segment);
	if (!segment && create) {
		segment = mem_zalloc(1, sizeof(*segment));
		segment->key = probe.key;
		segment->opened_ns = model->now_ns;
		HASH_ADD(hh, model->segments, key, sizeof(segment->key), segment);
	}
	return segment;
}

static bool is_mapped(const struct process *process, const struct segment *segment)
{
	for (const struct mapping *m = process->mappings; m; m = m->next)
		if (m->segment == segment)
			return true;
	return false;
}

static void map_into(struct process *process, struct segment *segment, uint64_t addr, uint64_t length)
{
	struct mapping *mapping;

	if (!is_mapped(process, segment)) {
		segment->mappers++;
		segment->mapped_now++;
	}
	mapping = mem_zalloc(1, sizeof(*mapping));
	mapping->segment = segment;
	mapping->addr = addr;
	mapping->length = length;
	mapping->next = process->mappings;
	process->mappings = mapping;
}

void apply_map(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_map *ev = &event->u.map;
	struct segment *segment;

	if (ev->dev == 0 && ev->ino == 0)
		return;
	/* A file mapped only to be read is no means of communication, unless it is known as shared memory. */
	segment = segment_by_id(model, ev->dev, ev->ino, ev->prot & PROT_WRITE_BIT);
	if (!segment)
		return;
	if (ev->len <= UINT64_MAX - ev->off && ev->off + ev->len > segment->size)
		segment->size = ev->off + ev->len;
	map_into(process, segment, ev->addr, ev->len);
}

static void unmap(struct process *process, struct mapping **at)
{
	struct mapping *mapping = *at;

	*at = mapping->next;
	if (!is_mapped(process, mapping->segment))
		mapping->segment->mapped_now--;
	mem_free(mapping);
}

void apply_unmap(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_unmap *ev = &event->u.unmap;
	struct mapping **at = &process->mappings;

	(void)model;
	while (*at)
		if ((*at)->addr >= ev->addr && (*at)->addr - ev->addr < ev->len)
			unmap(process, at);
		else
			at = &(*at)->next;
}

void apply_resize(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_resize *ev = &event->u.resize;
	struct segment *segment = ev->err ? NULL : segment_by_id(model, ev->dev, ev->ino, ev->dev || ev->ino);

	if (!segment)
		return;
	segment->size = ev->size;
	if (!segment->maker) {
		segment->maker = process;
		segment->stack = event->stack;
	}
}

static bool same_name(const char *a, const char *b)
{
	return a && b && strcmp(*a == '/' ? a + 1 : a, *b == '/' ? b + 1 : b) == 0;
}

void apply_unlink(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_unlink *ev = &event->u.unlink;
	struct segment *segment, *next;

	(void)process;
	if (ev->err || ev->kind != UNLINK_SHM)
		return;
	HASH_ITER(hh, model->segments, segment, next)
	if (segment->is_shm && same_name(segment->name, ev->name))
		segment->unlinked = true;
}

void apply_sysv(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_sysv *ev = &event->u.sysv;
	struct segment *segment;

	if (ev->kind != SYSV_SHM || ev->err || ev->id < 0)
		return;
	segment = segment_by_id(model, SYSV_DEV, (uint32_t)ev->id, true);
	segment->is_shm = true;
	if (ev->size && !segment->maker) {
		segment->maker = process;
		segment->stack = event->stack;
		segment->size = ev->size;
	}
	if (ev->size == 0) /* shmat */
		map_into(process, segment, 0, 0);
}

void segments_inherit(struct model *model, struct process *child, struct process *parent)
{
	unsigned count = 0;

	(void)model;
	if (child->how != START_FORK && child->how != START_CLONE)
		return;
	for (const struct mapping *m = parent->mappings; m && count < INHERIT_MAX; m = m->next, count++)
		map_into(child, m->segment, m->addr, m->length);
}

void segments_die(struct model *model, struct process *process)
{
	(void)model;
	while (process->mappings)
		unmap(process, &process->mappings);
}

void segments_free(struct model *model)
{
	struct segment *segment, *next;
	struct process *process, *next_process;

	HASH_ITER(hh, model->processes, process, next_process)
	segments_die(model, process);
	HASH_ITER(hh, model->segments, segment, next)
	{
		HASH_DEL(model->segments, segment);
		mem_free(segment);
	}
}

const struct segment *model_segments(const struct model *model)
{
	return model->segments;
}

const struct segment *segment_next(const struct segment *segment)
{
	return segment->hh.next;
}
