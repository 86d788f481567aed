/* tree_rows.h: the rows of Tree: the family as it grew, with the workers of a pool, or of a loop that started many,
 * under a row of their own. */
#ifndef MPW_TUI_TREE_ROWS_H
#define MPW_TUI_TREE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"
#include "table.h"

/* A row that stands for several: number and pid 0, the CPU of all. */
struct tree_group {
	struct snap_process sum;
	uint32_t id; /* for tui->folded */
	const struct snap_process *first;
	size_t count, alive;
	uint64_t done; /* tasks, UNKNOWN when none are known */
	char name[160];
};

/* All rows, parents first; what is folded is left out. `over`: leave out commands that ended well. */
void tree_rows(const struct tui *tui, struct table *table, bool (*over)(const struct snapshot *picture, size_t index));
/* NULL: the row is one process. */
const struct tree_group *tree_group_of(const struct snap_process *row);
/* What stands before the name; of rows of the latest tree_rows. */
void tree_stems(const struct canvas *canvas, const struct snap_process *row, char *out, size_t size);
/* Has it rows below it? */
bool tree_has_children(const struct snap_process *row);

#endif
