/* worker_lines.c: what Workers tells below its rows: about the selected process, and how the run is doing. */
#include <string.h>

#include "short.h"
#include "view.h"

static const struct snap_lock *lock_of(const struct snapshot *picture, const char *label)
{
	for (size_t i = 0; label && i < picture->lock_count; i++)
		if (strcmp(picture->locks[i].label, label) == 0)
			return &picture->locks[i];
	return NULL;
}

static const struct snap_stack *stack_of(const struct snap_process *process)
{
	for (size_t i = 0; i < process->thread_count; i++)
		if (process->thread_list[i].main)
			return &process->thread_list[i].stack;
	return NULL;
}

/* The line of source it stands at. */
static const char *source_of(const struct snap_process *process)
{
	const struct snap_stack *stack = stack_of(process);

	for (size_t i = 0; stack && i < stack->count; i++)
		if (stack->frames[i].user)
			return stack->frames[i].source;
	return NULL;
}

static bool has_life(const struct tui *tui)
{
	return tui->frame.wide && tui->frame.body.h >= 30;
}

/* On one row with the place and its source when it fits, else on two. */
static void lines_at(struct lines *lines, const struct tui *tui, const struct snap_process *process, const char *what)
{
	const char *where = process->where, *source = source_of(process);
	size_t width = strlen(what) + (where ? strlen(where) + 4 : 0) + (source ? strlen(source) + 6 : 0);

	if (!where || has_life(tui)) { /* the stack comes below */
		lines_add(lines, STYLE_PLAIN, 1, 3, "%s%s%s", what, where ? " at " : "", where ? where : "");
		return;
	}
	if ((int)width + 2 < tui->canvas.w) {
		lines_row(lines, STYLE_PLAIN, 1, "%s at %s      %s", what, where, source ? source : "");
		return;
	}
	lines_add(lines, STYLE_PLAIN, 1, 3, "%s at", what);
	lines_row(lines, STYLE_PLAIN, 5, "%s      %s", where, source ? source : "");
}

/* Threads that cannot get rid of something, or wait for a lock: the main thread may wait for them. */
static void lines_threads(struct lines *lines, const struct snap_process *process)
{
	char text[SHORT_SIZE];

	for (size_t i = 0; i < process->thread_count; i++) {
		const struct snap_thread *thread = &process->thread_list[i];

		if (!thread->main && !thread->ended && thread->doing && (thread->state == 'O' || thread->state == 'L'))
			lines_add(lines, STYLE_PLAIN, 1, 3, "its thread %s %s for %s", thread->name ? thread->name : "",
				thread->doing, short_seconds(thread->for_ns, text));
	}
}

static void lines_wait(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	const struct snap_lock *lock = lock_of(tui->picture, process->lock);
	const struct snap_process *holder =
		lock && lock->holder_process ? snapshot_process(tui->picture, lock->holder_process) : NULL;
	bool child = process->waits_process && process->state == '.';
	char text[SHORT_SIZE], what[300];

	if (lock)
		snprintf(what, sizeof(what), "waits %s for lock %s%s%s%s", short_seconds(process->for_ns, text),
			lock->label, lock->name ? " (" : "", lock->name ? lock->name : "", lock->name ? ")" : "");
	else
		snprintf(what, sizeof(what), "%s%s%s%s", child ? "waits for " : "",
			child ? process->waits_for : process->doing, process->for_ns == UNKNOWN ? "" : " for ",
			process->for_ns == UNKNOWN ? "" : short_seconds(process->for_ns, text));
	lines_at(lines, tui, process, what);
	if (holder)
		lines_add(lines, lock->holder_dead ? STYLE_ERROR : STYLE_PLAIN, 1, 3, "%s is held by %s (pid %d)%s%s",
			lock->label, holder->name, holder->pid, holder->ended ? ", which " : "",
			holder->ended ? holder->ended : "");
}

/* Where there is room: how it stands there, and how it spent its life. */
static void lines_life(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	static const char *const words[] = {"run", "copy", "input", "output", "lock", "start", "other"};
	const struct snap_stack *stack = stack_of(process);
	char text[512];
	int used = 0;

	if (stack && stack->count)
		lines_stack(lines, stack, 4);
	if (!process->shares_known)
		return;
	for (unsigned i = 0; i < SNAP_STATE_COUNT && used < (int)sizeof(text) - 100; i++) {
		unsigned percent = process->percent[i], full = (percent + 2) / 4;

		if (!percent)
			continue;
		used += snprintf(text + used, sizeof(text) - (size_t)used, "   %s ", words[i]);
		while (full--)
			used += snprintf(
				text + used, sizeof(text) - (size_t)used, "%s", canvas_glyph(&tui->canvas, GLYPH_FULL));
		used += snprintf(text + used, sizeof(text) - (size_t)used, " %u%%", percent);
	}
	lines_row(lines, STYLE_PLAIN, 0, " ");
	lines_row(lines, STYLE_PLAIN, 1, "This %s so far%.*s", process->role == SNAP_WORKER ? "worker" : "process",
		used, text);
}

/* The task in hand, or the one it ended in. */
static void lines_task(struct lines *lines, const struct snap_process *process)
{
	char text[SHORT_SIZE];

	if (process->task && process->alive && process->task_ns != UNKNOWN)
		lines_add(
			lines, STYLE_PLAIN, 1, 3, "in %s for %s", process->task, short_seconds(process->task_ns, text));
	else if (process->task)
		lines_add(lines, STYLE_PLAIN, 1, 3, "%s %s", process->alive ? "in" : "ended in", process->task);
}

void lines_worker(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	const struct snap_process *parent = process->parent ? snapshot_process(tui->picture, process->parent) : NULL;
	char text[SHORT_SIZE];

	if (tui->frame.wide && parent)
		lines_rule(lines, "%s  pid %d   started %s by %s%s%s", process->name, process->pid,
			short_clock(process->born_ns, text), parent->name, process->how ? ", " : "",
			process->how ? process->how : "");
	else
		lines_rule(lines, "%s  pid %d", process->name, process->pid);
	if (process->ended)
		lines_add(lines, process->bad_end ? STYLE_ERROR : STYLE_PLAIN, 1, 3, "%s", process->ended);
	else if (process->doing)
		lines_wait(lines, tui, process);
	else if (process->where)
		lines_at(lines, tui, process, "runs");
	else if (process->probe && strcmp(process->probe, "ok") != 0)
		lines_add(lines, STYLE_PLAIN, 1, 3, "Not watched inside: %s", process->probe);
	else
		lines_add(lines, STYLE_PLAIN, 1, 3, "%s",
			process->state == SNAP_NOT_KNOWN
				? "In no call that is watched: whether it works or waits is looked up when it lasts."
				: "In no call that waits.");
	lines_threads(lines, process);
	lines_task(lines, process);
	if (has_life(tui))
		lines_life(lines, tui, process);
}

size_t unmuted_findings(const struct tui *tui)
{
	size_t count = 0;

	for (size_t i = 0; i < tui->picture->finding_count; i++)
		count += !tui_is_muted(tui, &tui->picture->findings[i]);
	return count;
}

/* Nothing is proved to be wrong, but little of the time was work: where to look. */
static void lines_idle(struct lines *lines, const struct snapshot *picture, const char *muted)
{
	static const char *const words[] = {"", "went into copying: 3 shows what",
		"was waiting for input: 2 shows when", "was waiting for room in pipes: 3 shows which",
		"was waiting for locks: 5 shows which", "went into starting: 7 shows what",
		"was sleeping, disk or waiting for a CPU: 8 shows where"};
	unsigned worst = 1;

	for (unsigned i = 2; i < SNAP_STATE_COUNT; i++)
		if (picture->percent[i] > picture->percent[worst])
			worst = i;
	lines_add(lines, STYLE_PLAIN, 1, 1, "No findings%s. %zu worker%s ran your code only %u%% of the time; %u%% %s.",
		muted, picture->workers, picture->workers == 1 ? "" : "s", picture->percent[0], picture->percent[worst],
		words[worst]);
}

#define STILL_NS 3000000000ull

/* For how long nothing has moved: every thread of everybody waits for so long. 0: something may have. */
static uint64_t still_ns(const struct snapshot *picture)
{
	uint64_t still = UNKNOWN;

	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *process = &picture->processes[i];

		if (!process->alive || process->role == SNAP_INTERNAL)
			continue;
		if (!process->thread_count)
			return 0;
		for (size_t j = 0; j < process->thread_count; j++) {
			const struct snap_thread *thread = &process->thread_list[j];

			if (thread->ended)
				continue;
			if (!thread->doing || thread->for_ns == UNKNOWN)
				return 0;
			still = thread->for_ns < still ? thread->for_ns : still;
		}
	}
	return still == UNKNOWN || still < STILL_NS ? 0 : still;
}

bool lines_still(struct lines *lines, const struct tui *tui)
{
	uint64_t still = tui->picture->ended ? 0 : still_ns(tui->picture);
	char text[SHORT_SIZE];

	if (!still)
		return false;
	lines_add(lines, STYLE_BOLD, 1, 1, "Nothing has moved for %s: %s who waits for whom.",
		short_seconds(still, text), tui->view == VIEW_LOCKS ? "v shows" : "v on 5 Locks shows");
	return true;
}

void lines_healthy(struct lines *lines, const struct tui *tui)
{
	const struct snapshot *picture = tui->picture;
	const char *muted = picture->finding_count ? " that are not muted" : "";

	if (!picture->process_count)
		lines_add(lines, STYLE_PLAIN, 1, 1, "Nothing has started yet.");
	else if (picture->process_count < 2)
		lines_add(lines, STYLE_PLAIN, 1, 1, "One process%s. Workers appear when the program starts them.",
			picture->ended ? "" : " so far");
	if (lines_still(lines, tui))
		return;
	if (!picture->process_count || unmuted_findings(tui))
		return;
	if (!picture->workers || !picture->shares_known)
		lines_add(lines, STYLE_PLAIN, 1, 1, "No problems%s.", muted);
	else if (picture->percent[0] >= 50)
		lines_add(lines, STYLE_PLAIN, 1, 1, "No problems%s. %zu of %zu workers ran your code %u%% of the time.",
			muted, picture->workers, picture->workers, picture->percent[0]);
	else
		lines_idle(lines, picture, muted);
}

/* Two rows: the selected one, and the worst. */
void lines_worker_compact(struct lines *lines, const struct tui *tui, const struct snap_process *selected)
{
	if (selected && (selected->doing || selected->ended))
		lines_row(lines, STYLE_PLAIN, 1, "%s: %s", selected->name,
			selected->doing ? selected->doing : selected->ended);
	if (tui->picture->finding_count)
		lines_row(lines, STYLE_BOLD, 1, "%c %s", "EWN"[tui->picture->findings[0].level],
			tui -> picture -> findings[0].title);
}
