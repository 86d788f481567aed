/* frame.c: what is around the body: header, tabs, message, hints; and the whole screen when there is room for one line.
 */
#include <string.h>

#include "base/format.h"
#include "base/text.h"
#include "live.h"
#include "short.h"
#include "tui.h"
#include "view.h"

static int length_of(const char *text)
{
	return (int)text_width(text, strlen(text));
}

static void counts_text(const struct tui *tui, char *out, size_t size)
{
	static const char *const words[] = {"error", "warning", "note"};
	unsigned count[3] = {0};
	size_t used = 0;

	for (size_t i = 0; i < tui->picture->finding_count; i++)
		count[tui->picture->findings[i].level] += !tui_is_muted(tui, &tui->picture->findings[i]);
	out[0] = 0;
	for (unsigned i = 0; i < 3; i++)
		if (count[i] && used < size)
			used += (size_t)(tui->frame.wide
						 ? snprintf(out + used, size - used, "%s%u %s%s", used ? "  " : "",
							   count[i], words[i], count[i] == 1 ? "" : "s")
						 : snprintf(out + used, size - used, "%s%u%c", used ? " " : "",
							   count[i], "EWN"[i]));
	if (!used)
		snprintf(out, size, "%s", tui->frame.wide ? "no findings" : "0E");
}

static void mode_text(const struct tui *tui, char *out, size_t size)
{
	const struct snapshot *picture = tui->picture;
	char now[SHORT_SIZE], end[SHORT_SIZE];

	if (tui->live && !tui->ranged) {
		uint64_t behind = player_end_ns(tui->player) - picture->now_ns;

		if (player_follows(tui->player))
			snprintf(out, size, "LIVE");
		else
			snprintf(out, size, "FROZEN -%s", short_seconds(behind, now));
		return;
	}
	if (picture == player_last(tui->player) && picture->status && !tui->playing && !tui->ranged) {
		const char *number = strrchr(picture->status, ' ');

		snprintf(out, size, "ENDED %s",
			tui->frame.wide ? picture->status
			: number        ? number + 1
					: picture->status);
		return;
	}
	if (tui->session && picture == player_last(tui->player) && !tui->playing && !tui->ranged) {
		snprintf(out, size, "ENDED ?"); /* nobody was there any more to tell how */
		return;
	}
	short_clock(picture->now_ns, now);
	short_clock(player_end_ns(tui->player), end);
	if (tui->ranged)
		snprintf(out, size, "RANGE %s-%s", short_clock(picture->from_ns, end), now);
	else if (tui->playing)
		snprintf(out, size, "REPLAY %s %s/%s", tui_speed_text(tui), now, end);
	else
		snprintf(out, size, "REPLAY %s/%s", now, end);
}

static void draw_header(struct tui *tui)
{
	struct canvas *canvas = &tui->canvas;
	struct rect row = tui->frame.header;
	char counts[64], mode[96], clock[SHORT_SIZE], right[256];
	int width, x = row.x + 1;

	counts_text(tui, counts, sizeof(counts));
	mode_text(tui, mode, sizeof(mode));
	long_clock(tui->picture->now_ns, clock);
	if (tui->frame.wide)
		snprintf(right, sizeof(right), "pid %d   %s   %s   %s", tui->picture->pid, clock, mode, counts);
	else if (tui->frame.size == SIZE_COMPACT || strncmp(mode, "R", 1) == 0) /* that has the time */
		snprintf(right, sizeof(right), "%s  %s", mode, counts);
	else
		snprintf(right, sizeof(right), "%d  %s  %s  %s", tui->picture->pid, clock, mode, counts);
	width = length_of(right);
	if (tui->frame.size == SIZE_FULL)
		x = canvas_put(canvas, x, row.y, STYLE_BOLD, "mpwatch") + 2;
	if (row.w - 1 - width - x < 4) { /* the moment matters more than the pid */
		snprintf(right, sizeof(right), "%s  %s", mode, counts);
		width = length_of(right);
	}
	canvas_put_cell(canvas, x, row.y, row.w - 2 - width - x, ALIGN_LEFT, STYLE_PLAIN, tui->picture->command);
	canvas_put(canvas, row.w - 1 - width, row.y, STYLE_BOLD, right);
}

#define VIEW(id, key, tab, long_tab, ops) {key, tab, long_tab},
static const struct {
	char key;
	const char *tab, *long_tab;
} tabs[VIEW_COUNT] = {
#include "views.def"
};
#undef VIEW

static void draw_tabs(struct tui *tui)
{
	struct canvas *canvas = &tui->canvas;
	struct rect row = tui->frame.tabs;
	int x = row.x + 1;

	if (row.h == 0)
		return;
	for (int i = 0; i < VIEW_COUNT; i++) {
		bool active = i == (int)tui->view;
		enum style style = active ? STYLE_REVERSE : STYLE_PLAIN;

		x = canvas_put(canvas, x, row.y, style, active ? "[" : " ");
		x = canvas_printf(canvas, x, row.y, style, tui->frame.wide ? "%c %s" : "%c%s", tabs[i].key,
			tui->frame.wide ? tabs[i].long_tab : tabs[i].tab);
		x = canvas_put(canvas, x, row.y, style, active ? "]" : " ");
		tui->hit.tab_end[i] = x;
	}
}

/* The part of the run that a marked range leaves. */
static int range_text(const struct tui *tui, char *text, size_t size)
{
	char from[FORMAT_SIZE], to[FORMAT_SIZE];

	if (tui->ranged)
		return snprintf(text, size, "Only %s to %s (m: all).  ", format_clock(tui->picture->from_ns, from),
			format_clock(tui->picture->now_ns, to));
	if (tui->mark_ns != UNKNOWN)
		return snprintf(text, size, "Range from %s (m ends it).  ", format_clock(tui->mark_ns, from));
	return 0;
}

/* Nobody would see that the program asks something. */
static int waiting_text(const struct tui *tui, char *text, size_t size)
{
	const struct live *live = tui->session;

	text[0] = 0;
	if (!live || !live->waits_for_input || live->typing)
		return 0;
	if (tui->view == VIEW_OUTPUT && live_draws_itself(live))
		return 0; /* which says more */
	return snprintf(text, size, "The program waits for input: i types to it.  ");
}

static void draw_message(struct tui *tui)
{
	struct canvas *canvas = &tui->canvas;
	struct rect row = tui->frame.message;
	const char *banner = tui->session ? live_banner(tui) : NULL;
	char text[300] = "";
	int x, used = 0;

	if (banner) {
		canvas_put_cell(canvas, row.x, row.y, row.w, ALIGN_LEFT, STYLE_REVERSE, banner);
		return;
	}

	if (tui->prompt != PROMPT_NONE) {
		x = canvas_put(canvas, row.x + 1, row.y, STYLE_BOLD, prompt_label(tui->prompt));
		canvas->cursor_x = canvas_put(canvas, x, row.y, STYLE_PLAIN, tui->prompt_text);
		canvas->cursor_y = row.y;
		if (canvas->cursor_x >= canvas->w)
			canvas->cursor_x = canvas->w - 1;
		return;
	}
	if (tui->message[0]) {
		snprintf(text, sizeof(text), "%s", tui->message);
	} else {
		used = range_text(tui, text, sizeof(text));
		used += waiting_text(tui, text + used, sizeof(text) - (size_t)used);
		if (tui->session && tui->session->slow && !tui->session->ended)
			used += snprintf(text + used, sizeof(text) - (size_t)used,
				"The run is large: drawn about once a second.  ");
		if (tui->filter[0] && tui->table.columns)
			used += snprintf(text + used, sizeof(text) - (size_t)used,
				"Filter: %s (%zu hidden, Esc shows them).  ", tui->filter, tui->table.hidden);
		if (views[tui->view]->status && used < (int)sizeof(text))
			views[tui->view]->status(tui, text + used, sizeof(text) - (size_t)used);
	}
	canvas_put_cell(
		canvas, row.x + 1, row.y, row.w - 1, ALIGN_LEFT, tui->message[0] ? STYLE_BOLD : STYLE_DIM, text);
}

/* Replaying, Space plays; a live screen freezes. */
static const char *hint_text(const struct tui *tui, const struct hint *hint)
{
	const char *text = tui->frame.wide ? hint->wide : hint->text;

	if (hint->action == ACTION_PLAY && tui->live)
		return player_follows(tui->player) ? (tui->frame.wide ? "Space Freeze" : "Spc Freeze")
						   : (tui->frame.wide ? "Space Go on" : "Spc Go on");
	if (hint->action == ACTION_PLAY && tui->playing)
		return tui->frame.wide ? "Space Pause" : "Spc Pause";
	return text;
}

static void draw_hints(struct tui *tui)
{
	int view = tui->frame.size == SIZE_COMPACT ? VIEW_COUNT : (int)tui->view;
	struct rect row = tui->frame.hints;
	bool typing = tui->session && tui->session->typing;
	int x = row.x + 1, end = row.x + row.w - length_of(tui->frame.wide ? "q Quit" : "qQuit");

	if (typing) /* the others are the program's now */
		canvas_put(&tui->canvas, x, row.y, STYLE_PLAIN,
			tui->frame.wide ? "Ctrl-] Back to mpwatch" : "^] Back to mpwatch");
	for (size_t i = 0; i < hint_count && !typing; i++) {
		const char *text = hint_text(tui, &hints[i]);

		if (hints[i].view != view || !text[0])
			continue;
		if (hints[i].action == ACTION_TYPE && !tui->live)
			continue;
		if (hints[i].action != ACTION_QUIT && x + length_of(text) + 2 > end)
			continue;
		x = canvas_put(&tui->canvas, x, row.y, STYLE_PLAIN, text) + 2;
	}
}

void frame_draw(struct tui *tui)
{
	draw_header(tui);
	draw_tabs(tui);
	draw_message(tui);
	draw_hints(tui);
}

/* The worst thing there is to say: who waits longest for a lock, else the first finding, else what runs. */
static void worst_text(const struct tui *tui, char *out, size_t size)
{
	const struct snapshot *picture = tui->picture;
	const struct snap_process *longest = NULL;
	char time[SHORT_SIZE];

	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *process = &picture->processes[i];

		if (process->lock && process->for_ns != UNKNOWN && (!longest || process->for_ns > longest->for_ns))
			longest = process;
	}
	if (longest && longest->for_ns >= 1000000000)
		snprintf(out, size, "%s waits %s for %s", longest->name, short_seconds(longest->for_ns, time),
			longest->lock);
	else
		snprintf(out, size, "%s", picture->finding_count ? picture->findings[0].title : picture->command);
}

/* Below 40x8. */
void frame_draw_line(struct tui *tui)
{
	struct canvas *canvas = &tui->canvas;
	char counts[64], mode[64], worst[256];
	int width;

	if (tui->frame.size == SIZE_NOTHING) {
		canvas_printf(canvas, 0, 0, STYLE_PLAIN, "too small (%dx%d)", canvas->w, canvas->h);
		return;
	}
	counts_text(tui, counts, sizeof(counts));
	mode_text(tui, mode, sizeof(mode));
	width = length_of(counts);
	worst_text(tui, worst, sizeof(worst));
	canvas_put_cell(canvas, 0, 0, canvas->w - width - 3, ALIGN_LEFT, STYLE_PLAIN, worst);
	canvas_printf(canvas, canvas->w - width - 2, 0, STYLE_BOLD, "| %s", counts);
	canvas_put_cell(canvas, 0, 1, canvas->w - 1, ALIGN_LEFT, STYLE_PLAIN, mode);
}
