/* snapshot_waits.c: who a process waits for, as far as one can tell: the child of a wait, those who write what it
 * reads. Holders of locks are told with the locks. */
#include <stdlib.h>

#include "base/mem.h"
#include "model/exchange.h"
#include "snapshot_make.h"
#include "wire/calls.h"

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
