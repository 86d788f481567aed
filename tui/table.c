/* table.c: rows under columns. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "layout.h"
#include "lines.h"
#include "tui.h"

void value_text(struct value *out, const char *text)
{
	snprintf(out->text, sizeof(out->text), "%s", text ? text : "-");
}

void value_number(struct value *out, double number, const char *text)
{
	value_text(out, text);
	out->number = number;
	out->is_number = true;
}

void table_add(struct table *table, const void *data, uint64_t id)
{
	if (table->count == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->rows = mem_resize(table->rows, table->room * sizeof(*table->rows));
	}
	table->rows[table->count++] = (struct table_row){data, id};
}

struct table_memory {
	struct table_memory *next;
	_Alignas(16) char data[];
};

void *table_keep(struct table *table, size_t size)
{
	struct table_memory *memory = mem_zalloc(1, sizeof(*memory) + size);

	memory->next = table->memory;
	table->memory = memory;
	return memory->data;
}

void table_clear(struct table *table)
{
	while (table->memory) {
		struct table_memory *next = table->memory->next;

		free(table->memory);
		table->memory = next;
	}
	free(table->rows);
	memset(table, 0, sizeof(*table));
}

static void get(const struct table *table, const struct tui *tui, size_t row, size_t column, struct value *out)
{
	out->text[0] = 0;
	out->number = 0;
	out->is_number = false;
	out->style = STYLE_PLAIN;
	table->columns[column].get(tui, table->rows[row].data, out);
}

static bool row_has(const struct table *table, const struct tui *tui, size_t row, const char *text)
{
	struct value value;

	for (size_t i = 0; i < table->column_count; i++) {
		get(table, tui, row, i, &value);
		if (strcasestr(value.text, text))
			return true;
	}
	return false;
}

static void apply_filter(struct table *table, const struct tui *tui, const char *filter)
{
	size_t kept = 0;

	if (!filter || !*filter)
		return;
	for (size_t i = 0; i < table->count; i++)
		if (row_has(table, tui, i, filter))
			table->rows[kept++] = table->rows[i];
	table->hidden = table->count - kept;
	table->count = kept;
}

struct sort_entry {
	struct table_row row;
	struct value value;
	size_t index;
	bool reverse;
};

static int compare(const void *a, const void *b)
{
	const struct sort_entry *x = a, *y = b;
	int order = x->value.is_number && y->value.is_number
			    ? (x->value.number > y->value.number) - (x->value.number < y->value.number)
			    : strcasecmp(x->value.text, y->value.text);

	/* Big numbers are what one looks for: they come first. */
	if (x->value.is_number)
		order = -order;
	if (order == 0)
		return x->index < y->index ? -1 : 1;
	return x->reverse ? -order : order;
}

static void apply_sort(struct table *table, const struct tui *tui)
{
	const struct table_state *state = table->state;
	struct sort_entry *entries;

	if (state->sort < 0 || (size_t)state->sort >= table->column_count) {
		for (size_t i = 0; state->reverse && i < table->count / 2; i++) {
			struct table_row row = table->rows[i];

			table->rows[i] = table->rows[table->count - 1 - i];
			table->rows[table->count - 1 - i] = row;
		}
		return;
	}
	entries = mem_zalloc(table->count + 1, sizeof(*entries));
	for (size_t i = 0; i < table->count; i++) {
		entries[i].row = table->rows[i];
		entries[i].index = i;
		entries[i].reverse = state->reverse;
		get(table, tui, i, (size_t)state->sort, &entries[i].value);
	}
	qsort(entries, table->count, sizeof(*entries), compare);
	for (size_t i = 0; i < table->count; i++)
		table->rows[i] = entries[i].row;
	free(entries);
}

static bool select_identity(struct table *table, uint64_t id)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].id == id) {
			table_select(table, i);
			return true;
		}
	return false;
}

static void find_selection(struct table *table)
{
	uint64_t instead = table->state->instead;

	table->state->instead = 0;
	if (!select_identity(table, table->state->selected) && (!instead || !select_identity(table, instead)))
		table_select(table, table->state->index); /* stay where it was */
}

/* --- the order of the frame before --- */

static int by_id(const void *a, const void *b)
{
	const struct table_place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static size_t place_before(const struct table_state *state, uint64_t id)
{
	struct table_place key = {.id = id}, *found = NULL;

	if (state->place_count)
		found = bsearch(&key, state->places, state->place_count, sizeof(key), by_id);
	return found ? found->place : SIZE_MAX;
}

struct held_row {
	struct table_row row;
	size_t before, index;
};

static int by_place_before(const void *a, const void *b)
{
	const struct held_row *x = a, *y = b;

	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static void hold_order(struct table *table)
{
	struct held_row *rows = mem_alloc((table->count + 1) * sizeof(*rows));

	for (size_t i = 0; i < table->count; i++)
		rows[i] = (struct held_row){table->rows[i], place_before(table->state, table->rows[i].id), i};
	qsort(rows, table->count, sizeof(*rows), by_place_before);
	for (size_t i = 0; i < table->count; i++)
		table->rows[i] = rows[i].row;
	free(rows);
}

static void note_order(struct table *table)
{
	struct table_state *state = table->state;

	state->places = mem_resize(state->places, (table->count + 1) * sizeof(*state->places));
	state->place_count = table->count;
	state->places_sort = state->sort;
	state->places_reverse = state->reverse;
	for (size_t i = 0; i < table->count; i++)
		state->places[i] = (struct table_place){table->rows[i].id, i};
	if (table->count)
		qsort(state->places, table->count, sizeof(*state->places), by_id);
}

void table_forget(struct table_state *state)
{
	free(state->places);
	state->places = NULL;
	state->place_count = 0;
}

void table_arrange(struct table *table, const struct tui *tui, const char *filter, bool hold)
{
	const struct table_state *state = table->state;

	apply_filter(table, tui, filter);
	apply_sort(table, tui);
	if (hold && state->place_count && state->places_sort == state->sort && state->places_reverse == state->reverse)
		hold_order(table);
	note_order(table);
	find_selection(table);
}

const void *table_selected(const struct table *table)
{
	return table->count ? table->rows[table->state->index].data : NULL;
}

void table_select(struct table *table, size_t index)
{
	if (table->count == 0)
		return;
	table->state->index = index < table->count ? index : table->count - 1;
	table->state->selected = table->rows[table->state->index].id;
}

void table_move(struct table *table, long by)
{
	size_t index = table->state->index, back = (size_t)-by;

	if (by < 0)
		table_select(table, index > back ? index - back : 0);
	else
		table_select(table, index + (size_t)by);
}

bool table_find(struct table *table, const struct tui *tui, const char *text, int direction)
{
	size_t count = table->count, at = table->count ? table->state->index : 0;

	for (size_t i = 0; i < count && *text; i++) {
		at = direction > 0 ? (at + 1) % count : (at + count - 1) % count;
		if (row_has(table, tui, at, text)) {
			table_select(table, at);
			return true;
		}
	}
	return false;
}

/* --- drawing
 * ------------------------------------------------------------------------------------------------------------ */

static void draw_head(const struct table *table, struct tui *tui, struct rect rect, const int *x, const int *width)
{
	char title[VALUE_SIZE];

	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		snprintf(title, sizeof(title), "%s", column->title);
		if (column->head)
			column->head(tui, width[i], title);
		if (width[i])
			canvas_put_cell(
				&tui->canvas, rect.x + 1 + x[i], rect.y, width[i], column->align, STYLE_BOLD, title);
	}
}

static void draw_row(
	const struct table *table, struct tui *tui, size_t row, int y, struct rect rect, const int *x, const int *width)
{
	bool selected = row == table->state->index;
	struct value value;

	if (selected) {
		canvas_put(&tui->canvas, rect.x, y, STYLE_BOLD, ">");
		tui->canvas.cursor_x = rect.x;
		tui->canvas.cursor_y = y;
	}
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		if (!width[i])
			continue;
		if (column->draw) {
			column->draw(tui, table->rows[row].data, rect.x + 1 + x[i], y, width[i]);
			continue;
		}
		get(table, tui, row, i, &value);
		if (selected && value.style == STYLE_PLAIN)
			value.style = STYLE_BOLD;
		canvas_put_cell(&tui->canvas, rect.x + 1 + x[i], y, width[i], column->align, value.style, value.text);
	}
}

void table_draw(const struct table *table, struct tui *tui, struct rect rect)
{
	struct column_size sizes[COLUMNS_MAX];
	int *x = tui->hit.column_x, *width = tui->hit.column_width, rows = rect.h - 1;
	size_t visible;

	for (size_t i = 0; i < table->column_count; i++)
		sizes[i] = (struct column_size){
			table->columns[i].width, table->columns[i].priority, table->columns[i].stretch};
	layout_columns(sizes, table->column_count, rect.w - 1, x, width);
	if (tui->frame.size == SIZE_COMPACT) { /* no room for a head */
		rect.y--;
		rows++;
	} else {
		draw_head(table, tui, rect, x, width);
	}
	if (rows <= 0)
		return;
	visible = table->count > (size_t)rows ? (size_t)rows - 1 : table->count;
	table->state->top = layout_scroll(table->state->top, table->state->index, table->count, visible ? visible : 1);
	tui->hit.rows = (struct rect){rect.x, rect.y + 1, rect.w, (int)visible};
	tui->hit.top = table->state->top;
	for (size_t i = 0; i < visible; i++)
		draw_row(table, tui, table->state->top + i, rect.y + 1 + (int)i, rect, x, width);
	if (visible < table->count && tui->frame.size == SIZE_COMPACT)
		canvas_printf(
			&tui->canvas, rect.x + 1, rect.y + rows, STYLE_DIM, "+%zu more (j k)", table->count - visible);
	else if (visible < table->count)
		canvas_printf(&tui->canvas, rect.x + 1, rect.y + rows, STYLE_DIM, "%zu-%zu of %zu (j k)",
			table->state->top + 1, table->state->top + visible, table->count);
}

void table_lines_full(const struct table *table, const struct tui *tui, struct lines *lines)
{
	struct value value;

	for (size_t i = 0; i < table->column_count && table->count; i++) {
		get(table, tui, table->state->index, i, &value);
		if (value.text[0])
			lines_add(lines, STYLE_PLAIN, 1, 12, "%-10s %s", table->columns[i].title, value.text);
	}
}

int table_height(const struct table *table)
{
	return (int)(table->count < 10000 ? table->count : 10000) + 1;
}
