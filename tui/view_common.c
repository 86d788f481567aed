/* view_common.c: pieces that several screens use. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "short.h"
#include "view.h"

bool view_take_row(struct rect *body, struct rect *row)
{
	if (body->h < 1)
		return false;
	*row = (struct rect){body->x, body->y, body->w, 1};
	body->y++;
	body->h--;
	return true;
}

/* Screens whose details can be opened say so when some of them do not fit. */
static void draw_details(struct tui *tui, struct rect rect, const struct lines *detail, int wanted)
{
	bool opens = tui->view == VIEW_FINDINGS || tui->view == VIEW_COPIES || tui->view == VIEW_FDS;

	if (wanted <= rect.h || rect.h < 2 || !opens || tui->frame.size == SIZE_COMPACT) {
		lines_draw(detail, &tui->canvas, rect, 0);
		return;
	}
	rect.h--;
	lines_draw(detail, &tui->canvas, rect, 0);
	canvas_printf(
		&tui->canvas, rect.x + 3, rect.y + rect.h, STYLE_DIM, "and %d lines more: Enter", wanted - rect.h);
}

void view_draw_table(struct tui *tui, struct rect body, const struct lines *detail)
{
	struct split_layout split;
	int wanted = lines_height(detail, body.w - 1);

	layout_split(body, table_height(&tui->table) - (tui->frame.size == SIZE_COMPACT), wanted,
		wanted < 2 || tui->frame.size == SIZE_COMPACT ? 1 : 2, &split);
	table_draw(&tui->table, tui, split.list);
	if (split.detail.h)
		draw_details(tui, split.detail, detail, wanted);
}

enum style style_of_state(char state)
{
	static const struct {
		char state;
		enum style style;
	} styles[] = {{'R', STYLE_STATE_R}, {'C', STYLE_STATE_C}, {'I', STYLE_STATE_I}, {'O', STYLE_STATE_O},
		{'L', STYLE_STATE_L}, {'S', STYLE_STATE_S}};

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (styles[i].state == state)
			return styles[i].style;
	return STYLE_PLAIN;
}

/* One column: the letter, small below two thirds; `!` where it was killed; blank before its birth and after its end. */
char column_state(const struct snapshot *picture, const struct snap_process *process, uint64_t from, uint64_t to,
	const struct snap_mix *mix, enum style *style)
{
	bool mostly;
	char state;

	*style = STYLE_PLAIN;
	if (from >= picture->now_ns || to <= process->born_ns || (!process->alive && from > process->dead_ns))
		return ' ';
	if (process->bad_end && to > process->dead_ns) {
		*style = STYLE_ERROR;
		return '!';
	}
	state = snapshot_state(mix, &mostly);
	*style = style_of_state(state);
	if (!state)
		return SNAP_NOT_KNOWN;
	return mostly || state == '.' ? state : (char)(state + ('a' - 'A'));
}

#define NEWS_NS 2500000000ull /* totals come once a second */

void draw_states(struct tui *tui, const struct snap_process *process, uint64_t from_ns, uint64_t step_ns, int x, int y,
	int width)
{
	struct snap_mix *mixes = mem_alloc((size_t)(width > 0 ? width : 1) * sizeof(*mixes));

	snapshot_columns(tui->picture, process->number, from_ns, step_ns, (size_t)(width > 0 ? width : 0), mixes);
	for (int i = 0; i < width; i++) {
		uint64_t from = from_ns + (uint64_t)i * step_ns;
		enum style style;
		char text[2] = {column_state(tui->picture, process, from, from + step_ns, &mixes[i], &style), 0};

		if (text[0] == SNAP_NOT_KNOWN && tui->live && process->alive && from + NEWS_NS > tui->picture->now_ns)
			text[0] = ' '; /* it is told in a moment */
		canvas_put(
			&tui->canvas, x + i, y, style, text[0] == '.' ? canvas_glyph(&tui->canvas, GLYPH_OTHER) : text);
	}
	free(mixes);
}

void draw_legend(struct tui *tui, struct rect row)
{
	static const struct {
		const char *letter, *word, *long_word;
	} words[] = {{"R", "run", "run"}, {"C", "copy", "copy (pipe)"}, {"I", "wait input", "wait for input"},
		{"O", "blocked output", "blocked on output"}, {"L", "lock", "wait for lock"}, {"S", "start", "start"},
		{".", "other", "other"}, {"-", "end", "ended"}};
	int x = row.x + 1;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bool other = words[i].letter[0] == '.';

		x = canvas_put(&tui->canvas, x, row.y, style_of_state(words[i].letter[0]),
			other ? canvas_glyph(&tui->canvas, GLYPH_OTHER) : words[i].letter);
		x = canvas_printf(&tui->canvas, x, row.y, STYLE_PLAIN, tui->frame.wide ? " %s   " : " %s  ",
			tui->frame.wide ? words[i].long_word : words[i].word);
	}
}

static void frame_text(const struct snap_frame *frame, char *out, size_t size)
{
	if (frame->file && frame->line)
		snprintf(out, size, "%s:%u", text_last_part(frame->file), frame->line);
	else
		snprintf(out, size, "%s", frame->module ? text_last_part(frame->module) : "?");
}

/* Not even which file they are in: the process had gone before its memory map could be read. */
static bool is_known(const struct snap_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (stack->frames[i].file || stack->frames[i].function || stack->frames[i].module)
			return true;
	return false;
}

void lines_stack(struct lines *lines, const struct snap_stack *stack, size_t limit)
{
	char place[96];

	if (stack->count && !is_known(stack)) {
		lines_row(lines, STYLE_DIM, 4, "not known: it had ended before its code could be looked at");
		return;
	}
	for (size_t i = 0; i < stack->count && i < limit; i++) {
		const struct snap_frame *frame = &stack->frames[i];

		frame_text(frame, place, sizeof(place));
		lines_row(lines, frame->user ? STYLE_BOLD : STYLE_PLAIN, frame->user ? 1 : 4, "%s%-20s  %-16s  %s",
			frame->user ? ">  " : "", place, frame->function ? frame->function : "?",
			frame->source ? frame->source : "");
	}
	if (stack->count > limit)
		lines_row(lines, STYLE_DIM, 4, "and %zu frames more", stack->count - limit);
}

bool place_of_stack(const struct snap_stack *stack, struct place *out)
{
	const struct snap_frame *best = NULL;

	for (size_t i = 0; i < stack->count; i++)
		if (stack->frames[i].file && stack->frames[i].line && (!best || stack->frames[i].user))
			best = &stack->frames[i];
	if (!best)
		return false;
	*out = (struct place){best->file, best->line};
	return true;
}

void lines_problems(struct lines *lines, const struct tui *tui, size_t limit)
{
	const struct snapshot *picture = tui->picture;

	size_t shown = 0, left = 0;

	for (size_t i = 0; i < picture->finding_count; i++) {
		const struct snap_finding *finding = &picture->findings[i];

		if (tui_is_muted(tui, finding))
			continue;
		if (shown++ >= limit) {
			left++;
			continue;
		}
		lines_add(lines, finding->level == SNAP_ERROR ? STYLE_ERROR : STYLE_PLAIN, 1, 21, "! %-7s %s  %s",
			finding->level_name, finding->code, finding->title);
	}
	if (left)
		lines_row(lines, STYLE_DIM, 3, "and %zu more: press 6", left);
	else if (shown)
		lines_row(lines, STYLE_DIM, 3, "! shows the cause and what to do");
}

size_t lines_problems_of(struct lines *lines, const struct tui *tui, const char *families)
{
	const struct snapshot *picture = tui->picture;
	size_t told = 0;

	for (size_t i = 0; i < picture->finding_count; i++) {
		const struct snap_finding *finding = &picture->findings[i];

		if (!strchr(families, finding->code[strlen("MPW-")]) || tui_is_muted(tui, finding))
			continue;
		told++;
		lines_add(lines, finding->level == SNAP_ERROR ? STYLE_ERROR : STYLE_PLAIN, 1, 3, "! %s %s  %s",
			finding->level_name, finding->code, finding->title);
		if (finding->fix)
			lines_add(lines, STYLE_PLAIN, 3, 8, "Fix: %.*s (6 has it all)",
				(int)strcspn(finding->fix, "\n"), finding->fix);
	}
	return told;
}

/* Where there are workers, other commands are only looked at when they failed; all of them are on Tree. */
bool process_is_shown(const struct tui *tui, const struct snap_process *process)
{
	if (tui->show == SHOW_INTERNAL)
		return true;
	if (process->role == SNAP_INTERNAL || (process->role == SNAP_COMMAND && tui->picture->workers))
		return process->bad_end;
	return tui->show == SHOW_ALL || process->bad_end || (process->state == 'L' && process->alive);
}

const struct snap_process *focus_process(const struct tui *tui)
{
	const struct snap_process *process = tui->focus ? snapshot_process(tui->picture, tui->focus) : NULL;

	return process || !tui->picture->process_count ? process : &tui->picture->processes[0];
}

const struct snap_process *selected_process(const struct tui *tui)
{
	return table_selected(&tui->table);
}

const struct snap_process *view_process(const struct tui *tui)
{
	return views[tui->view]->process ? views[tui->view]->process(tui) : NULL;
}

void lines_segments(struct lines *lines, const struct tui *tui)
{
	const struct snapshot *picture = tui->picture;
	size_t limit = tui->frame.body.h > 24 ? 8 : 4;
	char size[SHORT_SIZE];

	if (!picture->segment_count)
		return;
	lines_row(lines, STYLE_PLAIN, 0, " ");
	lines_row(lines, STYLE_BOLD, 1, "%-18s %10s  %-8s %-18s %-9s %s", "SHARED MEMORY", "SIZE", "MADE BY",
		"MAPPED BY", "UNLINKED", "MADE AT");
	for (size_t i = 0; i < picture->segment_count && i < limit; i++) {
		const struct snap_segment *segment = &picture->segments[i];
		char mappers[64];

		snprintf(mappers, sizeof(mappers), "%u process%s, now %u", segment->mappers,
			segment->mappers == 1 ? "" : "es", segment->mapped_now);
		lines_row(lines, segment->left_behind && picture->ended ? STYLE_BOLD : STYLE_PLAIN, 1,
			"%-18s %10s  %-8s %-18s %-9s %s", segment->name ? segment->name : "(no name)",
			long_bytes(segment->size, size), segment->maker ? segment->maker : "-", mappers,
			segment->unlinked      ? "yes"
			: segment->left_behind ? "not yet"
					       : "-",
			segment->place ? segment->place : "-");
	}
	if (picture->segment_count > limit)
		lines_row(lines, STYLE_DIM, 1, "and %zu more segments", picture->segment_count - limit);
}

bool place_of_process(const struct tui *tui, struct place *out)
{
	const struct snap_process *selected = table_selected(&tui->table);

	for (size_t i = 0; selected && i < selected->thread_count; i++)
		if (selected->thread_list[i].main)
			return place_of_stack(&selected->thread_list[i].stack, out);
	return false;
}
