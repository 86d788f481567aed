/* snapshot_descriptors.c: the open descriptors of a process, grouped by the place that made them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "snapshot_make.h"

/* Growth is told of the last ten seconds, not of the first one of a life, in which everybody opens some, and of nobody
 * younger than two. */
#define RECENT_NS 10000000000ull
#define YOUNG_NS 1000000000ull

struct group {
	struct {
		struct fd_origin origin;
		uint32_t is_std;
	} key;
	struct snap_fd_group row;
	UT_hash_handle hh;
};

static const char *place_of(struct snap_maker *maker, const struct group *group, const struct process *process)
{
	const struct process *from =
		group->key.origin.maker ? model_process(maker->model, group->key.origin.maker) : NULL;
	const char *place = snap_place(maker, group->key.origin.stack);

	if (group->key.is_std)
		return "inherited (0, 1, 2)";
	if (from && place)
		return snap_text(maker->memory, "%s, inherited from %s", place, snap_label(maker, from));
	if (from)
		return snap_text(maker->memory, "inherited from %s", snap_label(maker, from));
	if (place)
		return place;
	return process->images > 1 ? "open before its exec" : NULL;
}

static void group_add(struct group **groups, const struct process *process, const struct fd_slot *slot, int32_t fd,
	uint64_t recent_from)
{
	struct group *group, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.origin = fd_origin_of(process, slot);
	probe.key.is_std = fd <= 2 && !slot->file->stack;
	if (probe.key.is_std)
		probe.key.origin.stack = probe.key.origin.maker = 0;
	HASH_FIND(hh, *groups, &probe.key, sizeof(probe.key), group);
	if (!group) {
		group = mem_zalloc(1, sizeof(*group));
		group->key = probe.key;
		group->row.kind = kind_name_fd(probe.key.origin.kind);
		group->row.closed = probe.key.is_std || !probe.key.origin.stack || process->dead
					    ? UNKNOWN
					    : model_fds_closed(process, &probe.key.origin);
		/* Files with low numbers come and go untold. */
		group->row.closed_least = probe.key.origin.kind == FD_FILE || probe.key.origin.kind == FD_DIR;
		group->row.oldest_ns = slot->since_ns;
		group->row.inherited = probe.key.origin.maker || probe.key.is_std;
		group->row.is_std = probe.key.is_std;
		HASH_ADD(hh, *groups, key, sizeof(group->key), group);
	}
	group->row.open++;
	group->row.recent += slot->since_ns >= recent_from && slot->since_ns > process->born_ns;
	group->row.last_fd = fd;
	if (slot->since_ns < group->row.oldest_ns)
		group->row.oldest_ns = slot->since_ns;
	if (slot->file->name)
		group->row.example = slot->file->name; /* interned by the model: copied at the end */
}

static int most_first(const void *a, const void *b)
{
	const struct snap_fd_group *x = a, *y = b;

	if (x->open != y->open)
		return x->open > y->open ? -1 : 1;
	return (x->last_fd > y->last_fd) - (x->last_fd < y->last_fd);
}

void snap_make_descriptors(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	struct group *groups = NULL, *group, *next;
	uint64_t now = maker->out->now_ns, age = now > process->born_ns ? now - process->born_ns : 0;
	const struct fdtable *table = process->dead ? NULL : process->fds;
	const struct fd_slot *slot;

	if (!process->dead && age >= 2 * YOUNG_NS)
		out->recent_ns = age - YOUNG_NS < RECENT_NS ? age - YOUNG_NS : RECENT_NS;
	/* The dead have no descriptors: what is worth seeing is the table that was full. */
	if (process->dead)
		for (const struct failure *failure = process->failure_list; failure && !table;
			failure = failure->next) {
			table = failure->fds;
			if (table && failure->nofile_soft) /* the one that was hit */
				out->limit_soft = failure->nofile_soft;
		}
	out->fds_at_failure = process->dead && table;
	if (out->fds_at_failure)
		out->fds = fdtable_count(table);
	for (int32_t fd = 0; table && (slot = fdtable_next(table, &fd)) && fd < INT32_MAX; fd++)
		if (slot->file)
			group_add(&groups, process, slot, fd, now - out->recent_ns);
	out->fd_groups = snap_alloc(maker->memory, HASH_COUNT(groups), sizeof(*out->fd_groups));
	HASH_ITER(hh, groups, group, next)
	{
		group->row.place = place_of(maker, group, process);
		group->row.example = snap_copy(maker->memory, group->row.example);
		snap_stack_make(maker, group->key.origin.stack, &group->row.stack);
		out->fds_recent += group->row.recent;
		out->fd_groups[out->fd_group_count++] = group->row;
		HASH_DEL(groups, group);
		free(group);
	}
	if (out->fd_group_count)
		qsort(out->fd_groups, out->fd_group_count, sizeof(*out->fd_groups), most_first);
}
