/* view_tree.c: screen 7: the processes as a family, with how they started and ended. */
#include <string.h>

#include "base/format.h"
#include "short.h"
#include "tree_rows.h"
#include "view.h"

static const struct snap_process *process_of(const void *row)
{
	return row;
}

static bool is_folded(const struct tui *tui, uint32_t number);

static uint32_t id_of(const struct snap_process *row)
{
	return tree_group_of(row) ? tree_group_of(row)->id : row->number;
}

/* Commands that ended well and have nobody left: of them there may be hundreds. */
static bool is_over(const struct snapshot *picture, size_t index)
{
	const struct snap_process *process = &picture->processes[index];

	if (process->role != SNAP_COMMAND || process->alive || process->bad_end)
		return false;
	for (size_t i = index + 1; i < picture->process_count && picture->processes[i].depth > process->depth; i++)
		if (picture->processes[i].role != SNAP_COMMAND || picture->processes[i].alive ||
			picture->processes[i].bad_end)
			return false;
	return true;
}

#define OVER_SHOWN 4 /* so few are no bother */

static size_t count_over(const struct tui *tui)
{
	size_t over = 0;

	for (size_t i = 0; tui->show != SHOW_INTERNAL && i < tui->picture->process_count; i++)
		over += is_over(tui->picture, i);
	return over > OVER_SHOWN ? over : 0;
}

static void get_process(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_process *process = process_of(row);
	char stems[128];
	bool own = process->role == SNAP_MAIN || process->role == SNAP_COMMAND;
	const char *more = own ? process->command : process->called;

	if (more && strcmp(more, process->name) == 0)
		more = NULL;
	tree_stems(&tui->canvas, process, stems, sizeof(stems));
	snprintf(out->text, sizeof(out->text), "%s%s%s%s%s", stems, process->name,
		is_folded(tui, id_of(process)) ? " +" : "", more ? "  " : "", more ? more : "");
}

/* The name of a group takes the room of the columns that are empty for it. */
static void draw_process(struct tui *tui, const void *row, int x, int y, int width)
{
	struct value value = {0};

	get_process(tui, row, &value);
	if (tree_group_of(row))
		width += tui->canvas.w >= 80 ? 14 : 8;
	canvas_put_cell(&tui->canvas, x, y, width, ALIGN_LEFT,
		table_selected(&tui->table) == row ? STYLE_BOLD : STYLE_PLAIN, value.text);
}

/* What a row that stands for several has nothing to say about. */
static void of_process_only(const void *row, struct value *out)
{
	if (tree_group_of(row))
		out->text[0] = 0;
}

static void get_pid(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, process_of(row)->pid, short_count((uint64_t)process_of(row)->pid, text));
	of_process_only(row, out);
}

static void get_start(const struct tui *tui, const void *row, struct value *out)
{
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, (double)process_of(row)->born_ns, short_clock(process_of(row)->born_ns, text));
	of_process_only(row, out);
}

static void get_state(const struct tui *tui, const void *row, struct value *out)
{
	static const struct {
		char state;
		const char *word;
	} words[] = {{'R', "run"}, {'C', "copy"}, {'I', "wait input"}, {'O', "blk output"}, {'L', "lock"},
		{'S', "start"}, {'.', "other"}, {SNAP_ENDED, "ended"}};
	const struct snap_process *process = process_of(row);
	char time[SHORT_SIZE];

	(void)tui;
	value_text(out, NULL);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].state == process->state)
			value_text(out, words[i].word);
	if (process->state == '.' && process->doing && strncmp(process->doing, "sleeps", 6) == 0)
		value_text(out, "sleep");
	else if (process->state == '.' && process->doing && strstr(process->doing, " child "))
		value_text(out, "wait child");
	if (process->lock)
		snprintf(out->text, sizeof(out->text), "lock %s", process->lock);
	if (process->state == SNAP_ENDED)
		snprintf(out->text, sizeof(out->text), "ended %s", short_clock(process->dead_ns, time));
	else if (process->for_ns != UNKNOWN)
		snprintf(out->text + strlen(out->text), sizeof(out->text) - strlen(out->text), " %s",
			short_seconds(process->for_ns, time));
	of_process_only(row, out);
}

#define GET_NUMBER(name, field, format)                                                                                \
	static void get_##name(const struct tui *tui, const void *row, struct value *out)                              \
	{                                                                                                              \
		uint64_t number = process_of(row)->field;                                                              \
		char text[SHORT_SIZE];                                                                                 \
                                                                                                                       \
		(void)tui;                                                                                             \
		value_number(out, number == UNKNOWN ? -1 : (double)number, format(number, text));                      \
		of_process_only(row, out);                                                                             \
	}
GET_NUMBER(cpu_time, cpu_ns, short_seconds)
GET_NUMBER(rss, rss_bytes, short_bytes)
GET_NUMBER(threads, threads, short_count)

static void get_cpu(const struct tui *tui, const void *row, struct value *out)
{
	uint64_t percent = process_of(row)->cpu_percent;

	(void)tui;
	value_number(out, percent == UNKNOWN ? -1 : (double)percent, NULL);
	if (percent != UNKNOWN)
		snprintf(out->text, sizeof(out->text), "%llu%%", (unsigned long long)percent);
}

static void get_fds(const struct tui *tui, const void *row, struct value *out)
{
	uint64_t fds = process_of(row)->alive ? process_of(row)->fds : UNKNOWN;
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, fds == UNKNOWN ? -1 : (double)fds, short_count(fds, text));
	of_process_only(row, out);
}

static void get_exit(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_process *process = process_of(row);

	(void)tui;
	value_text(out, process->alive ? "" : process->exit ? process->exit : "not seen");
	if (process->bad_end)
		out->style = STYLE_ERROR;
}

static void get_probe(const struct tui *tui, const void *row, struct value *out)
{
	(void)tui;
	value_text(out, process_of(row)->probe);
	of_process_only(row, out);
}

#define COLUMNS_TREE
#include "columns.h"

static bool is_folded(const struct tui *tui, uint32_t number)
{
	for (unsigned i = 0; i < tui->folded_count; i++)
		if (tui->folded[i] == number)
			return true;
	return false;
}

static void rows(const struct tui *tui, struct table *table)
{
	tree_rows(tui, table, count_over(tui) ? is_over : NULL);
}

static void fold(struct tui *tui, const struct snap_process *process, bool fold)
{
	uint32_t id = id_of(process);

	if (fold && !tree_has_children(process))
		tui_message(tui, "%s has no children to fold.", process->name);
	else if (fold && !is_folded(tui, id) && tui->folded_count < FOLDED_MAX)
		tui->folded[tui->folded_count++] = id;
	for (unsigned i = 0; !fold && i < tui->folded_count; i++)
		if (tui->folded[i] == id)
			tui->folded[i--] = tui->folded[--tui->folded_count];
}

static void lines_group(struct lines *lines, const struct tree_group *group)
{
	char text[SHORT_SIZE];

	lines_rule(lines, "%s", group->name);
	lines_row(lines, STYLE_PLAIN, 1, "processes    %zu, of which %zu live", group->count, group->alive);
	if (group->done != UNKNOWN)
		lines_row(lines, STYLE_PLAIN, 1, "tasks        %s done", short_count(group->done, text));
	lines_row(lines, STYLE_DIM, 1, "- folds them, + shows them again");
}

static void lines_process(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	const struct snap_process *parent = process->parent ? snapshot_process(tui->picture, process->parent) : NULL;
	char time[SHORT_SIZE], text[SHORT_SIZE];

	lines_rule(lines, "%s  pid %d", process->name, process->pid);
	if (process->command)
		lines_add(lines, STYLE_PLAIN, 1, 14, "command      %s", process->command);
	if (process->called)
		lines_add(lines, STYLE_PLAIN, 1, 14, "name         %s", process->called);
	lines_add(lines, STYLE_PLAIN, 1, 14, "started      at %s by %s%s%s%s%s", short_clock(process->born_ns, time),
		parent ? parent->name : "mpwatch", parent && process->how ? ", " : "",
		parent && process->how ? process->how : "", process->made_at ? ", at " : "",
		process->made_at ? process->made_at : "");
	if (process->done != UNKNOWN)
		lines_add(lines, STYLE_PLAIN, 1, 14, "tasks        %s done%s%s", short_count(process->done, text),
			process->task ? process->alive ? "; in " : "; ended in " : "",
			process->task ? process->task : "");
	if (process->inherited && parent)
		lines_add(lines, STYLE_PLAIN, 1, 14, "inherits     %s descriptors",
			short_count(process->inherited, text));
	if (process->threads != UNKNOWN)
		lines_add(lines, STYLE_PLAIN, 1, 14, "threads      %s at most", short_count(process->threads, text));
	lines_add(lines, STYLE_PLAIN, 1, 14, "probe        %s", process->probe ? process->probe : "not known");
	if (process->ended)
		lines_add(
			lines, process->bad_end ? STYLE_ERROR : STYLE_PLAIN, 1, 14, "end          %s", process->ended);
}

/* What ended, and how, when there is room. */
static void lines_exits(struct lines *lines, const struct tui *tui, size_t limit)
{
	const struct snapshot *picture = tui->picture;
	size_t told = 0, all = 0;
	bool hide = count_over(tui) > 0; /* then only those that ended badly */
	char clock[FORMAT_SIZE];

	for (size_t i = 0; i < picture->moment_count; i++)
		all += picture->moments[i].mark == '!' || (picture->moments[i].mark == '-' && !hide);
	if (!all)
		return;
	lines_rule(lines, "exits");
	for (size_t i = 0; i < picture->moment_count && told < limit; i++) {
		const struct snap_moment *moment = &picture->moments[i];

		if (moment->mark != '!' && (moment->mark != '-' || hide))
			continue;
		told++;
		lines_row(lines, moment->mark == '!' ? STYLE_ERROR : STYLE_PLAIN, 1, "%s  %-9s %s",
			format_clock(moment->ts_ns, clock), moment->who, moment->text);
	}
	if (all > told)
		lines_row(lines, STYLE_DIM, 1, "and %zu more", all - told);
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_process *selected = table_selected(&tui->table);
	struct lines detail;
	struct rect row;

	if (body.h > 12)
		view_take_row(&body, &row);
	lines_init(&detail, &tui->canvas);
	if (tree_group_of(selected))
		lines_group(&detail, tree_group_of(selected));
	else if (selected)
		lines_process(&detail, tui, selected);
	if (tui->picture->process_count == 1)
		lines_add(&detail, STYLE_PLAIN, 1, 1, "Only one process.");
	if (tui->frame.body.h >= 28)
		lines_exits(&detail, tui, 8);
	view_draw_table(tui, body, &detail);
	lines_fini(&detail);
}

static bool act(struct tui *tui, enum action action)
{
	const struct snap_process *selected = table_selected(&tui->table);

	if ((action == ACTION_ZOOM_IN || action == ACTION_ZOOM_OUT) && selected) {
		fold(tui, selected, action == ACTION_ZOOM_OUT);
		return true;
	}
	if (action != ACTION_OPEN || !selected)
		return false;
	if (tree_group_of(selected)) {
		fold(tui, selected, !is_folded(tui, id_of(selected)));
		return true;
	}
	tui->focus = selected->number;
	tui_go(tui, VIEW_STACKS);
	return true;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	const struct snapshot *picture = tui->picture;
	char time[SHORT_SIZE];

	size_t over = count_over(tui), used;

	used = (size_t)snprintf(text, size, "%zu seen, %zu alive, %zu ended.  Peak %zu at %s.%s",
		picture->process_count, picture->alive, picture->dead, picture->peak_alive,
		short_clock(picture->peak_alive_ns, time),
		tui->show == SHOW_PROBLEMS ? "  Those that ended well are hidden (a)." : "");
	if (over && tui->show == SHOW_ALL && used < size)
		snprintf(text + used, size - used, "  %zu commands hidden (a).", over);
}

static const struct snap_process *process(const struct tui *tui)
{
	const struct snap_process *selected = table_selected(&tui->table);

	return tree_group_of(selected) ? NULL : selected;
}

const struct view view_tree = {.columns = columns,
	.column_count = COLUMN_COUNT,
	.rows = rows,
	.draw = draw,
	.act = act,
	.status = status,
	.place = place_of_process,
	.process = process,
	.rows_are_processes = true};
