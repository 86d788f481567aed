/* table.h: rows of a screen under columns of columns.def: which there are, in which order, which one is selected. The
 * selection is a row's identity, not its number: it stays when rows come, go or are sorted anew. */
#ifndef MPW_TUI_TABLE_H
#define MPW_TUI_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "canvas.h"

struct tui;
struct lines;

#define VALUE_SIZE 256
#define COLUMNS_MAX 24

struct value {
	char text[VALUE_SIZE];
	double number; /* what to sort by, when is_number */
	bool is_number;
	enum style style;
};

struct column {
	const char *title;
	int width, priority; /* see layout_columns */
	bool stretch;
	enum align align;
	void (*get)(const struct tui *tui, const void *row, struct value *out);
	/* NULL: the value's text. Else draws the cell itself. */
	void (*draw)(struct tui *tui, const void *row, int x, int y, int width);
	/* NULL: `title`. Else depends on the width. */
	void (*head)(const struct tui *tui, int width, char title[VALUE_SIZE]);
};

/* What outlives a frame. */
struct table_state {
	uint64_t selected; /* identity */
	uint64_t instead;  /* who is selected when that row is gone, 0: who stands there then */
	size_t index;      /* where it was */
	size_t top;
	int sort; /* column, -1: the screen's own order */
	bool reverse;
	/* The order of the last frame and what it was by. Rows do not change places under the cursor while keys are
	 * pressed. */
	struct table_place *places; /* by identity */
	size_t place_count;
	int places_sort;
	bool places_reverse;
};

struct table_place {
	uint64_t id;
	size_t place;
};

struct table_row {
	const void *data;
	uint64_t id;
};

struct table {
	const struct column *columns;
	size_t column_count;
	struct table_row *rows;
	size_t count, room, hidden; /* hidden: by the filter */
	struct table_state *state;
	struct table_memory *memory; /* of table_keep */
};

void table_add(struct table *table, const void *data, uint64_t id);
void table_clear(struct table *table);
/* Zeroed memory that lives as long as the rows. */
void *table_keep(struct table *table, size_t size);

/* After all rows were added: applies filter and order, finds the selection again. `hold`: rows that were there before
 * keep their order, new ones come behind. */
void table_arrange(struct table *table, const struct tui *tui, const char *filter, bool hold);
void table_forget(struct table_state *state); /* frees what the state holds */
/* The selected row's data, NULL when there is none. */
const void *table_selected(const struct table *table);
void table_select(struct table *table, size_t index);
void table_move(struct table *table, long by);
/* Selects the next row (direction 1 or -1) with the text in a column; false if there is none. */
bool table_find(struct table *table, const struct tui *tui, const char *text, int direction);

/* Head and rows; what does not fit is told in the last row. */
void table_draw(const struct table *table, struct tui *tui, struct rect rect);
/* Each column of the selected row, whole. */
void table_lines_full(const struct table *table, const struct tui *tui, struct lines *lines);
int table_height(const struct table *table); /* rows that it wants, head included */

void value_text(struct value *out, const char *text); /* NULL: "-" */
void value_number(struct value *out, double number, const char *text);

#endif
