/* view_fds.c: screen 4: descriptors: how full each table is, and which places in the code filled it. */
#include <stdlib.h>
#include <string.h>

#include "short.h"
#include "view.h"

/* A row that stands for several: the fullest of them with number and pid 0. */
struct others {
	struct snap_process sum;
	uint64_t least;
	size_t count;
	char name[32];
};

static const struct snap_process *process_of(const void *row)
{
	return row;
}

static const struct others *others_row(const struct snap_process *row)
{
	return row && !row->number ? (const struct others *)row : NULL;
}

static void get_name(const struct tui *tui, const void *row, struct value *out)
{
	(void)tui;
	value_text(out, process_of(row)->name);
}

#define GET_NUMBER(name, expression, format)                                                                           \
	static void get_##name(const struct tui *tui, const void *row, struct value *out)                              \
	{                                                                                                              \
		uint64_t number = (expression);                                                                        \
		char text[SHORT_SIZE];                                                                                 \
                                                                                                                       \
		(void)tui;                                                                                             \
		value_number(out, number == UNKNOWN ? -1 : (double)number, format(number, text));                      \
	}
GET_NUMBER(pid, process_of(row)->pid ? (uint64_t)process_of(row)->pid : UNKNOWN, short_count)
GET_NUMBER(limit, process_of(row)->limit_soft, short_count)
GET_NUMBER(peak, process_of(row)->fds_peak, short_count)
GET_NUMBER(peak_at, process_of(row)->fds_peak ? process_of(row)->fds_peak_ns : UNKNOWN, short_clock)
GET_NUMBER(inherited, process_of(row)->inherited, short_count)

static void get_open(const struct tui *tui, const void *row, struct value *out)
{
	const struct others *others = others_row(row);
	uint64_t fds = process_of(row)->fds;
	char text[SHORT_SIZE], least[SHORT_SIZE];

	(void)tui;
	value_number(out, fds == UNKNOWN ? -1 : (double)fds, short_count(fds, text));
	if (others && fds != UNKNOWN && others->least < fds)
		snprintf(out->text, sizeof(out->text), "%s-%s", short_count(others->least, least), text);
}

static uint64_t used_of(const struct snap_process *process)
{
	return process->fds != UNKNOWN ? process->fds : process->fds_peak;
}

static unsigned percent_of(const struct snap_process *process)
{
	uint64_t limit = process->limit_soft;

	if (limit == UNKNOWN || limit == 0)
		return 0;
	return used_of(process) >= limit ? 100 : (unsigned)((unsigned __int128)used_of(process) * 100 / limit);
}

static void get_used(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE + 1];

	(void)tui;
	snprintf(text, sizeof(text), "%u%%", percent_of(process_of(row)));
	value_number(out, percent_of(process_of(row)), process_of(row)->limit_soft == UNKNOWN ? NULL : text);
}

static void draw_used(struct tui *tui, const void *row, int x, int y, int width)
{
	const struct snap_process *process = process_of(row);
	int room = width - 2, full = room * (int)percent_of(process) / 100;

	if (process->limit_soft == UNKNOWN) {
		canvas_put(&tui->canvas, x, y, STYLE_PLAIN, "-");
		return;
	}
	canvas_put(&tui->canvas, x, y, STYLE_PLAIN, "[");
	for (int i = 0; i < room; i++)
		canvas_put(&tui->canvas, x + 1 + i, y, i < full ? STYLE_PLAIN : STYLE_DIM,
			canvas_glyph(&tui->canvas, i < full ? GLYPH_FULL : GLYPH_FREE));
	canvas_put(&tui->canvas, x + width - 1, y, STYLE_PLAIN, "]");
}

/* An estimate needs some descriptors to stand on. */
#define GROWTH_LEAST 20

static void get_growth(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_process *process = process_of(row);
	double seconds = (double)process->recent_ns / 1e9, growth;

	(void)tui;
	if (!process->recent_ns) {
		value_number(out, -1, NULL);
		return;
	}
	growth = (double)process->fds_recent / seconds;
	value_number(out, growth, NULL);
	snprintf(out->text, sizeof(out->text), growth > 0 ? "+%.1f/s" : "%.0f/s", growth);
}

static void get_full_in(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_process *process = process_of(row);
	double growth;
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, -1e18, NULL);
	if (!process->recent_ns || process->fds_recent < GROWTH_LEAST || process->limit_soft == UNKNOWN ||
		process->fds == UNKNOWN || process->fds >= process->limit_soft)
		return;
	growth = (double)process->fds_recent / (double)process->recent_ns;
	out->number = -(double)(process->limit_soft - process->fds) / growth; /* the soonest first */
	value_text(out, short_seconds((uint64_t)-out->number, text));
}

static uint64_t of_kind(const struct snap_process *process, const char *const *kinds)
{
	uint64_t count = 0;

	if (!process->fd_group_count)
		return process->alive && process->fds == 0 ? 0 : UNKNOWN;
	for (size_t i = 0; i < process->fd_group_count; i++)
		for (size_t j = 0; kinds[j]; j++)
			count += strcmp(process->fd_groups[i].kind, kinds[j]) == 0 ? process->fd_groups[i].open : 0;
	return count;
}

static const char *const files[] = {"file", "dir", "device", "tty", NULL}, *const pipes[] = {"pipe", "fifo", NULL},
			 *const sockets[] = {"socket", "socketpair", "unix socket", "tcp/udp socket", NULL};

static uint64_t others_of(const struct snap_process *process)
{
	uint64_t all = 0;

	for (size_t i = 0; i < process->fd_group_count; i++)
		all += process->fd_groups[i].open;
	return process->fd_group_count
		       ? all - of_kind(process, files) - of_kind(process, pipes) - of_kind(process, sockets)
		       : UNKNOWN;
}
GET_NUMBER(files, of_kind(process_of(row), files), short_count)
GET_NUMBER(pipes, of_kind(process_of(row), pipes), short_count)
GET_NUMBER(sockets, of_kind(process_of(row), sockets), short_count)
GET_NUMBER(others, others_of(process_of(row)), short_count)

#define COLUMNS_FDS
#include "columns.h"

static int fuller(const struct snap_process *a, const struct snap_process *b)
{
	uint64_t x = used_of(a), y = used_of(b);

	return x != y ? (x > y ? -1 : 1) : (a->number > b->number) - (a->number < b->number);
}

static int by_use(const void *a, const void *b)
{
	return fuller(((const struct table_row *)a)->data, ((const struct table_row *)b)->data);
}

static bool is_shown(const struct tui *tui, const struct snap_process *process)
{
	if (tui->show == SHOW_PROBLEMS)
		return percent_of(process) >= 50 || process->fds_recent || process->fds_at_failure;
	return tui->show == SHOW_INTERNAL || process->alive || process->fds_at_failure;
}

#define OTHERS_LEAST 4 /* so many make a row together */

/* Nothing to look at: far from its limit, and not growing, or ended so. */
static bool is_other(const struct tui *tui, const struct snap_process *process)
{
	return process->role != SNAP_MAIN && (!process->alive || process->fds != UNKNOWN) && !process->fds_recent &&
	       !process->fds_at_failure && percent_of(process) < 25 &&
	       process->number != tui->tables[VIEW_FDS].selected && !(tui->follow && process->number == tui->focus);
}

static void fold_others(const struct tui *tui, struct table *table)
{
	struct others *others;
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < table->count; i++)
		count += is_other(tui, table->rows[i].data);
	if (count < OTHERS_LEAST)
		return;
	others = table_keep(table, sizeof(*others));
	others->count = count;
	for (size_t i = 0; i < table->count; i++) {
		const struct snap_process *process = table->rows[i].data;

		if (!is_other(tui, process)) {
			table->rows[kept++] = table->rows[i];
			continue;
		}
		if (!others->sum.name) { /* they are sorted: the fullest */
			others->sum = *process;
			others->least = process->fds;
		}
		if (process->fds < others->least)
			others->least = process->fds;
		if (process->fds_peak > others->sum.fds_peak)
			others->sum.fds_peak = process->fds_peak;
	}
	snprintf(others->name, sizeof(others->name), "others (%zu)", count);
	others->sum.name = others->name;
	others->sum.number = 0;
	others->sum.pid = 0;
	others->sum.fd_group_count = 0;
	others->sum.inherited = others->sum.fds_peak_ns = UNKNOWN;
	table->count = kept;
	table_add(table, &others->sum, UINT64_C(1) << 63);
}

/* The dead have no descriptors; when nobody is left, their peaks are better than nothing. */
static void rows(const struct tui *tui, struct table *table)
{
	bool nobody;

	for (size_t i = 0; i < tui->picture->process_count; i++)
		if (is_shown(tui, &tui->picture->processes[i]))
			table_add(table, &tui->picture->processes[i], tui->picture->processes[i].number);
	nobody = !tui->picture->alive && !table->count;
	for (size_t i = 0; i < tui->picture->process_count && nobody; i++)
		if (tui->picture->processes[i].fds_peak)
			table_add(table, &tui->picture->processes[i], tui->picture->processes[i].number);
	if (table->count)
		qsort(table->rows, table->count, sizeof(*table->rows), by_use);
	if (!tui->others_shown && !tui->find[0] && !tui->filter[0] && table->state->sort < 0)
		fold_others(tui, table);
}

static void group_growth(const struct snap_process *process, const struct snap_fd_group *group, char out[SHORT_SIZE])
{
	double growth = process->recent_ns ? (double)group->recent * 1e9 / (double)process->recent_ns : 0;

	if (!process->recent_ns)
		snprintf(out, SHORT_SIZE, "-");
	else
		snprintf(out, SHORT_SIZE, growth > 0 ? "+%.1f/s" : "%.0f/s", growth);
}

static const char *group_closed(const struct snap_fd_group *group, char out[SHORT_SIZE + 1])
{
	char number[SHORT_SIZE];

	if (group->closed == UNKNOWN || (group->closed_least && !group->closed))
		return "-";
	snprintf(out, SHORT_SIZE + 1, "%s%s", short_count(group->closed, number), group->closed_least ? "+" : "");
	return out;
}

static void lines_groups(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	uint64_t now = tui->picture->now_ns;
	int width = tui->canvas.w >= 100 ? 42 : 28, closed_w = tui->canvas.w >= 60 ? 7 : 0;
	char age[SHORT_SIZE], growth[SHORT_SIZE], closed[SHORT_SIZE + 1];

	if (process->fds_at_failure)
		lines_rule(lines, "%s: descriptors when they ran out, by where they were made", process->name);
	else
		lines_rule(lines, "%s: open descriptors by where they were made", process->name);
	if (!process->fd_group_count)
		lines_add(lines, STYLE_PLAIN, 1, 1,
			process->alive ? "No open descriptor is known." : "It has ended: [ and { go back in time.");
	else
		lines_row(lines, STYLE_BOLD, 1, "%6s%*.*s  %8s  %6s  %-6s  %-*s %s", "OPEN", closed_w, closed_w,
			"CLOSED", "GROWTH", "OLDEST", "KIND", width, "MADE AT", "EXAMPLE");
	for (size_t i = 0; i < process->fd_group_count; i++) {
		const struct snap_fd_group *group = &process->fd_groups[i];
		uint64_t since = now > group->oldest_ns ? now - group->oldest_ns : 0;

		group_growth(process, group, growth);
		lines_row(lines, STYLE_PLAIN, 1, "%6llu%*.*s  %8s  %6s  %-6s  %-*.*s %s",
			(unsigned long long)group->open, closed_w, closed_w, group_closed(group, closed), growth,
			short_seconds(since, age), group->kind, width, group->example ? width : 200,
			group->place ? group->place : "-", group->example ? group->example : "");
	}
}

/* Who got descriptors of this process by being forked from it; `limit` rows. */
static void lines_heirs(struct lines *lines, const struct tui *tui, const struct snap_process *process, size_t limit)
{
	size_t told = 0, more = 0;
	char clock[SHORT_SIZE];

	for (size_t i = 0; i < tui->picture->process_count; i++) {
		const struct snap_process *child = &tui->picture->processes[i];
		uint64_t still = 0;

		if (child->parent != process->number || !child->inherited || !child->alive)
			continue;
		for (size_t j = 0; j < child->fd_group_count; j++)
			still += child->fd_groups[j].inherited ? child->fd_groups[j].open : 0;
		if (told++ >= limit) {
			more++;
			continue;
		}
		lines_row(lines, STYLE_PLAIN, 1, "%s has %llu: %llu of them were open in %s when it was born at %s",
			child->name, (unsigned long long)child->fds, (unsigned long long)still, process->name,
			short_clock(child->born_ns, clock));
	}
	if (more)
		lines_row(lines, STYLE_DIM, 1, "and %zu more processes", more);
}

static bool has_fd_problem(const struct tui *tui)
{
	for (size_t i = 0; i < tui->picture->finding_count; i++)
		if (strncmp(tui->picture->findings[i].code, "MPW-F", 5) == 0 &&
			!tui_is_muted(tui, &tui->picture->findings[i]))
			return true;
	return false;
}

/* What a table that fills up asks for. */
static void lines_filling(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	struct value full = {0};

	get_full_in(tui, process, &full);
	if (full.text[0] == '-' || !full.text[0] || !process->fd_group_count)
		return;
	lines_row(lines, STYLE_PLAIN, 1, "At this rate %s is full in %s: close what is made at %s.", process->name,
		full.text, process->fd_groups[0].place ? process->fd_groups[0].place : "the first place below");
}

static void lines_fine(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	if (has_fd_problem(tui) || !process->alive || process->fds == UNKNOWN || process->limit_soft == UNKNOWN)
		return;
	if (!process->recent_ns || process->fds_recent || percent_of(process) >= 50)
		return;
	lines_row(lines, STYLE_PLAIN, 1, "%llu of %llu in use, not growing.", (unsigned long long)process->fds,
		(unsigned long long)process->limit_soft);
}

static void lines_top_stack(struct lines *lines, const struct snap_process *process)
{
	const struct snap_fd_group *group = process->fd_group_count ? &process->fd_groups[0] : NULL;

	if (!group || group->is_std || !group->stack.count)
		return;
	lines_rule(lines, "%llu x %s, made by this call path", (unsigned long long)group->open, group->kind);
	lines_stack(lines, &group->stack, 8);
	lines_row(lines, STYLE_PLAIN, 1, "last: fd %d%s%s", group->last_fd, group->example ? " -> " : "",
		group->example ? group->example : "");
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_process *selected = table_selected(&tui->table);
	struct lines detail;
	struct rect row;

	if (body.h > 12)
		view_take_row(&body, &row);
	lines_init(&detail, &tui->canvas);
	if (selected && !others_row(selected) && !tui->heirs && !has_fd_problem(tui))
		lines_filling(&detail, tui, selected);
	lines_problems_of(&detail, tui, "F");
	if (others_row(selected)) {
		lines_rule(&detail, "%s", selected->name);
		lines_add(&detail, STYLE_PLAIN, 1, 1,
			"Processes that %s less than a quarter of their limit%s. Enter shows each.",
			selected->alive ? "use" : "used", selected->alive ? " and do not grow" : "");
	} else if (selected && tui->heirs) {
		lines_rule(&detail, "%s: who inherited its descriptors", selected->name);
		lines_heirs(&detail, tui, selected, SIZE_MAX);
	} else if (selected) {
		lines_groups(&detail, tui, selected);
		lines_top_stack(&detail, selected);
		lines_heirs(&detail, tui, selected, 1);
		lines_fine(&detail, tui, selected);
	} else {
		lines_add(&detail, STYLE_PLAIN, 1, 1, "No descriptors were seen yet.");
	}
	if (tui->opened[VIEW_FDS] && selected) {
		int last = lines_height(&detail, body.w - 1) - body.h;

		tui->scroll[VIEW_FDS] = tui->scroll[VIEW_FDS] > last ? (last > 0 ? last : 0) : tui->scroll[VIEW_FDS];
		lines_draw(&detail, &tui->canvas, body, tui->scroll[VIEW_FDS]);
	} else {
		view_draw_table(tui, body, &detail);
	}
	lines_fini(&detail);
}

static bool act(struct tui *tui, enum action action)
{
	if (action == ACTION_INHERITED) {
		tui->heirs = !tui->heirs;
		return true;
	}
	if (action == ACTION_BACK && tui->others_shown && !tui->opened[VIEW_FDS]) {
		tui->others_shown = false;
		return true;
	}
	if (action != ACTION_OPEN || !table_selected(&tui->table))
		return false;
	if (others_row(table_selected(&tui->table))) {
		tui->others_shown = true;
		tui_message(tui, "Each process (Esc: one row again).");
		return true;
	}
	tui->opened[VIEW_FDS] = true;
	tui->scroll[VIEW_FDS] = 0;
	return true;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	const struct snap_process *selected = table_selected(&tui->table);
	char soft[SHORT_SIZE], hard[SHORT_SIZE];

	if (selected)
		snprintf(text, size, "Limit: soft %s, hard %s (ulimit -n).  %s selected.",
			short_count(selected->limit_soft, soft), short_count(selected->limit_hard, hard),
			selected->name);
}

static const struct snap_process *process(const struct tui *tui)
{
	const struct snap_process *selected = table_selected(&tui->table);

	return others_row(selected) ? NULL : selected;
}

static bool place(const struct tui *tui, struct place *out)
{
	const struct snap_process *selected = table_selected(&tui->table);

	for (size_t i = 0; selected && i < selected->fd_group_count; i++)
		if (place_of_stack(&selected->fd_groups[i].stack, out))
			return true;
	return false;
}

const struct view view_fds = {.columns = columns,
	.column_count = COLUMN_COUNT,
	.rows = rows,
	.draw = draw,
	.act = act,
	.status = status,
	.place = place,
	.process = process,
	.rows_are_processes = true};
