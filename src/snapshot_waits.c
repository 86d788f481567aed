/* snapshot_waits.c: who a process waits for, as far as one can tell: the child of a wait, those who write what it
 * reads. Holders of locks are told with the locks. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/exchange.h"
#include "snapshot_make.h"
#include "wire/calls.h"

#define SITE_LEAST_NS 1000000u /* shorter waits are not told one by one */

/* The child with this pid that lives. */
static const struct process *child_of(const struct snap_maker *maker, const struct process *parent, uint64_t pid)
{
	for (const struct process *p = model_processes(maker->model); p && pid && pid <= INT32_MAX; p = process_next(p))
		if (p->parent == parent && !p->dead && (uint64_t)p->pid == pid)
			return p;
	return NULL;
}

/* Those at the other end of a channel that live. */
static size_t others_at(const struct channel_end *end, bool writers, const struct process **list)
{
	size_t count = 0;

	for (const struct channel_end *other = end->channel->ends; other; other = other->next)
		if (other->process != end->process && !other->process->dead && channel_end_used(other, writers)) {
			if (list)
				list[count] = other->process;
			count++;
		}
	return count;
}

static void wait_at_channel(struct snap_maker *maker, const struct thread *thread, struct snap_process *out)
{
	const struct channel_end *end = thread->wait.end;
	bool output = thread->wait.is_output;
	size_t count = others_at(end, !output, NULL);
	const struct process **list = mem_alloc((count + 1) * sizeof(const struct process *));
	const char *use;

	channel_use(maker->model, end->channel, &use);
	others_at(end, !output, list);
	if (count)
		out->waits_for = snap_text(maker->memory, "%s%s%s %s", output ? "room in " : "", use ? use : "a pipe",
			output ? ": read by" : " from", snap_names(maker, list, count));
	if (count == 1)
		out->waits_process = list[0]->number;
	free(list);
}

void snap_make_wait(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	const struct thread *thread = process_main_thread(process);
	const struct process *child;

	if (!thread || !snap_thread_waits(thread))
		return;
	if (thread->wait.is_open && thread->wait.end) {
		wait_at_channel(maker, thread, out);
		return;
	}
	if (wait_class_of(thread->state.call, thread->state.fd) != CLASS_WAIT)
		return;
	child = child_of(maker, process, thread->state.object);
	if (!child)
		return;
	out->waits_for = snap_text(maker->memory, "the end of child %s", snap_label(maker, child));
	out->waits_process = child->number;
}

/* --- where it waited --- */

struct site_words {
	struct {
		uint32_t call, stack;
	} key;
	const char *doing, *where;
	UT_hash_handle hh;
};

static const struct site_words *words_of(struct snap_maker *maker, uint32_t call, int32_t fd, uint32_t stack)
{
	struct site_words *words, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.call = call;
	probe.key.stack = stack;
	HASH_FIND(hh, maker->site_words, &probe.key, sizeof(probe.key), words);
	if (words)
		return words;
	words = mem_zalloc(1, sizeof(*words));
	words->key = probe.key;
	words->doing = call ? snap_text(maker->memory, "%s %s", wait_words(call, fd), call_name(call))
			    : "waits at other places";
	words->where = snap_place(maker, stack);
	HASH_ADD(hh, maker->site_words, key, sizeof(words->key), words);
	return words;
}

void snap_forget_sites(struct snap_maker *maker)
{
	struct site_words *words, *next;

	HASH_ITER(hh, maker->site_words, words, next)
	{
		HASH_DEL(maker->site_words, words);
		free(words);
	}
}

static struct snap_wait *wait_of(
	struct snap_maker *maker, struct snap_process *out, uint32_t call, int32_t fd, uint32_t stack)
{
	const struct site_words *words;
	struct snap_wait *wait;

	for (size_t i = 0; i < out->wait_count; i++)
		if (out->waits[i].call == call && out->waits[i].stack == stack)
			return &out->waits[i];
	words = words_of(maker, call, fd, stack);
	wait = &out->waits[out->wait_count++];
	*wait = (struct snap_wait){.doing = words->doing, .where = words->where, .call = call, .stack = stack};
	return wait;
}

static void wait_add(struct snap_wait *wait, uint64_t count, uint64_t ns, uint64_t longest_ns)
{
	wait->count += count;
	wait->ns += ns;
	wait->longest_ns = longest_ns > wait->longest_ns ? longest_ns : wait->longest_ns;
}

static int most_time_first(const void *a, const void *b)
{
	const struct snap_wait *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

/* What it is in now counts, too. */
void snap_make_wait_sites(struct snap_maker *maker, const struct process *process, struct snap_process *out)
{
	const struct thread *thread = process_main_thread(process);
	uint64_t now = maker->out->now_ns, since = 0;
	size_t count = 1;

	for (const struct wait_site *site = process->wait_sites; site; site = site->next)
		count++;
	if (thread && snap_thread_waits(thread) && thread->state.since_ns <= now)
		since = thread->state.since_ns;
	if (count == 1 && !since)
		return;
	out->waits = snap_alloc(maker->memory, count, sizeof(*out->waits));
	for (const struct wait_site *site = process->wait_sites; site; site = site->next)
		wait_add(wait_of(maker, out, site->call, site->fd, site->stack), site->count, site->ns,
			site->longest_ns);
	if (since && now - since >= SITE_LEAST_NS) {
		struct snap_wait *wait = wait_of(maker, out, thread->state.call, thread->state.fd, thread->state_stack);

		wait_add(wait, 1, now - since, now - since);
		wait->now = true;
	}
	if (out->wait_count)
		qsort(out->waits, out->wait_count, sizeof(*out->waits), most_time_first);
}
