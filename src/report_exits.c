/* report_exits.c: ends that were not quiet: signals nobody of the family meant, and workers with a status that is not
 * 0. */
#include <stdlib.h>
#include <sys/wait.h>

#include "base/str.h"
#include "detect/death.h"
#include "report_rows.h"

#define NAMES_SHOWN 6

static const char *const cause_words[] = {
	[DEATH_CRASH] = "crashed",
	[DEATH_BY_ITSELF] = "sent by itself",
	[DEATH_BY_TREE] = "sent by another process of the run",
	[DEATH_OUTSIDE] = "sender not known",
	[DEATH_BY_LIMIT] = "a limit was reached",
};

static struct exit_row *row_of(struct report_rows *rows, int sig, int status, const char *cause)
{
	struct exit_row *row;

	for (size_t i = 0; i < rows->exit_count; i++) {
		row = &rows->exits[i];
		if (row->sig == sig && row->status == status && row->cause == cause)
			return row;
	}
	rows->exits = rows_grow(rows->exits, &rows->exit_count, sizeof(*row));
	row = &rows->exits[rows->exit_count - 1];
	row->sig = sig;
	row->status = status;
	row->cause = cause;
	return row;
}

static void add_exit(struct report_rows *rows, const struct process *process, int sig, int status, const char *cause)
{
	struct exit_row *row = row_of(rows, sig, status, cause);
	char label[64], *who;

	if (row->count++ >= NAMES_SHOWN)
		return;
	process_label(rows->model, process, label, sizeof(label));
	who = row->who ? str_make("%s, %s", row->who, label) : str_make("%s", label);
	free(row->who);
	row->who = who;
}

void rows_make_exits(struct report_rows *rows)
{
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p)) {
		struct death death;

		death_find(rows->model, p, &death);
		if (death.cause != DEATH_NONE && death.cause != DEATH_ON_PURPOSE)
			add_exit(rows, p, death.sig, 0, cause_words[death.cause]);
		else if (death.cause == DEATH_NONE && p->dead && p->status_from != EXIT_UNSEEN && p->status > 0 &&
			 WIFEXITED(p->status) && p->role == ROLE_WORKER)
			add_exit(rows, p, 0, WEXITSTATUS(p->status), NULL);
	}
}
