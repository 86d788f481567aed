/* lock.c: semaphores and process-shared locks, one per (device, inode, offset), however many processes and addresses it
 * has. */
#include "model/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A lock at an address of one process. */
struct lock_use {
	struct {
		uint64_t addr;
		uint64_t proc;
	} key;
	struct lock *lock;
	uint64_t takes, releases, waits, waited_ns, held_ns; /* counted so far */

	UT_hash_handle hh;
};

static struct lock *lock_make(struct model *model, uint64_t dev, uint64_t ino, uint64_t off)
{
	struct lock *lock, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.dev = dev;
	probe.key.ino = ino;
	probe.key.off = off;
	HASH_FIND(hh, model->locks, &probe.key, sizeof(probe.key), lock);
	if (!lock) {
		lock = mem_zalloc(1, sizeof(*lock));
		lock->key = probe.key;
		HASH_ADD(hh, model->locks, key, sizeof(lock->key), lock);
	}
	return lock;
}

static struct lock_use *use_find(const struct model *model, const struct process *process, uint64_t addr)
{
	struct lock_use *use, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.addr = addr;
	probe.key.proc = process->number;
	HASH_FIND(hh, model->lock_uses, &probe.key, sizeof(probe.key), use);
	return use;
}

static struct lock_use *use_make(struct model *model, struct process *process, uint64_t addr, struct lock *lock)
{
	struct lock_use *use = use_find(model, process, addr);

	if (!use) {
		use = mem_zalloc(1, sizeof(*use));
		use->key.addr = addr;
		use->key.proc = process->number;
		HASH_ADD(hh, model->lock_uses, key, sizeof(use->key), use);
	}
	if (use->lock != lock) {
		use->takes = use->releases = use->waits = use->waited_ns = use->held_ns = 0;
		use->lock = lock;
		lock->users++;
	}
	return use;
}

/* A forked process uses the locks of its parents at their addresses. */
static struct lock_use *use_of(struct model *model, struct process *process, uint64_t addr)
{
	struct lock_use *use = use_find(model, process, addr);

	if (use && use->lock)
		return use;
	for (const struct process *parent = process; parent && parent->images == 0; parent = parent->parent) {
		use = parent->parent ? use_find(model, parent->parent, addr) : NULL;
		if (use && use->lock)
			return use_make(model, process, addr, use->lock);
	}
	return NULL;
}

const struct lock *model_lock_at(const struct model *model, const struct process *process, uint64_t addr)
{
	const struct lock_use *use = use_find(model, process, addr);

	while (!(use && use->lock) && process->images == 0 && process->parent) {
		process = process->parent;
		use = use_find(model, process, addr);
	}
	return use ? use->lock : NULL;
}

struct lock *lock_waited_for(struct model *model, struct process *process, uint64_t addr)
{
	struct lock_use *use = use_of(model, process, addr);

	return use && use->lock->kind != LOCK_COND ? use->lock : NULL;
}

void apply_lock_open(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_lock_open *ev = &event->u.lock_open;
	bool anonymous = ev->dev == 0 && ev->ino == 0;
	/* In anonymous shared memory only forks share it, at the same address. */
	struct lock *lock = anonymous ? lock_make(model, UINT64_MAX, ev->addr, process->number)
				      : lock_make(model, ev->dev, ev->ino, ev->off);

	lock->kind = ev->kind;
	if (ev->name)
		lock->name = model_intern(model, ev->name);
	if (!lock->maker) {
		lock->maker = process;
		lock->stack = event->stack;
		lock->opened_ns = event->ts_ns;
	}
	use_make(model, process, ev->addr, lock);
}

static uint64_t growth(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void count(struct model *model, struct process *process, struct lock_use *use, const struct ev_lock_total *now)
{
	struct lock *lock = use->lock;
	enum lock_role role = now->waited_ns > use->waited_ns ? lock_role(model, lock) : LOCK_ROLE_OWN;

	lock->takes += growth(now->takes, use->takes);
	lock->releases += growth(now->releases, use->releases);
	lock->waits += growth(now->waits, use->waits);
	lock->waited_ns += growth(now->waited_ns, use->waited_ns);
	lock->held_ns += growth(now->held_ns, use->held_ns);
	if (now->longest_ns > lock->longest_ns)
		lock->longest_ns = now->longest_ns;
	if (role != LOCK_ROLE_OWN)
		*(role == LOCK_ROLE_INPUT ? &process->queue_in_ns : &process->queue_out_ns) +=
			growth(now->waited_ns, use->waited_ns);
	use->takes = now->takes;
	use->releases = now->releases;
	use->waits = now->waits;
	use->waited_ns = now->waited_ns;
	use->held_ns = now->held_ns;
	if (now->holder) {
		lock->holder = process;
		lock->holder_tid = now->holder;
	} else if (lock->holder == process) {
		lock->holder = NULL;
	}
}

void apply_lock_total(struct model *model, struct process *process, const struct event *event)
{
	struct lock_use *use = use_of(model, process, event->u.lock_total.addr);

	if (use)
		count(model, process, use, &event->u.lock_total);
}

void apply_lock_stat(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_lock_stat *ev = &event->u.lock_stat;
	struct lock_use *use = use_of(model, process, ev->addr);
	struct ev_lock_total total = {.addr = ev->addr,
		.takes = ev->takes,
		.releases = ev->releases,
		.waits = ev->waits,
		.waited_ns = ev->waited,
		.held_ns = ev->held,
		.longest_ns = ev->longest,
		.holder = ev->holder};

	if (!use)
		return;
	count(model, process, use, &total);
	use->lock = NULL; /* the address may be another lock's from now on */
}

void locks_free(struct model *model)
{
	struct lock *lock, *next;
	struct lock_use *use, *next_use;

	HASH_ITER(hh, model->locks, lock, next)
	{
		HASH_DEL(model->locks, lock);
		mem_free(lock);
	}
	HASH_ITER(hh, model->lock_uses, use, next_use)
	{
		HASH_DEL(model->lock_uses, use);
		mem_free(use);
	}
}

const struct lock *model_locks(const struct model *model)
{
	return model->locks;
}

const struct lock *lock_next(const struct lock *lock)
{
	return lock->hh.next;
}
