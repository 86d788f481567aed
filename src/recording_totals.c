/* recording_totals.c: see recording_totals.h. Nothing is remembered before the first total has to wait. */
#include "recording_totals.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "base/mem.h"

enum { MAX_LEVEL = 12 /* an hour */, MAX_ENTRIES = 100000 };
#define SECOND_NS UINT64_C(1000000000)

/* What is counted. No padding: it is compared as bytes. */
struct key {
	uint32_t type, proc;
	uint64_t object; /* thread, descriptor or lock */
};

struct entry {
	struct key key;
	UT_hash_handle hh;
	struct entry *prev, *next; /* of the same process */
	uint64_t written_ns;
	int waits;
	struct event event;
};

struct process {
	uint32_t proc;
	struct entry *entries;
	UT_hash_handle hh;
};

struct held_totals {
	struct entry *entries;
	struct process *processes;
	held_totals_write *write;
	void *context;
};

struct held_totals *held_totals_new(held_totals_write *write, void *context)
{
	struct held_totals *totals = mem_zalloc(1, sizeof(*totals));

	totals->write = write;
	totals->context = context;
	return totals;
}

int held_totals_includes(unsigned type)
{
	return type == EV_THREAD_STAT || type == EV_FD_TOTAL || type == EV_LOCK_TOTAL || type == EV_PYWORK ||
	       type == EV_PYMSG || type == EV_PYCOPY;
}

/* What an event counts; for a final count, the totals that it ends. */
static struct key key_of(const struct event *event)
{
	struct key key = {.type = event->type, .proc = event->proc};

	switch (event->type) {
	case EV_FD_STAT:
		key.type = EV_FD_TOTAL;
		key.object = (uint32_t)event->u.fd_stat.fd;
		break;
	case EV_FD_TOTAL:
		key.object = (uint32_t)event->u.fd_total.fd;
		break;
	case EV_LOCK_STAT:
		key.type = EV_LOCK_TOTAL;
		key.object = event->u.lock_stat.addr;
		break;
	case EV_LOCK_TOTAL:
		key.object = event->u.lock_total.addr;
		break;
	case EV_PYWORK:
		key.object = event->u.pywork.slot;
		break;
	case EV_PYMSG:
		key.object = event->u.pymsg.slot;
		break;
	default:
		key.object = event->tid;
		break;
	}
	return key;
}

static void write_now(struct held_totals *totals, struct entry *entry, uint64_t ts_ns)
{
	if (!entry->waits)
		return;
	if (entry->event.ts_ns < ts_ns)
		entry->event.ts_ns = ts_ns;
	totals->write(totals->context, &entry->event);
	entry->written_ns = entry->event.ts_ns;
	entry->waits = 0;
}

static struct process *process_of(struct held_totals *totals, uint32_t proc)
{
	struct process *process;

	HASH_FIND(hh, totals->processes, &proc, sizeof(proc), process);
	return process;
}

static struct entry *find(struct held_totals *totals, const struct key *key)
{
	struct entry *entry;

	HASH_FIND(hh, totals->entries, key, sizeof(*key), entry);
	return entry;
}

static struct entry *add(struct held_totals *totals, const struct key *key)
{
	struct process *process = process_of(totals, key->proc);
	struct entry *entry = mem_zalloc(1, sizeof(*entry));

	if (!process) {
		process = mem_zalloc(1, sizeof(*process));
		process->proc = key->proc;
		HASH_ADD(hh, totals->processes, proc, sizeof(process->proc), process);
	}
	entry->key = *key;
	HASH_ADD(hh, totals->entries, key, sizeof(entry->key), entry);
	DL_APPEND(process->entries, entry);
	return entry;
}

/* Writes what waits of a process and forgets it. */
static void close_process(struct held_totals *totals, struct process *process, uint64_t ts_ns)
{
	struct entry *entry, *next;

	DL_FOREACH_SAFE(process->entries, entry, next)
	{
		write_now(totals, entry, ts_ns);
		HASH_DEL(totals->entries, entry);
		free(entry);
	}
	HASH_DEL(totals->processes, process);
	free(process);
}

void held_totals_flush(struct held_totals *totals, uint64_t ts_ns)
{
	struct process *process, *next;

	HASH_ITER(hh, totals->processes, process, next)
	{
		close_process(totals, process, ts_ns);
	}
}

/* A number that was closed and opened again: what waits is the last word about its former life. */
static int is_another_life(const struct entry *entry, const struct event *event)
{
	return entry->waits && event->type == EV_FD_TOTAL && entry->event.u.fd_total.gen != event->u.fd_total.gen;
}

int held_totals_put(struct held_totals *totals, const struct event *event, unsigned level)
{
	struct key key = key_of(event);
	struct entry *entry;
	int replaced;

	if (level == 0 && !totals->entries) {
		totals->write(totals->context, event);
		return 0;
	}
	if (HASH_COUNT(totals->entries) >= MAX_ENTRIES)
		held_totals_flush(totals, event->ts_ns);
	entry = find(totals, &key);
	if (!entry)
		entry = add(totals, &key);
	if (is_another_life(entry, event))
		write_now(totals, entry, event->ts_ns);
	replaced = entry->waits;
	entry->event = *event;
	entry->waits = 1;
	if (event->ts_ns >= entry->written_ns + (SECOND_NS << (level < MAX_LEVEL ? level : MAX_LEVEL)))
		write_now(totals, entry, event->ts_ns);
	return replaced;
}

static void write_object(struct held_totals *totals, const struct event *event)
{
	struct key key = key_of(event);
	struct entry *entry = find(totals, &key);

	if (entry)
		write_now(totals, entry, event->ts_ns);
}

static void write_process(struct held_totals *totals, const struct event *event)
{
	struct process *process = process_of(totals, event->proc);

	if (process)
		close_process(totals, process, event->ts_ns);
}

void held_totals_before(struct held_totals *totals, const struct event *event)
{
	if (!totals->entries)
		return;
	if (event->type == EV_FD_STAT || event->type == EV_LOCK_STAT)
		write_object(totals, event);
	else if (event->type == EV_START || event->type == EV_PROC || event->type == EV_PROC_EXIT)
		write_process(totals, event);
	else if (event->type == EV_END)
		held_totals_flush(totals, event->ts_ns);
}

/* Without writing. */
static void write_nothing(void *context, const struct event *event)
{
	(void)context;
	(void)event;
}

void held_totals_free(struct held_totals *totals)
{
	if (!totals)
		return;
	totals->write = write_nothing;
	held_totals_flush(totals, 0);
	free(totals);
}
