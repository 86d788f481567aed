/* report_workers.c: one row per worker place; many workers and equal commands fold. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "report_rows.h"

#define WORKERS_SHOWN 10
#define COMMANDS_SHOWN 10

static struct worker_row *add_row(struct report_rows *rows, char *name, const struct process *process)
{
	struct worker_row *row;

	rows->workers = rows_grow(rows->workers, &rows->worker_count, sizeof(*row));
	row = &rows->workers[rows->worker_count - 1];
	row->name = name;
	row->pid = process->pid;
	return row;
}

static void add_process(struct report_rows *rows, struct worker_row *row, const struct process *process)
{
	struct shares shares;

	process_shares(rows->model, process, &shares);
	shares_add(&row->shares, &shares);
	row->count++;
	/* One place that nobody looked into makes the shares of the row unknown, not zero. */
	row->known = (row->count == 1 || row->known) && process_main_thread(process) &&
		     process_main_thread(process)->stat_ns;
}

static char *label_of(struct report_rows *rows, const struct process *process)
{
	char label[64];

	return str_make("%s", process_label(rows->model, process, label, sizeof(label)));
}

static void add_worker(struct report_rows *rows, const struct process *process, uint32_t workers, size_t *fold)
{
	if (process->worker_number <= WORKERS_SHOWN || workers <= WORKERS_SHOWN + 2) {
		add_process(rows, add_row(rows, label_of(rows, process), process), process);
		return;
	}
	if (*fold == SIZE_MAX) {
		add_row(rows, str_make("w%u-w%u", process->worker_number, workers), process);
		*fold = rows->worker_count - 1;
	}
	add_process(rows, &rows->workers[*fold], process);
}

struct command_entry {
	const char *comm; /* interned */
	struct worker_row row;
	UT_hash_handle hh;
};

static void add_command(struct report_rows *rows, const struct process *process, struct command_entry **commands)
{
	struct command_entry *entry;

	HASH_FIND_PTR(*commands, &process->comm, entry);
	if (!entry) {
		entry = mem_zalloc(1, sizeof(*entry));
		entry->comm = process->comm;
		entry->row.pid = process->pid;
		entry->row.name = label_of(rows, process);
		HASH_ADD_PTR(*commands, comm, entry);
	}
	add_process(rows, &entry->row, process);
}

static int longest_first(const struct command_entry *a, const struct command_entry *b)
{
	if (a->row.shares.life_ns != b->row.shares.life_ns)
		return a->row.shares.life_ns > b->row.shares.life_ns ? -1 : 1;
	return a->row.pid < b->row.pid ? -1 : 1;
}

static void put_commands(struct report_rows *rows, struct command_entry *commands)
{
	struct command_entry *entry, *next;
	unsigned shown = 0;

	HASH_SORT(commands, longest_first);
	HASH_ITER(hh, commands, entry, next)
	{
		HASH_DEL(commands, entry);
		if (shown++ < COMMANDS_SHOWN) {
			rows->workers = rows_grow(rows->workers, &rows->worker_count, sizeof(entry->row));
			rows->workers[rows->worker_count - 1] = entry->row;
		} else {
			rows->workers_more += entry->row.count;
			free(entry->row.name);
		}
		free(entry);
	}
}

void rows_make_workers(struct report_rows *rows)
{
	uint32_t workers = model_worker_count(rows->model);
	struct command_entry *commands = NULL;
	size_t fold = SIZE_MAX;

	for (const struct process *p = model_processes(rows->model); p; p = process_next(p)) {
		if (p->role == ROLE_MAIN)
			add_process(rows, add_row(rows, label_of(rows, p), p), p);
		else if (p->role == ROLE_WORKER)
			add_worker(rows, p, workers, &fold);
		else if (p->role == ROLE_COMMAND)
			add_command(rows, p, &commands);
	}
	put_commands(rows, commands);
	for (size_t i = 0; i < rows->worker_count; i++)
		shares_round(&rows->workers[i].shares);
}
