/* view_stacks.c: screen 8: where the threads of one process wait or run, and who is at the same place. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "short.h"
#include "view.h"

#define FRAMES_SHOWN 12

static void lines_thread(struct lines *lines, const struct snap_thread *thread)
{
	char time[SHORT_SIZE];

	if (thread->ended)
		return;
	lines_add(lines, STYLE_BOLD, 1, 3, "THREAD %u%s%s%s   %s%s%s", thread->tid, thread->main ? " (main)" : "",
		thread->name ? " " : "", thread->name ? thread->name : "",
		thread->doing  ? thread->doing
		: thread->runs ? "runs"
			       : "in no call that waits",
		thread->for_ns == UNKNOWN ? "" : " for ",
		thread->for_ns == UNKNOWN ? "" : short_seconds(thread->for_ns, time));
	if (thread->stack.count)
		lines_stack(lines, &thread->stack, FRAMES_SHOWN);
	else
		lines_row(lines, STYLE_DIM, 4, "no stack is known of this moment");
	lines_row(lines, STYLE_PLAIN, 0, " ");
}

/* What has a place and waits for nothing was seen running there. */
static const char *doing_of(const struct snap_process *process)
{
	return process->doing ? process->doing : "runs";
}

static int by_place(const void *a, const void *b)
{
	const struct snap_process *x = *(const struct snap_process *const *)a,
				  *y = *(const struct snap_process *const *)b;
	int order = strcmp(doing_of(x), doing_of(y));

	if (order == 0)
		order = strcmp(x->where ? x->where : "", y->where ? y->where : "");
	return order ? order : (x > y) - (x < y);
}

struct place_group {
	const struct snap_process *first;
	unsigned size;
};

static int biggest_first(const void *a, const void *b)
{
	const struct place_group *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Those that wait or run somewhere, one group for each place, or for each process. */
static size_t make_groups(const struct snapshot *picture, bool ungrouped, struct place_group *out)
{
	const struct snap_process **list =
		mem_alloc((picture->process_count + 1) * sizeof(const struct snap_process *));
	size_t count = 0, groups = 0;

	for (size_t i = 0; i < picture->process_count; i++)
		if (picture->processes[i].alive && (picture->processes[i].doing || picture->processes[i].where))
			list[count++] = &picture->processes[i];
	if (!ungrouped && count)
		qsort(list, count, sizeof(*list), by_place);
	for (size_t i = 0; i < count; i++) {
		bool same =
			groups && !ungrouped && strcmp(doing_of(list[i]), doing_of(list[i - 1])) == 0 &&
			strcmp(list[i]->where ? list[i]->where : "", list[i - 1]->where ? list[i - 1]->where : "") == 0;

		if (!same)
			out[groups++] = (struct place_group){list[i], 0};
		out[groups - 1].size++;
	}
	free(list);
	if (!ungrouped && groups)
		qsort(out, groups, sizeof(*out), biggest_first);
	return groups;
}

#define GROUPS_SHOWN 500

/* Processes at the same place are one row. */
static void lines_groups(struct lines *lines, const struct tui *tui)
{
	struct place_group *groups = mem_alloc((tui->picture->process_count + 1) * sizeof(*groups));
	size_t count = make_groups(tui->picture, tui->ungrouped, groups);

	if (count)
		lines_rule(lines, "all processes now%s", tui->ungrouped ? "" : ", equal places grouped");
	for (size_t i = 0; i < count && i < GROUPS_SHOWN; i++)
		lines_row(lines, STYLE_PLAIN, 1, "%3u x  %-8s %s%s%s", groups[i].size, groups[i].first->name,
			doing_of(groups[i].first), groups[i].first->where ? " at " : "",
			groups[i].first->where ? groups[i].first->where : "");
	if (count > GROUPS_SHOWN)
		lines_row(lines, STYLE_DIM, 1, "and %zu more", count - GROUPS_SHOWN);
	free(groups);
}

#define WAITS_SHOWN 8

/* Where its time went that was no work: every wait of a millisecond or more was seen, none is an estimate. */
static void lines_waits(struct lines *lines, const struct snap_process *process)
{
	char time[SHORT_SIZE], longest[SHORT_SIZE], count[SHORT_SIZE];
	uint64_t ns = 0;

	for (size_t i = 0; i < process->wait_count; i++)
		ns += process->waits[i].ns;
	if (!ns || (process->wait_count == 1 && process->waits[0].now && process->waits[0].count == 1))
		return; /* that is told above */
	lines_rule(lines, "where %s has waited: at least %s, in waits of 1 ms and more", process->name,
		short_seconds(ns, time));
	lines_row(lines, STYLE_BOLD, 1, "%5s %6s %7s %7s  %s", "SHARE", "TIME", "TIMES", "LONGEST", "WHERE");
	for (size_t i = 0; i < process->wait_count && i < WAITS_SHOWN; i++) {
		const struct snap_wait *wait = &process->waits[i];

		lines_row(lines, STYLE_PLAIN, 1, "%4u%% %6s %7s %7s  %s%s%s%s",
			(unsigned)((double)wait->ns * 100 / (double)ns + 0.5), short_seconds(wait->ns, time),
			short_count(wait->count, count), short_seconds(wait->longest_ns, longest),
			wait->now ? "(now) " : "", wait->where ? wait->where : "", wait->where ? ": " : "",
			wait->doing);
	}
	if (process->wait_count > WAITS_SHOWN)
		lines_row(lines, STYLE_DIM, 1, "and %zu more places", process->wait_count - WAITS_SHOWN);
}

#define RUNS_SHOWN 8
#define RUNS_LEAST 20 /* fewer samples are no share of anything */

static void lines_runs(struct lines *lines, const struct snap_process *process, int width)
{
	char count[SHORT_SIZE];

	if (process->run_samples < RUNS_LEAST)
		return;
	lines_rule(lines, "where %s has run: about, of %s samples, some each second while it runs", process->name,
		short_count(process->run_samples, count));
	for (size_t i = 0; i < process->run_count && i < RUNS_SHOWN; i++) {
		const struct snap_run *run = &process->runs[i];

		lines_row(lines, STYLE_PLAIN, 1, "%4u%%  %-*s %s", run->percent, width > 100 ? 40 : 30, run->where,
			run->source ? run->source : "");
	}
	if (process->run_count > RUNS_SHOWN)
		lines_row(lines, STYLE_DIM, 1, "and %zu more places", process->run_count - RUNS_SHOWN);
}

static bool lacks_symbols(const struct tui *tui)
{
	for (size_t i = 0; i < tui->picture->finding_count; i++)
		if (strcmp(tui->picture->findings[i].code, "MPW-X003") == 0)
			return true;
	return false;
}

/* Who on the left, what on the right, when both fit. */
static void lines_head(struct lines *lines, const struct snap_process *process, int width)
{
	char who[128], what[300], time[SHORT_SIZE];
	int blank;

	snprintf(who, sizeof(who), "%s  pid %d", process->name, process->pid);
	if (process->lock)
		snprintf(what, sizeof(what), "state %c: waits for lock %s since %s", process->state, process->lock,
			short_seconds(process->for_ns, time));
	else
		snprintf(what, sizeof(what), "state %c%s%s", process->state, process->doing ? ": " : "",
			process->doing ? process->doing : "");
	blank = width - 3 - (int)strlen(who) - (int)strlen(what);
	lines_add(lines, STYLE_BOLD, 1, 3, "%s%*s%s", who, blank > 2 ? blank : 2, "", what);
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_process *process = focus_process(tui);
	struct lines lines;
	int last;

	if (!process)
		return;
	lines_init(&lines, &tui->canvas);
	lines_head(&lines, process, body.w);
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
	if (lacks_symbols(tui))
		lines_add(&lines, STYLE_PLAIN, 1, 3,
			"No Python symbols (MPW-X003): C frames only. x on 6 Findings says why.");
	lines_runs(&lines, process, body.w);
	lines_waits(&lines, process);
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
	snprintf(text, size, "Where it waits or runs at this moment. Values of variables are never read.");
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
