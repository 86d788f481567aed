/* view_copies.c: screen 3: channels with what went through them and who waited, and memory that is shared instead. */
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
	if (channel->count > 1)
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
GET_NUMBER(each, channel->messages ? channel->bytes / channel->messages : UNKNOWN, short_bytes)
GET_NUMBER(readers, channel->readers_blocked_ns, short_seconds)
GET_NUMBER(writers, channel->writers_blocked_ns, short_seconds)

#define COLUMNS_COPIES
#include "columns.h"

static void rows(const struct tui *tui, struct table *table)
{
	for (size_t i = 0; i < tui->picture->channel_count; i++)
		if (tui->show != SHOW_PROBLEMS || tui->picture->channels[i].writers_blocked_ns)
			table_add(table, &tui->picture->channels[i], i + 1);
}

static void draw_summary(struct tui *tui, struct rect row)
{
	const struct snapshot *picture = tui->picture;
	uint64_t bytes = 0;
	char size[FORMAT_SIZE], time[FORMAT_SIZE];

	for (size_t i = 0; i < picture->channel_count; i++)
		bytes += picture->channels[i].bytes;
	if (!picture->channel_count)
		return;
	canvas_printf(&tui->canvas, row.x + 1, row.y, STYLE_PLAIN, "%s went through channels in %s.",
		format_bytes(bytes, size), format_seconds(picture->now_ns, time));
}

static void lines_ends(struct lines *lines, const struct snap_channel *channel)
{
	lines_rule(lines, "%s %s to %s: who sends and who receives", channel->kind, channel->from, channel->to);
	lines_row(lines, STYLE_BOLD, 1, "%-12s %9s %7s %7s %10s %7s %7s", "PROCESS", "SENT", "BYTES", "WAIT",
		"RECEIVED", "BYTES", "WAIT");
	for (size_t i = 0; i < channel->end_count; i++) {
		const struct snap_end *end = &channel->ends[i];
		char bytes_out[SHORT_SIZE], bytes_in[SHORT_SIZE], wait_out[SHORT_SIZE], wait_in[SHORT_SIZE];

		lines_row(lines, STYLE_PLAIN, 1, "%-12s %9llu %7s %7s %10llu %7s %7s", end->process,
			(unsigned long long)end->calls_out, short_bytes(end->bytes_out, bytes_out),
			short_seconds(end->blocked_out_ns, wait_out), (unsigned long long)end->calls_in,
			short_bytes(end->bytes_in, bytes_in), short_seconds(end->blocked_in_ns, wait_in));
	}
	if (channel->place)
		lines_row(lines, STYLE_PLAIN, 1, "made at %s", channel->place);
}

static void lines_segments(struct lines *lines, const struct snapshot *picture)
{
	char size[FORMAT_SIZE];

	if (!picture->segment_count)
		return;
	lines_row(lines, STYLE_BOLD, 1, "%-24s %10s  %-10s %-20s %s", "SHARED MEMORY (not copied)", "SIZE", "MADE BY",
		"MAPPED BY", "MADE AT");
	for (size_t i = 0; i < picture->segment_count && i < 6; i++) {
		const struct snap_segment *segment = &picture->segments[i];
		char mappers[64];

		snprintf(mappers, sizeof(mappers), "%u process%s, now %u", segment->mappers,
			segment->mappers == 1 ? "" : "es", segment->mapped_now);
		lines_row(lines, segment->left_behind ? STYLE_BOLD : STYLE_PLAIN, 1, "%-26s %10s  %-10s %-20s %s%s",
			segment->name ? segment->name : "(no name)", format_bytes(segment->size, size),
			segment->maker ? segment->maker : "-", mappers, segment->place ? segment->place : "-",
			segment->left_behind ? "  not unlinked" : "");
	}
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
	if (!tui->picture->channel_count)
		lines_add(&detail, STYLE_PLAIN, 1, 1, "No pipe, queue or pool%s.", tui->picture->ended ? "" : " yet");
	if (selected)
		lines_ends(&detail, selected);
	lines_segments(&detail, tui->picture);
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
	snprintf(text, size, "WAIT: readers for data, writers for room.  Without traffic: %zu.%s",
		tui->picture->channels_idle, tui->show == SHOW_PROBLEMS ? "  Only full ones (a)." : "");
}

const struct view view_copies = {
	.columns = columns, .column_count = COLUMN_COUNT, .rows = rows, .draw = draw, .act = act, .status = status};
