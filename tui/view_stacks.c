/* view_stacks.c: screen 8: where the threads of one process wait, and who waits at the same place. */
#include <string.h>

#include "short.h"
#include "view.h"

#define FRAMES_SHOWN 12

static void lines_thread(struct lines *lines, const struct snap_thread *thread)
{
	char time[SHORT_SIZE];

	if (thread->ended)
		return;
	lines_add(lines, STYLE_BOLD, 1, 3, "THREAD %u%s   %s%s%s", thread->tid, thread->main ? " (main)" : "",
		thread->doing ? thread->doing : "in no call that waits", thread->for_ns == UNKNOWN ? "" : " for ",
		thread->for_ns == UNKNOWN ? "" : short_seconds(thread->for_ns, time));
	if (thread->stack.count)
		lines_stack(lines, &thread->stack, FRAMES_SHOWN);
	else
		lines_row(lines, STYLE_DIM, 4, "no stack is known of this moment");
	lines_row(lines, STYLE_PLAIN, 0, " ");
}

static bool same_place(const struct snap_process *a, const struct snap_process *b)
{
	return strcmp(a->doing, b->doing) == 0 && strcmp(a->where ? a->where : "", b->where ? b->where : "") == 0;
}

/* Counts process `at` and those like it; 0 when one of them was told before. */
static unsigned group_size(const struct snapshot *picture, size_t at, bool ungrouped)
{
	unsigned same = 0;

	if (ungrouped)
		return 1;
	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *other = &picture->processes[i];

		if (!other->alive || !other->doing || !same_place(other, &picture->processes[at]))
			continue;
		if (i < at)
			return 0;
		same++;
	}
	return same;
}

/* Processes that wait at the same place are one row. */
static void lines_groups(struct lines *lines, const struct tui *tui)
{
	const struct snapshot *picture = tui->picture;
	bool any = false;

	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *process = &picture->processes[i];
		unsigned same = process->alive && process->doing ? group_size(picture, i, tui->ungrouped) : 0;

		if (!same)
			continue;
		if (!any)
			lines_rule(lines, "all processes now%s", tui->ungrouped ? "" : ", equal places grouped");
		any = true;
		lines_row(lines, STYLE_PLAIN, 1, "%3u x  %-8s %s%s%s", same, process->name, process->doing,
			process->where ? " at " : "", process->where ? process->where : "");
	}
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_process *process = focus_process(tui);
	struct lines lines;
	int last;

	if (!process)
		return;
	lines_init(&lines, &tui->canvas);
	lines_add(&lines, STYLE_BOLD, 1, 3, "%s  pid %d  state %c%s%s", process->name, process->pid, process->state,
		process->doing ? ": " : "", process->doing ? process->doing : "");
	lines_row(&lines, STYLE_PLAIN, 0, " ");
	if (process->ended)
		lines_add(&lines, STYLE_PLAIN, 1, 3, "%s. Stacks are those of the living: go back in time with [ or {.",
			process->ended);
	for (size_t i = 0; i < process->thread_count; i++)
		if (!tui->one_thread || process->thread_list[i].main)
			lines_thread(&lines, &process->thread_list[i]);
	if (tui->one_thread && process->thread_count > 1)
		lines_row(&lines, STYLE_DIM, 1, "%zu more threads (T shows them)", process->thread_count - 1);
	if (process->alive && !process->thread_count)
		lines_add(&lines, STYLE_PLAIN, 1, 3, "No thread of it was seen%s%s.",
			process->probe && strcmp(process->probe, "ok") ? ": " : "",
			process->probe && strcmp(process->probe, "ok") ? process->probe : "");
	lines_groups(&lines, tui);
	last = lines_height(&lines, body.w - 1) - body.h;
	tui->scroll[VIEW_STACKS] = tui->scroll[VIEW_STACKS] > last ? (last > 0 ? last : 0) : tui->scroll[VIEW_STACKS];
	lines_draw(&lines, &tui->canvas, body, tui->scroll[VIEW_STACKS]);
	lines_fini(&lines);
}

static bool act(struct tui *tui, enum action action)
{
	const struct snap_process *process = focus_process(tui);
	size_t index;

	if (action == ACTION_THREADS || action == ACTION_GROUP) {
		bool *flag = action == ACTION_THREADS ? &tui->one_thread : &tui->ungrouped;

		*flag = !*flag;
		return true;
	}
	if ((action != ACTION_LEFT && action != ACTION_RIGHT) || !process)
		return false;
	index = (size_t)(process - tui->picture->processes);
	if (action == ACTION_RIGHT && index + 1 < tui->picture->process_count)
		index++;
	else if (action == ACTION_LEFT && index > 0)
		index--;
	tui->focus = tui->picture->processes[index].number;
	tui->scroll[VIEW_STACKS] = 0;
	return true;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	(void)tui;
	snprintf(text, size, "Where it waits at this moment. Values of variables are never read.");
}

static bool place(const struct tui *tui, struct place *out)
{
	const struct snap_process *process = focus_process(tui);

	for (size_t i = 0; process && i < process->thread_count; i++)
		if (place_of_stack(&process->thread_list[i].stack, out))
			return true;
	return false;
}

const struct view view_stacks = {.draw = draw, .act = act, .status = status, .place = place, .process = focus_process};
