/* snapshot_locks.c: locks with their holders and waiters, and segments of shared memory. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "snapshot_make.h"
#include "wire/calls.h"

struct waiters {
	const struct lock *lock;
	const struct process **list;
	size_t count, room;
	UT_hash_handle hh;
};

static void waiter_add(struct waiters **all, const struct lock *lock, const struct process *process)
{
	struct waiters *entry;

	HASH_FIND_PTR(*all, &lock, entry);
	if (!entry) {
		entry = mem_zalloc(1, sizeof(*entry));
		entry->lock = lock;
		HASH_ADD_PTR(*all, lock, entry);
	}
	if (entry->count == entry->room) {
		entry->room = entry->room ? 2 * entry->room : 8;
		entry->list = mem_resize(entry->list, entry->room * sizeof(const struct process *));
	}
	entry->list[entry->count++] = process;
}

static struct waiters *waiters_find(struct snap_maker *maker)
{
	struct waiters *all = NULL;

	for (const struct process *p = model_processes(maker->model); p; p = process_next(p))
		for (const struct thread *thread = p->dead ? NULL : p->thread_list; thread; thread = thread->next) {
			const struct lock *lock;

			if (!snap_thread_waits(thread) ||
				wait_class_of(thread->state.call, thread->state.fd) != CLASS_LOCK)
				continue;
			lock = model_lock_at(maker->model, p, thread->state.object);
			if (lock)
				waiter_add(&all, lock, p);
		}
	return all;
}

static void tell_waiters(struct snap_maker *maker, const struct waiters *waiters, const char *label)
{
	struct snapshot *out = maker->out;

	for (size_t i = 0; i < waiters->count; i++)
		for (size_t j = 0; j < out->process_count; j++)
			if (out->processes[j].number == waiters->list[i]->number) {
				out->processes[j].lock = label;
				break;
			}
}

static void make_lock(struct snap_maker *maker, const struct lock *lock, struct waiters *all, struct snap_lock *out)
{
	const char *constructor = model_constructor(maker->model, lock->stack);
	char variable[VARIABLE_SIZE];
	struct waiters *waiters;

	HASH_FIND_PTR(all, &lock, waiters);
	out->name = snap_copy(maker->memory,
		model_variable(maker->model, lock->stack, variable, sizeof(variable)) ? variable : lock->name);
	out->kind = constructor ? constructor : kind_name_lock(lock->kind);
	out->place = snap_place(maker, lock->stack);
	out->takes = lock->takes;
	out->internal = lock_role(maker->model, lock) != LOCK_ROLE_OWN;
	out->waits = lock->waits + lock->open.count;
	out->waited_ns = lock_waited_now(maker->model, lock);
	out->longest_ns = lock_longest_now(maker->model, lock);
	out->held_ns = lock->held_ns;
	out->releases = lock->releases;
	out->users = lock->users;
	out->holder = lock->holder ? snap_label(maker, lock->holder) : NULL;
	out->holder_dead = lock->holder && lock->holder->dead;
	out->holder_process = lock->holder ? lock->holder->number : 0;
	if (waiters && !out->internal)
		tell_waiters(maker, waiters, out->label);
	out->waiting = waiters ? snap_names(maker, waiters->list, waiters->count) : NULL;
	snap_stack_make(maker, lock->stack, &out->stack);
}

static int by_wait(const void *a, const void *b)
{
	const struct snap_lock *x = a, *y = b;

	if (x->internal != y->internal)
		return x->internal ? 1 : -1;
	if (!x->waiting != !y->waiting)
		return x->waiting ? -1 : 1;
	if (x->waited_ns != y->waited_ns)
		return x->waited_ns > y->waited_ns ? -1 : 1;
	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

void snap_make_locks(struct snap_maker *maker)
{
	struct waiters *all = waiters_find(maker), *entry, *next;
	struct snapshot *out = maker->out;
	size_t count = 0;

	for (const struct lock *lock = model_locks(maker->model); lock; lock = lock_next(lock))
		count++;
	out->locks = snap_alloc(maker->memory, count, sizeof(*out->locks));
	for (const struct lock *lock = model_locks(maker->model); lock; lock = lock_next(lock)) {
		struct snap_lock *row = &out->locks[out->lock_count++];

		row->label = snap_text(maker->memory, "L%zu", out->lock_count);
		make_lock(maker, lock, all, row);
	}
	if (out->lock_count)
		qsort(out->locks, out->lock_count, sizeof(*out->locks), by_wait);
	HASH_ITER(hh, all, entry, next)
	{
		HASH_DEL(all, entry);
		free(entry->list);
		free(entry);
	}
}

static int by_size(const void *a, const void *b)
{
	const struct snap_segment *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

void snap_make_segments(struct snap_maker *maker)
{
	struct snapshot *out = maker->out;
	size_t count = 0;

	for (const struct segment *s = model_segments(maker->model); s; s = segment_next(s))
		count++;
	out->segments = snap_alloc(maker->memory, count, sizeof(*out->segments));
	for (const struct segment *s = model_segments(maker->model); s; s = segment_next(s)) {
		/* Memory that one process mapped for itself is no sharing. */
		if (s->size == 0 || (!s->is_shm && s->mappers < 2))
			continue;
		out->segments[out->segment_count++] = (struct snap_segment){.name = snap_copy(maker->memory, s->name),
			.maker = s->maker ? snap_label(maker, s->maker) : NULL,
			.place = snap_place(maker, s->stack),
			.size = s->size,
			.mappers = s->mappers,
			.mapped_now = s->mapped_now,
			.unlinked = s->unlinked,
			.left_behind = s->is_shm && s->made_here && s->name && !s->unlinked};
	}
	if (out->segment_count)
		qsort(out->segments, out->segment_count, sizeof(*out->segments), by_size);
}
