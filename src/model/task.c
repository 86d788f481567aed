/* task.c: tasks of Python processes: what was done, what is in hand, and the names that go with it. */
#include "base/text.h"
#include "model/internal.h"

#include <inttypes.h>
#include <stdio.h>

struct name_entry {
	uint32_t id;
	const char *text;
	UT_hash_handle hh;
};

void apply_pyname(struct model *model, struct process *process, const struct event *event)
{
	uint32_t id = event->u.pyname.id;
	struct name_entry *entry;

	(void)process;
	HASH_FIND(hh, model->names, &id, sizeof(id), entry);
	if (entry)
		return;
	entry = mem_zalloc(1, sizeof(*entry));
	entry->id = id;
	entry->text = model_intern(model, event->u.pyname.text ? event->u.pyname.text : "");
	HASH_ADD(hh, model->names, id, sizeof(entry->id), entry);
}

const char *model_name(const struct model *model, uint32_t id)
{
	struct name_entry *entry;

	HASH_FIND(hh, model->names, &id, sizeof(id), entry);
	return entry ? entry->text : NULL;
}

void names_free(struct model *model)
{
	struct name_entry *entry, *next;

	HASH_ITER(hh, model->names, entry, next)
	{
		HASH_DEL(model->names, entry);
		mem_free(entry);
	}
}

void apply_pyproc(struct model *model, struct process *process, const struct event *event)
{
	char *text = mem_copy_text(event->u.pyproc.text ? event->u.pyproc.text : ""), *end = strchr(text, '\n');

	if (end)
		*end = 0;
	process->process_name = *text ? model_intern(model, text) : NULL;
	model->workers_numbered = false; /* which may be its label */
	process->start_method = end && end[1] ? model_intern(model, end + 1) : NULL;
	mem_free(text);
}

void apply_pythread(struct model *model, struct process *process, const struct event *event)
{
	const char *name = event->u.pythread.name;

	if (name && *name)
		thread_of(model, process, event->tid, event->ts_ns)->name = model_intern(model, name);
}

/* It is counted in PYWORK; here it only ends what was in hand. */
void apply_pytask(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_pytask *ev = &event->u.pytask;
	struct task *task = &process->task;

	(void)model;
	if (task->kind == ev->kind && task->job == ev->job && task->index == ev->index && task->seen_ns <= event->ts_ns)
		memset(task, 0, sizeof(*task));
}

void apply_pynow(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_pynow *ev = &event->u.pynow;

	(void)model;
	process->task = (struct task){.kind = ev->kind,
		.name = ev->name,
		.stack = event->stack,
		.items = ev->items,
		.job = ev->job,
		.index = ev->index,
		.since_ns = ev->since_ns,
		.seen_ns = event->ts_ns,
		.over = ev->over != 0};
}

static struct pywork *work_of(struct process *process, uint32_t slot)
{
	struct pywork **at = &process->works;

	for (; *at; at = &(*at)->next)
		if ((*at)->slot == slot)
			return *at;
	*at = mem_zalloc(1, sizeof(**at));
	(*at)->process = process;
	(*at)->slot = slot;
	return *at;
}

void apply_pywork(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_pywork *ev = &event->u.pywork;
	struct pywork *work = work_of(process, ev->slot);

	(void)model;
	work->kind = ev->kind;
	work->name = ev->name;
	work->stack = event->stack;
	work->done = ev->done;
	work->failed = ev->failed;
	work->items = ev->items;
	work->run_ns = ev->run_ns;
	work->longest_ns = ev->longest_ns;
}

uint64_t process_tasks_done(const struct process *process)
{
	uint64_t done = 0;
	bool any = false;

	for (const struct pywork *work = process->works; work; work = work->next) {
		if (work->kind == TASK_PROCESS)
			continue;
		any = true;
		done += work->done;
	}
	return any ? done : UNKNOWN_COUNT;
}

bool process_task_text(const struct model *model, const struct process *process, char *out, size_t room)
{
	const struct task *task = &process->task;
	const char *name = model_name(model, task->name);
	char number[64] = "", items[48] = "", place[200] = "";
	struct frame frame;

	*out = 0;
	if (task->kind == TASK_NONE)
		return false;
	if (task->kind == TASK_POOL)
		snprintf(number, sizeof(number), ", task %" PRId64 " of call %" PRIu64 " to the pool", task->index + 1,
			task->job + 1);
	else if (task->kind == TASK_EXECUTOR)
		snprintf(number, sizeof(number), ", task %" PRIu64 " of the executor", task->job + 1);
	if (task->items > 1)
		snprintf(items, sizeof(items), ", a chunk of %u", task->items);
	if (model_frame(model, task->stack, 0, &frame) && frame.file && frame.line)
		snprintf(place, sizeof(place), " (%s:%u)", text_last_part(frame.file), frame.line);
	snprintf(out, room, "`%s`%s%s%s", name && *name ? name : "?", place, number, items);
	return true;
}
