/* mouse.c: what a click means, by what was drawn where. Never the only way to do something. */
#include "keys.h"
#include "tui.h"
#include "view.h"

static bool inside(const struct rect *rect, int x, int y)
{
	return x >= rect->x && x < rect->x + rect->w && y >= rect->y && y < rect->y + rect->h;
}

static bool click_tab(struct tui *tui, int x, int y)
{
	if (tui->frame.tabs.h == 0 || y != tui->frame.tabs.y)
		return false;
	for (int i = 0; i < VIEW_COUNT; i++)
		if (x < tui->hit.tab_end[i]) {
			tui_go(tui, (enum view_id)i);
			return true;
		}
	return true;
}

/* The head sorts by its column, again the other way. */
static void click_head(struct tui *tui, int x)
{
	struct table_state *state = &tui->tables[tui->view];

	for (size_t i = 0; i < tui->table.column_count && i < COLUMNS_MAX; i++) {
		int from = tui->hit.rows.x + 1 + tui->hit.column_x[i];

		if (!tui->hit.column_width[i] || x < from || x > from + tui->hit.column_width[i])
			continue;
		state->reverse = state->sort == (int)i && !state->reverse;
		state->sort = (int)i;
		tui_message(tui, "Sorted by %s.", tui->table.columns[i].title);
		return;
	}
}

static void click(struct tui *tui, int x, int y)
{
	const struct hit *hit = &tui->hit;

	if (click_tab(tui, x, y))
		return;
	if (hit->rows.h && y == hit->rows.y - 1 && inside(&tui->frame.body, x, y))
		click_head(tui, x);
	else if (inside(&hit->rows, x, y))
		table_select(&tui->table, hit->top + (size_t)(y - hit->rows.y));
	else if (hit->cells && inside(&hit->mosaic, x, y))
		table_select(&tui->table, hit->top + (size_t)((y - hit->mosaic.y) * hit->cells + x - hit->mosaic.x));
	else if (hit->step_ns && inside(&hit->timeline, x, y)) {
		tui->playing = false;
		tui_goto_time(tui, hit->from_ns + (uint64_t)(x - hit->timeline.x) * hit->step_ns);
	}
}

void mouse_key(struct tui *tui, uint32_t key)
{
	if (tui->frame.size <= SIZE_LINE)
		return;
	if (MOUSE_WHAT(key) == MOUSE_CLICK)
		click(tui, MOUSE_X(key), MOUSE_Y(key));
	else
		tui_move(tui, MOUSE_WHAT(key) == MOUSE_WHEEL_UP ? -3 : 3);
}
