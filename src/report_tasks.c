/* report_tasks.c: tasks by function, over all processes. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report_rows.h"

static struct task_row *row_of(struct report_rows *rows, const struct pywork *work)
{
	const char *name = model_name(rows->model, work->name);
	struct task_row *row;

	for (size_t i = 0; i < rows->task_count; i++) {
		row = &rows->tasks[i];
		if (row->kind == work->kind && row->stack == work->stack && row->name == name)
			return row;
	}
	rows->tasks = rows_grow(rows->tasks, &rows->task_count, sizeof(*row));
	row = &rows->tasks[rows->task_count - 1];
	row->kind = work->kind;
	row->stack = work->stack;
	row->name = name;
	return row;
}

static void add_work(struct task_row *row, const struct pywork *work)
{
	row->done += work->done;
	row->failed += work->failed;
	row->items += work->items;
	row->run_ns += work->run_ns;
	row->longest_ns = work->longest_ns > row->longest_ns ? work->longest_ns : row->longest_ns;
	row->who = mem_resize(row->who, (row->who_count + 1) * sizeof(const struct process *));
	row->who[row->who_count++] = work->process;
}

static int by_time(const void *a, const void *b)
{
	const struct task_row *x = a, *y = b;

	if (x->run_ns != y->run_ns)
		return x->run_ns > y->run_ns ? -1 : 1;
	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

void rows_make_tasks(struct report_rows *rows)
{
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p))
		for (const struct pywork *work = p->works; work; work = work->next)
			add_work(row_of(rows, work), work);
	if (rows->task_count)
		qsort(rows->tasks, rows->task_count, sizeof(*rows->tasks), by_time);
}
