/* report_text_waiting.c: "w1-w8 wait for input at pool.py:114, called from app.py:12", as it was before the signal. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/str.h"
#include "base/text.h"
#include "report_print.h"
#include "wire/calls.h"

#define WAITING_SHOWN 12

/* The signal may have reached the program so much earlier than mpwatch heard of it. */
#define EARLIER_NS 50000000u

static const char *const verbs[CLASS_COUNT] = {
	[CLASS_NONE] = "in",
	[CLASS_INPUT] = "waited for input",
	[CLASS_OUTPUT] = "waited for room to write",
	[CLASS_LOCK] = "waited for a lock",
	[CLASS_SLEEP] = "slept",
	[CLASS_WAIT] = "waited for a child to end",
	[CLASS_POLL] = "waited for input",
	[CLASS_OTHER] = "waited for another thread",
};

static bool has_line(const struct frame *frame)
{
	return frame->file && frame->line;
}

/* Who called the innermost frame: the program's line, or else the first of another file. */
static bool caller_find(const struct report_rows *rows, uint32_t stack, const struct frame *inner, struct frame *out)
{
	if (model_user_frame(rows->model, stack, out) > 0 && has_line(out))
		return true;
	for (unsigned i = 1; model_frame(rows->model, stack, i, out); i++)
		if (has_line(out) && strcmp(out->file, inner->file) != 0)
			return true;
	return false;
}

/* " at pool.py:114, called from app.py:12" */
static void put_places(const struct report_rows *rows, uint32_t stack, struct str *line)
{
	struct frame inner, caller;

	if (!stack || !model_frame(rows->model, stack, 0, &inner))
		return;
	if (!has_line(&inner)) { /* native: libc's own frames say little */
		if (model_user_frame(rows->model, stack, &caller) >= 0)
			inner = caller;
		if (has_line(&inner))
			str_printf(line, " at %s:%u", text_last_part(inner.file), inner.line);
		else if (inner.function)
			str_printf(line, " in %s", inner.function);
		return;
	}
	str_printf(line, " at %s:%u", text_last_part(inner.file), inner.line);
	if (model_user_frame(rows->model, stack, &caller) != 0 && caller_find(rows, stack, &inner, &caller))
		str_printf(line, ", called from %s:%u", text_last_part(caller.file), caller.line);
}

/* "db_lock (multiprocessing.Lock made at app.py:2), taken by w1, which had ended" */
static void put_lock(const struct report_rows *rows, const struct lock *lock, struct str *line)
{
	char label[64];

	lock_put_wait(rows->model, lock, !rows->redact, line);
	if (!lock->holder || !lock->holder->dead || lock->holder->dead_ns + EARLIER_NS >= rows->stop_ns)
		return;
	process_label(rows->model, lock->holder, label, sizeof(label));
	str_printf(line, ", taken by %s, which had ended,", label);
}

static void put_use(const struct report_rows *rows, const struct waiting_row *row, struct str *line)
{
	char variable[VARIABLE_SIZE];

	if (model_variable(rows->model, row->made, variable, sizeof(variable)))
		str_printf(line, " (%s %s)", row->use, variable);
	else
		str_printf(line, " (%s)", row->use);
}

static void print_row(const struct report_rows *rows, const struct waiting_row *row, struct paper *paper)
{
	char *who = process_names(rows->model, row->who, row->who_count), longest[FORMAT_SIZE];
	struct str line = {0};

	if (row->is_main)
		str_puts(&line, who);
	else
		str_printf(&line, "%s of %s", row->thread ? row->thread : "a thread", who);
	if (row->lock) {
		str_puts(&line, " waited for ");
		put_lock(rows, row->lock, &line);
	} else {
		str_printf(&line, " %s", verbs[wait_class_of(row->call, row->fd)]);
	}
	if (row->use)
		put_use(rows, row, &line);
	put_places(rows, row->stack, &line);
	str_printf(&line, ", for %s", format_seconds(row->longest_ns, longest));
	paper_wrap(paper, 3, 5, line.data);
	str_fini(&line);
	free(who);
}

static uint32_t ran_at(const struct report_rows *rows, const struct process *process)
{
	const struct thread *thread = process_main_thread(process);

	return thread ? thread_ran_at(rows->model, thread) : 0;
}

static bool was_in_task(const struct report_rows *rows, const struct process *process, char *text, size_t size)
{
	const struct task *task = &process->task;

	return task->kind != TASK_NONE && task->since_ns <= rows->stop_ns &&
	       process_task_text(rows->model, process, text, size);
}

static bool is_told(const struct report_rows *rows, const struct process *process)
{
	char text[512];

	return was_in_task(rows, process, text, sizeof(text)) || ran_at(rows, process);
}

/* "w1 ran at spin.py:6, in `work` (spin.py:2), task 1 of call 1 to the pool, for 3.95 s" */
static void print_process(const struct report_rows *rows, const struct process *process, struct paper *paper)
{
	bool ended = process->dead && process->dead_ns + EARLIER_NS < rows->stop_ns;
	char text[512], label[64], since[FORMAT_SIZE];
	bool task = was_in_task(rows, process, text, sizeof(text));
	uint32_t stack = ran_at(rows, process);
	struct str line = {0};

	process_label(rows->model, process, label, sizeof(label));
	str_puts(&line, label);
	if (ended && task) {
		str_printf(&line, " had ended %s before, in %s",
			format_seconds(rows->stop_ns - process->dead_ns, since), text);
	} else {
		str_puts(&line, stack ? " ran" : " was");
		put_places(rows, stack, &line);
		if (task)
			str_printf(&line, "%s in %s, for %s", stack ? "," : "", text,
				format_seconds(rows->stop_ns - process->task.since_ns, since));
	}
	paper_wrap(paper, 3, 5, line.data);
	str_fini(&line);
}

static const char *signal_words(int sig, char *out, size_t room)
{
	char name[FORMAT_SIZE];

	if (sig == 0)
		return "now";
	snprintf(out, room, "when %s came", format_signal(sig, name));
	return out;
}

static bool anybody_ran(const struct report_rows *rows)
{
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p))
		if (ran_at(rows, p))
			return true;
	return false;
}

void report_print_waiting(const struct report_rows *rows, struct paper *paper)
{
	size_t shown = rows->waiting_count < WAITING_SHOWN ? rows->waiting_count : WAITING_SHOWN;
	char when[64], *head;

	if (rows->waiting_count == 0 && !anybody_ran(rows))
		return;
	head = str_make("  %s", signal_words(rows->stop_sig, when, sizeof(when)));
	paper_heading(paper, "WAITING", head);
	free(head);
	for (size_t i = 0; i < shown; i++)
		print_row(rows, &rows->waiting[i], paper);
	if (rows->waiting_count > shown)
		paper_row(paper, "   and %zu more", rows->waiting_count - shown);
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p))
		if (is_told(rows, p))
			print_process(rows, p, paper);
}
