/* view_copies.c: screen 3: channels with what went through them and who waited, and memory that is shared instead. */
#include <string.h>

#include "base/format.h"
#include "short.h"
#include "view.h"

static const struct snap_channel *channel_of(const void *row)
{
	return row;
}

static void get_channel(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_channel *channel = channel_of(row);

	(void)tui;
	if (!channel->count)
		snprintf(out->text, sizeof(out->text), "%s (all)", channel->kind);
	else if (channel->count > 1)
		snprintf(out->text, sizeof(out->text), "%s (%u)", channel->kind, channel->count);
	else
		value_text(out, channel->name ? channel->name : channel->kind);
}

#define GET_TEXT(name, field)                                                                                          \
	static void get_##name(const struct tui *tui, const void *row, struct value *out)                              \
	{                                                                                                              \
		(void)tui;                                                                                             \
		value_text(out, channel_of(row)->field);                                                               \
	}
GET_TEXT(from, from)
GET_TEXT(to, to)
GET_TEXT(place, place)

#define GET_NUMBER(name, expression, format)                                                                           \
	static void get_##name(const struct tui *tui, const void *row, struct value *out)                              \
	{                                                                                                              \
		const struct snap_channel *channel = channel_of(row);                                                  \
		uint64_t number = (expression);                                                                        \
		char text[SHORT_SIZE];                                                                                 \
                                                                                                                       \
		(void)tui;                                                                                             \
		value_number(out, number == UNKNOWN ? -1 : (double)number, format(number, text));                      \
	}
GET_NUMBER(messages, channel->messages, short_count)
GET_NUMBER(bytes, channel->bytes, short_bytes)
GET_NUMBER(each, channel->messages && channel->bytes != UNKNOWN ? channel->bytes / channel->messages : UNKNOWN,
	short_bytes)
GET_NUMBER(pickle, channel->pickle_ns, short_seconds)
GET_NUMBER(unpickle, channel->unpickle_ns, short_seconds)
GET_NUMBER(readers, channel->readers_blocked_ns, short_seconds)
GET_NUMBER(writers, channel->writers_blocked_ns, short_seconds)

/* Per cent of the time that a channel was there in which its writers waited for room; -1: not known. Those of a queue
 * or pool take turns, so that their times do not overlap. */
static int full_percent(const struct snap_channel *channel)
{
	uint64_t percent;

	if (!channel->count || !channel->open_ns || channel->writers_blocked_ns == UNKNOWN)
		return -1;
	percent = (uint64_t)((double)channel->writers_blocked_ns * 100 / (double)channel->open_ns);
	return percent < 100 ? (int)percent : 100;
}

static void get_full(const struct tui *tui, const void *row, struct value *out)
{
	int percent = full_percent(channel_of(row));

	(void)tui;
	value_number(out, percent, NULL);
	if (percent >= 0)
		snprintf(out->text, sizeof(out->text), "%d%%", percent);
}

/* Over the whole run, or the marked range. */
static void get_rate(const struct tui *tui, const void *row, struct value *out)
{
	uint64_t span = tui->picture->now_ns - tui->picture->from_ns, rate;
	char text[SHORT_SIZE];

	value_number(out, -1, NULL);
	if (span < 1000000 || channel_of(row)->bytes == UNKNOWN)
		return;
	rate = (uint64_t)((double)channel_of(row)->bytes * 1e9 / (double)span);
	out->number = (double)rate;
	snprintf(out->text, sizeof(out->text), "%s/s", short_bytes(rate, text));
}

#define COLUMNS_COPIES
#include "columns.h"

static void rows(const struct tui *tui, struct table *table)
{
	for (size_t i = 0; i < tui->picture->channel_count; i++) {
		const struct snap_channel *channel = &tui->picture->channels[i];
		bool full = channel->writers_blocked_ns && channel->writers_blocked_ns != UNKNOWN;

		if (tui->show == SHOW_INTERNAL || (!channel->hidden && (tui->show == SHOW_ALL || full)))
			table_add(table, channel, channel->id);
	}
}

static const struct snap_process *main_of(const struct snapshot *picture)
{
	for (size_t i = 0; i < picture->process_count; i++)
		if (picture->processes[i].role == SNAP_MAIN)
			return &picture->processes[i];
	return NULL;
}

static void draw_summary(struct tui *tui, struct rect row)
{
	const struct snapshot *picture = tui->picture;
	const struct snap_process *root = main_of(picture);
	uint64_t bytes = 0;
	char size[SHORT_SIZE], time[FORMAT_SIZE], workers[64] = "", own[64] = "";

	for (size_t i = 0; i < picture->channel_count; i++)
		bytes += picture->channels[i].count ? picture->channels[i].bytes : 0;
	if (!picture->channel_count)
		return;
	if (picture->shares_known && picture->workers)
		snprintf(workers, sizeof(workers), "  %u%% of worker time", picture->percent[1]);
	if (root && root->shares_known)
		snprintf(own, sizeof(own), "%s%u%% of main", workers[0] ? " and " : "  ", root->percent[1]);
	canvas_printf(&tui->canvas, row.x + 1, row.y, STYLE_PLAIN, "Copied %s in %s.%s%s%s", long_bytes(bytes, size),
		format_seconds(picture->now_ns - picture->from_ns, time), workers, own,
		workers[0] || own[0] ? " is copying." : "");
}

/* Little of the time, nobody who waits for room, and no finding about it. */
static void lines_fine(struct lines *lines, const struct tui *tui)
{
	const struct snapshot *picture = tui->picture;

	if (!picture->channel_count || !picture->shares_known || picture->percent[1] + picture->percent[3] > 5)
		return;
	for (size_t i = 0; i < picture->finding_count; i++)
		if (strncmp(picture->findings[i].code, "MPW-C", 5) == 0)
			return;
	for (size_t i = 0; i < picture->channel_count; i++) /* of tasks it is good: work is ready */
		if (picture->channels[i].count && !strstr(picture->channels[i].kind, " tasks") &&
			picture->channels[i].writers_blocked_ns > (picture->now_ns - picture->from_ns) / 20)
			return;
	lines_row(lines, STYLE_PLAIN, 1, "Copying costs %u%% of %s time: fine.", picture->percent[1],
		picture->workers ? "worker" : "the processes'");
}

#define ENDS_SHOWN 200

static void lines_ends(struct lines *lines, const struct snap_channel *channel)
{
	if (!channel->end_count)
		return;
	lines_row(lines, STYLE_BOLD, 1, "%-12s %9s %7s %7s %10s %7s %7s", "PROCESS", "WROTE", "BYTES", "WAIT", "READ",
		"BYTES", "WAIT");
	for (size_t i = 0; i < channel->end_count && i < ENDS_SHOWN; i++) {
		const struct snap_end *end = &channel->ends[i];
		char bytes_out[SHORT_SIZE], bytes_in[SHORT_SIZE], wait_out[SHORT_SIZE], wait_in[SHORT_SIZE];

		lines_row(lines, STYLE_PLAIN, 1, "%-12s %9llu %7s %7s %10llu %7s %7s", end->process,
			(unsigned long long)end->calls_out, short_bytes(end->bytes_out, bytes_out),
			short_seconds(end->blocked_out_ns, wait_out), (unsigned long long)end->calls_in,
			short_bytes(end->bytes_in, bytes_in), short_seconds(end->blocked_in_ns, wait_in));
	}
	if (channel->end_count > ENDS_SHOWN)
		lines_row(lines, STYLE_DIM, 1, "and %zu more processes", channel->end_count - ENDS_SHOWN);
}

/* What was sent where, as far as Python told it. */
static void lines_parts(struct lines *lines, const struct tui *tui, const struct snap_channel *channel)
{
	size_t limit = tui->opened[VIEW_COPIES] ? SIZE_MAX : 6;

	if (!channel->part_count)
		return;
	lines_row(lines, STYLE_BOLD, 1, "%7s %9s  %-24s %6s  %7s  %s", "COUNT", "BYTES", "WHAT", "EACH", "PICKLE",
		"SENT AT");
	for (size_t i = 0; i < channel->part_count && i < limit; i++) {
		const struct snap_part *part = &channel->parts[i];
		char bytes[SHORT_SIZE], each[SHORT_SIZE], count[SHORT_SIZE], time[SHORT_SIZE];

		lines_row(lines, STYLE_PLAIN, 1, "%7s %9s  %-24.24s %6s  %7s  %s", short_count(part->count, count),
			long_bytes(part->bytes, bytes), part->what ? part->what : "-",
			short_bytes(part->count ? part->bytes / part->count : UNKNOWN, each),
			short_seconds(part->ns, time), part->place ? part->place : "-");
	}
	if (channel->part_count > limit)
		lines_row(lines, STYLE_DIM, 1, "and %zu more", channel->part_count - limit);
}

/* Time that was lost there in words, when there is any to speak of. */
static void lines_blocked(struct lines *lines, const struct snap_channel *channel)
{
	char time[FORMAT_SIZE];

	if (!channel->count || channel->writers_blocked_ns < 100000000)
		return;
	if (strcmp(channel->to, "-") == 0)
		lines_add(lines, STYLE_PLAIN, 1, 3, "Full for %s: %s waited, nobody was seen to read.",
			format_seconds(channel->writers_blocked_ns, time), channel->from);
	else
		lines_add(lines, STYLE_PLAIN, 1, 3, "Full for %s, %d%% of its time: %s waited for %s to read.%s",
			format_seconds(channel->writers_blocked_ns, time), full_percent(channel), channel->from,
			channel->to,
			strstr(channel->kind, " tasks") ? " Good: work is ready for whoever is free." : "");
}

static void lines_channel(struct lines *lines, const struct tui *tui, const struct snap_channel *channel)
{
	lines_rule(lines, "%s%s%s, %s to %s: who sends what", channel->kind, channel->name ? " " : "",
		channel->name ? channel->name : "", channel->from, channel->to);
	lines_parts(lines, tui, channel);
	lines_blocked(lines, channel);
	if (channel->place)
		lines_row(lines, STYLE_PLAIN, 1, "made at %s", channel->place);
	lines_ends(lines, channel);
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_channel *selected = table_selected(&tui->table);
	struct lines detail;
	struct rect row;

	if (body.h > 12 && view_take_row(&body, &row)) {
		draw_summary(tui, row);
		view_take_row(&body, &row);
	}
	lines_init(&detail, &tui->canvas);
	if (!tui->picture->channel_count && tui->ranged)
		lines_add(&detail, STYLE_PLAIN, 1, 1, "Nothing was sent in this range.");
	else if (!tui->picture->channel_count)
		lines_add(&detail, STYLE_PLAIN, 1, 1, "No pipe, queue or pool%s.", tui->picture->ended ? "" : " yet");
	lines_fine(&detail, tui);
	lines_problems_of(&detail, tui, "C");
	lines_segments(&detail, tui);
	if (selected)
		lines_channel(&detail, tui, selected);
	if (tui->opened[VIEW_COPIES] && selected)
		lines_draw(&detail, &tui->canvas, body, tui->scroll[VIEW_COPIES]);
	else
		view_draw_table(tui, body, &detail);
	lines_fini(&detail);
}

static bool act(struct tui *tui, enum action action)
{
	if (action != ACTION_OPEN || !table_selected(&tui->table))
		return false;
	tui->opened[VIEW_COPIES] = true;
	tui->scroll[VIEW_COPIES] = 0;
	return true;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	size_t hidden = tui->picture->channel_count - tui->table.count - tui->table.hidden;
	uint64_t other = tui->picture->other_in + tui->picture->other_out;
	char bytes[SHORT_SIZE];
	size_t used;

	used = (size_t)snprintf(
		text, size, "R WAIT: for data, W WAIT: for room.  Without traffic: %zu.", tui->picture->channels_idle);
	if (hidden && used < size)
		used += (size_t)snprintf(text + used, size - used, "  %zu hidden (a).", hidden);
	if (other >= 1 << 20 && used < size && !tui->ranged)
		snprintf(text + used, size - used, "  Not attributed: %s.", long_bytes(other, bytes));
}

static bool place(const struct tui *tui, struct place *out)
{
	const struct snap_channel *selected = table_selected(&tui->table);

	return selected && place_of_stack(&selected->stack, out);
}

const struct view view_copies = {.columns = columns,
	.column_count = COLUMN_COUNT,
	.rows = rows,
	.draw = draw,
	.act = act,
	.status = status,
	.place = place};
