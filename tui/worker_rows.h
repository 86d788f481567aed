/* worker_rows.h: the rows of Workers: the living above the ended, many equal ones as one row. */
#ifndef MPW_TUI_WORKER_ROWS_H
#define MPW_TUI_WORKER_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "snapshot.h"
#include "table.h"

struct lines;

/* A row that stands for several: sums, number 0, pid 0, `where` that of all or NULL. */
struct worker_fold {
	struct snap_process sum;
	uint64_t id;
	const struct snap_process *first, *last;
	size_t count;
	char name[48], ended[160];
};

void worker_rows(const struct tui *tui, struct table *table);
/* NULL: the row is one process. */
const struct worker_fold *worker_fold_of(const struct snap_process *row);
/* How many processes the rows stand for. */
size_t worker_rows_count(const struct table *table);
void worker_unfold(struct tui *tui, const struct worker_fold *fold);
void worker_fold_all(struct tui *tui);
/* The details of such a row. */
void lines_worker_fold(struct lines *lines, const struct tui *tui, const struct worker_fold *fold);

#endif
