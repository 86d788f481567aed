/* layout.c: where things go. */
#include "layout.h"

#define SMALL_W 20
#define SMALL_H 2
#define LINE_W 40
#define LINE_H 8
#define FULL_W 60
#define FULL_H 14
#define WIDE_W 100
#define LIST_ROWS 4

static struct rect row_at(int w, int y)
{
	return (struct rect){0, y, w, 1};
}

void layout_frame(int w, int h, struct frame_layout *out)
{
	int top, bottom;

	*out = (struct frame_layout){.size = SIZE_FULL, .wide = w >= WIDE_W};
	if (w < SMALL_W || h < SMALL_H)
		out->size = SIZE_NOTHING;
	else if (w < LINE_W || h < LINE_H)
		out->size = SIZE_LINE;
	else if (w < FULL_W || h < FULL_H)
		out->size = SIZE_COMPACT;
	if (out->size <= SIZE_LINE) {
		out->body = (struct rect){0, 0, w, h};
		return;
	}
	out->header = row_at(w, 0);
	top = 1;
	if (out->size == SIZE_FULL)
		out->tabs = row_at(w, top++);
	bottom = h - 1;
	out->hints = (struct rect){0, bottom, w - 1, 1}; /* writing the last cell scrolls some terminals */
	out->message = row_at(w, --bottom);
	out->body = (struct rect){0, top, w, bottom - top};
}

void layout_split(struct rect body, int rows, int wanted, int least, struct split_layout *out)
{
	int room = body.h - rows, half = body.h / 2;
	int keep = rows < LIST_ROWS ? rows : LIST_ROWS; /* head and three rows, or all */
	int detail = room > half ? room : half;

	if (detail > body.h - keep)
		detail = body.h - keep;

	out->list = out->detail = body;
	if (detail > wanted)
		detail = wanted;
	if (detail < least || detail < 1) {
		out->detail.h = 0;
		return;
	}
	out->list.h = body.h - detail;
	out->detail.y = body.y + out->list.h;
	out->detail.h = detail;
	if (room > wanted) { /* the list ends behind its last row */
		out->list.h = rows;
		out->detail.y = body.y + rows;
		out->detail.h = body.h - rows;
	}
}

static int columns_width(const struct column_size *columns, const int *width, size_t count)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++)
		if (width[i])
			sum += columns[i].width + (sum > 0);
	return sum;
}

/* The shown columns that matter least, together: half of the shares would say less than none. False when only those
 * that must stay are left. */
static bool drop_one(const struct column_size *columns, int *width, size_t count)
{
	size_t worst = count;

	for (size_t i = 0; i < count; i++)
		if (width[i] && columns[i].priority &&
			(worst == count || columns[i].priority >= columns[worst].priority))
			worst = i;
	if (worst == count)
		return false;
	for (size_t i = count; i-- > 0;)
		if (columns[i].priority == columns[worst].priority)
			width[i] = 0;
	return true;
}

void layout_columns(const struct column_size *columns, size_t count, int total, int *x, int *width)
{
	int at = 0, left;

	for (size_t i = 0; i < count; i++)
		width[i] = columns[i].width;
	while (columns_width(columns, width, count) > total && drop_one(columns, width, count))
		;
	left = total - columns_width(columns, width, count);
	for (size_t i = count; i-- > 0 && left > 0;)
		if (width[i] && columns[i].stretch) {
			width[i] += left;
			left = 0;
		}
	for (size_t i = 0; i < count; i++) {
		x[i] = at;
		if (width[i] > total - at)
			width[i] = total - at > 0 ? total - at : 0;
		at += width[i] + (width[i] > 0);
	}
}

size_t layout_scroll(size_t top, size_t selected, size_t count, size_t visible)
{
	if (visible == 0)
		return 0;
	if (selected < top)
		top = selected;
	if (selected >= top + visible)
		top = selected - visible + 1;
	if (top + visible > count)
		top = count > visible ? count - visible : 0;
	return top;
}
