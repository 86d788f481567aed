/* message.c: what Python processes sent each other as objects, and what it cost to make messages of them and back. */
#include "model/internal.h"

static struct pymessages *messages_of(struct process *process, uint32_t slot)
{
	struct pymessages **at = &process->messages;

	for (; *at; at = &(*at)->next)
		if ((*at)->slot == slot)
			return *at;
	*at = mem_zalloc(1, sizeof(**at));
	(*at)->process = process;
	(*at)->slot = slot;
	return *at;
}

/* The same in the words of the older event. */
static void cost_update(struct process *process)
{
	struct ev_pycost cost = {0};

	for (const struct pymessages *m = process->messages; m; m = m->next) {
		*(m->out ? &cost.sent : &cost.received) += m->count;
		*(m->out ? &cost.pickle : &cost.unpickle) += m->ns;
	}
	process->pycost = cost;
}

void apply_pymsg(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_pymsg *ev = &event->u.pymsg;
	struct pymessages *messages = messages_of(process, ev->slot);

	(void)model;
	messages->kind = ev->kind;
	messages->out = ev->out != 0;
	messages->what = ev->what;
	messages->stack = event->stack;
	messages->count = ev->count;
	messages->bytes = ev->bytes;
	messages->ns = ev->ns;
	messages->largest = ev->largest;
	cost_update(process);
}

void apply_pycopy(struct model *model, struct process *process, const struct event *event)
{
	(void)model;
	process->copy_ns = event->u.pycopy.main_ns;
}

void process_python_free(struct process *process)
{
	while (process->messages) {
		struct pymessages *next = process->messages->next;

		mem_free(process->messages);
		process->messages = next;
	}
	while (process->works) {
		struct pywork *next = process->works->next;

		mem_free(process->works);
		process->works = next;
	}
}
