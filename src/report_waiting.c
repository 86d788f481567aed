/* report_waiting.c: what threads waited for when the program was asked to stop; equal ones fold. Of a process's other
 * threads only those that tell something: they are in the program's own code, or cannot get rid of what they have to
 * write. */
#include "base/mem.h"
#include "report_rows.h"
#include "wire/calls.h"

static bool matters(const struct report_rows *rows, const struct thread *thread, const struct stay *stay)
{
	struct frame frame;

	if (process_main_thread(thread->process) == thread)
		return true;
	return wait_class_of(stay->call, stay->fd) == CLASS_OUTPUT ||
	       (stay->stack && model_user_frame(rows->model, stay->stack, &frame) >= 0 && frame.python);
}

static struct waiting_row *row_of(struct report_rows *rows, const struct waiting_row *like)
{
	struct waiting_row *row;

	for (size_t i = 0; i < rows->waiting_count; i++) {
		row = &rows->waiting[i];
		if (row->call == like->call && row->stack == like->stack && row->use == like->use &&
			row->made == like->made && row->lock == like->lock && row->is_main == like->is_main &&
			row->thread == like->thread)
			return row;
	}
	rows->waiting = rows_grow(rows->waiting, &rows->waiting_count, sizeof(*row));
	row = &rows->waiting[rows->waiting_count - 1];
	*row = *like;
	return row;
}

static void add_thread(struct report_rows *rows, const struct thread *thread)
{
	const struct stay *stay = thread_stay(rows->model, thread);
	struct waiting_row like = {0}, *row;
	uint64_t waited;

	if (!stay || !matters(rows, thread, stay))
		return;
	like.call = stay->call;
	like.stack = stay->stack;
	like.fd = stay->fd;
	if (stay->channel) {
		channel_use(rows->model, stay->channel, &like.use);
		like.made = like.use && !channel_use_folds(like.use) ? stay->channel->stack : 0;
	}
	if (wait_class_of(stay->call, stay->fd) == CLASS_LOCK)
		like.lock = model_lock_at(rows->model, thread->process, stay->object);
	like.is_main = process_main_thread(thread->process) == thread;
	like.thread = like.is_main ? NULL : thread->name;
	row = row_of(rows, &like);
	waited = rows->stop_ns > stay->since_ns ? rows->stop_ns - stay->since_ns : 0;
	row->longest_ns = waited > row->longest_ns ? waited : row->longest_ns;
	row->who = mem_resize(row->who, (row->who_count + 1) * sizeof(const struct process *));
	row->who[row->who_count++] = thread->process;
}

void rows_make_waiting(struct report_rows *rows)
{
	rows->stop_ns = model_stop_ns(rows->model, &rows->stop_sig);
	if (!rows->stop_ns)
		return;
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p)) {
		const struct thread *main_thread = process_main_thread(p);

		if (p->role == ROLE_TRACKER || p->role == ROLE_FORKSERVER)
			continue;
		if (main_thread)
			add_thread(rows, main_thread);
		for (const struct thread *thread = p->thread_list; thread; thread = thread->next)
			if (thread != main_thread)
				add_thread(rows, thread);
	}
}
