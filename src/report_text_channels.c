/* report_text_channels.c: channels, the objects that went through them, and tasks, as text. */
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/str.h"
#include "report_print.h"

#define CHANNELS_SHOWN 8
#define TASKS_SHOWN 8

static const char *const channel_words[] = {
	[CHANNEL_PIPE] = "pipe", [CHANNEL_SOCKETPAIR] = "socketpair", [CHANNEL_FIFO] = "fifo"};

/* "pickle 1.2 s, unpickle 0.9 s; most: list of int at app.py:12" */
static void print_objects(const struct report_rows *rows, const struct exchange *objects, struct paper *paper)
{
	const struct exchange_part *most = objects->part_count ? &objects->parts[0] : NULL;
	char pickle[FORMAT_SIZE], unpickle[FORMAT_SIZE];
	struct str line = {0};

	str_printf(&line, "pickle %s, unpickle %s", format_seconds(objects->pickle_ns, pickle),
		format_seconds(objects->unpickle_ns, unpickle));
	if (most && most->what) {
		str_printf(&line, "; %s%s", objects->part_count > 1 ? "most: " : "", most->what);
		place_put(rows->model, most->stack, " at ", &line);
	}
	paper_wrap(paper, 5, 7, line.data);
	str_fini(&line);
}

uint64_t report_channel_messages(const struct channel_row *row)
{
	/* several calls may carry one object */
	if (row->objects && (row->objects->sent || row->objects->received))
		return row->objects->sent > row->objects->received ? row->objects->sent : row->objects->received;
	return row->total.calls_out ? row->total.calls_out : row->total.calls_in;
}

bool report_channel_variable(const struct report_rows *rows, const struct channel_row *row, char out[VARIABLE_SIZE])
{
	return row->use && !channel_use_folds(row->use) && row->count == 1 &&
	       model_variable(rows->model, row->stack, out, VARIABLE_SIZE);
}

static void print_channel(const struct report_rows *rows, const struct channel_row *row, struct paper *paper)
{
	uint64_t messages = report_channel_messages(row);
	uint64_t bytes = row->total.bytes_out > row->total.bytes_in ? row->total.bytes_out : row->total.bytes_in;
	const char *kind = row->use ? row->use : channel_words[row->kind];
	char count[FORMAT_SIZE], size[FORMAT_SIZE], in[FORMAT_SIZE], out[FORMAT_SIZE], name[300], *first, *from, *to;
	char variable[VARIABLE_SIZE];

	if (report_channel_variable(rows, row, variable))
		snprintf(name, sizeof(name), "%s %s", kind, variable);
	else
		snprintf(name, sizeof(name), row->count > 1 ? "%s (%u)" : "%s", kind, row->count);
	first = paper_cell(paper, name, 16);
	from = paper_cell(paper, row->from, 9);
	to = paper_cell(paper, row->to, 9);
	paper_row(paper, "   %s %s %s %8s %10s %9s %9s", first, from, to, format_count(messages, count),
		format_bytes(bytes, size), row->count ? format_seconds(row->total.blocked_in_ns, in) : "-",
		row->count ? format_seconds(row->total.blocked_out_ns, out) : "-");
	free(first);
	free(from);
	free(to);
	if (row->name && !rows->redact)
		paper_row(paper, "     %s", row->name);
	if (row->objects)
		print_objects(rows, row->objects, paper);
}

/* Many pipes only tell their reader by their end that a child has begun its program. */
static bool carried_something(const struct channel_row *row)
{
	return row->objects || row->total.bytes_in || row->total.bytes_out || row->total.blocked_in_ns ||
	       row->total.blocked_out_ns;
}

void report_print_channels(const struct report_rows *rows, struct paper *paper)
{
	size_t shown = 0, more = 0, idle = 0;

	if (model_process_count(rows->model) < 2)
		return;
	for (size_t i = 0; i < rows->channel_count; i++) {
		if (!carried_something(&rows->channels[i])) {
			idle++;
			continue;
		}
		if (shown == CHANNELS_SHOWN) {
			more++;
			continue;
		}
		if (shown++ == 0) {
			paper_heading(paper, "CHANNELS", "  time blocked: readers for data, writers for room");
			paper_row(paper, "   %-16s %-9s %-9s %8s %10s %9s %9s", "", "FROM", "TO", "MESSAGES", "BYTES",
				"READERS", "WRITERS");
		}
		print_channel(rows, &rows->channels[i], paper);
	}
	if (more)
		paper_row(paper, "   and %zu more", more);
	if (shown && idle)
		paper_row(paper, "   and %zu that carried nothing", idle);
}

static void print_task(const struct report_rows *rows, const struct task_row *row, struct paper *paper)
{
	char done[FORMAT_SIZE], items[FORMAT_SIZE], failed[FORMAT_SIZE], each[FORMAT_SIZE], longest[FORMAT_SIZE];
	char *who = process_names(rows->model, row->who, row->who_count), *first, *last;
	struct str name = {0};

	str_puts(&name, row->name ? row->name : "?");
	place_put(rows->model, row->stack, " ", &name);
	first = paper_cell(paper, name.data, 24);
	last = paper_cell(paper, who, 11);
	paper_row(paper, "   %s %6s %7s %6s %9s %9s %s", first, format_count(row->done, done),
		format_count(row->items, items), format_count(row->failed, failed),
		format_seconds(row->items ? row->run_ns / row->items : 0, each),
		format_seconds(row->longest_ns, longest), last);
	free(first);
	free(last);
	free(who);
	str_fini(&name);
}

void report_print_tasks(const struct report_rows *rows, struct paper *paper)
{
	size_t shown = rows->task_count < TASKS_SHOWN ? rows->task_count : TASKS_SHOWN;

	if (rows->task_count == 0)
		return;
	paper_heading(paper, "TASKS", "  what workers called for others; a chunk is one task of many calls");
	paper_row(
		paper, "   %-24s %6s %7s %6s %9s %9s %s", "", "TASKS", "CALLS", "FAILED", "EACH CALL", "LONGEST", "BY");
	for (size_t i = 0; i < shown; i++)
		print_task(rows, &rows->tasks[i], paper);
	if (rows->task_count > shown)
		paper_row(paper, "   and %zu more", rows->task_count - shown);
}
