/* view_locks.c: screen 5: locks that processes share, who holds and who waits; segments. */
#include <string.h>

#include "base/format.h"
#include "base/str.h"
#include "short.h"
#include "view.h"

static const struct snap_lock *lock_of(const void *row)
{
	return row;
}

#define GET_TEXT(column, field)                                                                                        \
	static void get_##column(const struct tui *tui, const void *row, struct value *out)                            \
	{                                                                                                              \
		(void)tui;                                                                                             \
		value_text(out, lock_of(row)->field);                                                                  \
	}
GET_TEXT(label, label)
GET_TEXT(name, name)
GET_TEXT(kind, kind)
GET_TEXT(place, place)
GET_TEXT(waiting, waiting)

static void get_holder(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_lock *lock = lock_of(row);

	(void)tui;
	value_text(out, lock->holder);
	if (!lock->holder || !lock->holder_dead)
		return;
	snprintf(out->text, sizeof(out->text), "%s !", lock->holder);
	out->style = STYLE_ERROR;
}

#define GET_NUMBER(column, field, format)                                                                              \
	static void get_##column(const struct tui *tui, const void *row, struct value *out)                            \
	{                                                                                                              \
		char text[SHORT_SIZE];                                                                                 \
                                                                                                                       \
		(void)tui;                                                                                             \
		value_number(out, (double)lock_of(row)->field, format(lock_of(row)->field, text));                     \
	}
GET_NUMBER(taken, takes, short_count)
GET_NUMBER(waited, waited_ns, short_seconds)

static void get_contended(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_lock *lock = lock_of(row);
	double share = lock->takes ? (double)lock->waits / (double)lock->takes : lock->waits ? 1 : 0;

	(void)tui;
	value_number(out, share, NULL);
	if (lock->takes || lock->waits)
		snprintf(out->text, sizeof(out->text), share > 0 && share < 0.005 ? "<1%%" : "%.0f%%",
			share > 1 ? 100 : share * 100);
}

static void get_longest(const struct tui *tui, const void *row, struct value *out)
{
	uint64_t ns = lock_of(row)->longest_ns;
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, (double)ns, ns ? short_seconds(ns, text) : "-");
}

/* "-": nothing measured, as for a semaphore that one process takes and another one posts. */
static void get_held(const struct tui *tui, const void *row, struct value *out)
{
	const struct snap_lock *lock = lock_of(row);
	uint64_t ns = lock->releases ? lock->held_ns / lock->releases : 0;
	char text[SHORT_SIZE];

	(void)tui;
	value_number(out, (double)ns, ns ? short_seconds(ns, text) : "-");
}

#define COLUMNS_LOCKS
#include "columns.h"

static bool is_shown(const struct tui *tui, const struct snap_lock *lock)
{
	if (lock->internal && tui->show != SHOW_INTERNAL)
		return lock->holder_dead;
	if (tui->show == SHOW_PROBLEMS)
		return lock->waiting || lock->holder_dead;
	return tui->show == SHOW_INTERNAL || lock->takes || lock->waits || lock->waiting || lock->holder;
}

static void rows(const struct tui *tui, struct table *table)
{
	for (size_t i = 0; i < tui->picture->lock_count; i++)
		if (is_shown(tui, &tui->picture->locks[i]))
			table_add(table, &tui->picture->locks[i], i + 1);
}

#define WAITERS_SHOWN 4

static const struct snap_lock *lock_waited(const struct snapshot *picture, const struct snap_process *process)
{
	for (size_t i = 0; process->lock && i < picture->lock_count; i++)
		if (strcmp(picture->locks[i].label, process->lock) == 0)
			return &picture->locks[i];
	return NULL;
}

/* Whom it waits for, 0: nobody is known, or several. */
static uint32_t next_of(const struct snapshot *picture, const struct snap_process *process)
{
	const struct snap_lock *lock = lock_waited(picture, process);

	return lock ? lock->holder_process : process->waits_process;
}

/* Does the way from `process` come back to it? */
static bool in_circle(const struct snapshot *picture, const struct snap_process *process)
{
	const struct snap_process *at = process;

	for (size_t i = 0; i < picture->process_count; i++) {
		uint32_t next = next_of(picture, at);

		at = next ? snapshot_process(picture, next) : NULL;
		if (!at || !at->alive)
			return false;
		if (at == process)
			return true;
	}
	return false;
}

static void lines_waiter(
	struct lines *lines, const struct tui *tui, const struct snap_lock *lock, const struct snap_process *process)
{
	const struct snap_process *holder =
		lock->holder_process ? snapshot_process(tui->picture, lock->holder_process) : NULL;
	char time[SHORT_SIZE], clock[SHORT_SIZE];

	if (!holder)
		lines_add(lines, STYLE_PLAIN, 3, 5, "%s %d --waits %s--> %s %s (holder not known)", process->name,
			process->pid, short_seconds(process->for_ns, time), lock->label, lock->name ? lock->name : "");
	else if (!holder->alive)
		lines_add(lines, STYLE_ERROR, 3, 5, "%s %d --waits %s--> %s %s --held by--> %s %d (ended %s)",
			process->name, process->pid, short_seconds(process->for_ns, time), lock->label,
			lock->name ? lock->name : "", holder->name, holder->pid, short_clock(holder->dead_ns, clock));
	else
		lines_add(lines, STYLE_PLAIN, 3, 5, "%s %d --waits %s--> %s %s --held by--> %s %d (%c)", process->name,
			process->pid, short_seconds(process->for_ns, time), lock->label, lock->name ? lock->name : "",
			holder->name, holder->pid, holder->state);
}

/* Who waits for which lock, and who took that last: facts of this moment, no proof of a deadlock. */
static void lines_waits(struct lines *lines, const struct tui *tui)
{
	const struct snapshot *picture = tui->picture;
	bool any = false;

	for (size_t i = 0; i < picture->lock_count; i++) {
		const struct snap_lock *lock = &picture->locks[i];
		size_t told = 0;

		if (!lock->waiting)
			continue;
		if (!any)
			lines_rule(lines, "who waits for whom");
		any = true;
		for (size_t j = 0; j < picture->process_count; j++)
			if (picture->processes[j].lock && strcmp(picture->processes[j].lock, lock->label) == 0 &&
				told++ < WAITERS_SHOWN)
				lines_waiter(lines, tui, lock, &picture->processes[j]);
		if (told > WAITERS_SHOWN)
			lines_row(lines, STYLE_DIM, 3, "and %zu more wait for %s", told - WAITERS_SHOWN, lock->label);
	}
}

/* "for a child in waitpid" of "waits for a child in waitpid" */
static const char *words_of(const char *doing)
{
	static const char waits[] = "waits ";

	return strncmp(doing, waits, sizeof(waits) - 1) == 0 ? doing + sizeof(waits) - 1 : doing;
}

static void lines_edge(struct lines *lines, const struct tui *tui, const struct snap_process *process)
{
	const struct snap_lock *lock = lock_waited(tui->picture, process);
	char time[SHORT_SIZE];

	if (lock)
		lines_waiter(lines, tui, lock, process);
	else
		lines_add(lines, STYLE_PLAIN, 3, 5, "%s %d --waits %s--> %s%s%s", process->name, process->pid,
			short_seconds(process->for_ns, time),
			process->waits_for ? process->waits_for : words_of(process->doing),
			process->where ? " at " : "", process->where ? process->where : "");
	for (size_t i = 0; i < process->thread_count; i++) {
		const struct snap_thread *thread = &process->thread_list[i];

		if (!thread->main && thread->doing && (thread->state == 'O' || thread->state == 'L'))
			lines_add(lines, STYLE_PLAIN, 5, 7, "its thread %s %s for %s", thread->name ? thread->name : "",
				thread->doing, short_seconds(thread->for_ns, time));
	}
}

/* Everybody who waits, in words. What a circle needs to be a proof (that nobody else could end it) is not known here.
 */
static void lines_graph(struct lines *lines, const struct tui *tui)
{
	const struct snapshot *picture = tui->picture;
	struct str circle = {0};
	size_t waiting = 0;

	lines_rule(lines, "who waits for whom, as far as is known");
	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *process = &picture->processes[i];

		if (!process->alive || !process->doing)
			continue;
		waiting++;
		lines_edge(lines, tui, process);
		if (in_circle(picture, process))
			str_printf(&circle, "%s%s", circle.length ? ", " : "", process->name);
	}
	if (!waiting)
		lines_row(lines, STYLE_PLAIN, 3, "Nobody waits at this moment.");
	else if (circle.length)
		lines_add(lines, STYLE_ERROR, 1, 3, "A circle: %s wait for each other.", circle.data);
	else
		lines_row(lines, STYLE_PLAIN, 1, "No circle is seen.");
	str_fini(&circle);
}

static void lines_lock(struct lines *lines, const struct snap_lock *lock)
{
	char average[FORMAT_SIZE];

	lines_rule(lines, "%s %s: %s", lock->label, lock->name ? lock->name : "", lock->kind);
	lines_add(lines, STYLE_PLAIN, 1, 3, "%u process%s opened it.%s%s", lock->users, lock->users == 1 ? "" : "es",
		lock->waits ? "  A wait lasts on average " : "",
		lock->waits ? format_seconds(lock->waited_ns / lock->waits, average) : "");
	if (lock->takes >= 5 && lock->waits * 5 >= lock->takes)
		lines_add(lines, STYLE_PLAIN, 1, 3,
			"%u%% of its takes had to wait: hold it for less, or give each worker data of its own.",
			lock->waits < lock->takes ? (unsigned)(lock->waits * 100 / lock->takes) : 100);
	if (lock->stack.count) {
		lines_row(lines, STYLE_PLAIN, 1, "made at:");
		lines_stack(lines, &lock->stack, 6);
	}
}

static void draw(struct tui *tui, struct rect body)
{
	const struct snap_lock *selected = table_selected(&tui->table);
	bool contended = false;
	struct lines detail;
	struct rect row;

	if (body.h > 12)
		view_take_row(&body, &row);
	for (size_t i = 0; i < tui->picture->lock_count; i++)
		contended |= !tui->picture->locks[i].internal &&
			     (tui->picture->locks[i].waits || tui->picture->locks[i].waiting);
	lines_init(&detail, &tui->canvas);
	if (tui->graph) {
		int last;

		lines_graph(&detail, tui);
		last = lines_height(&detail, body.w - 1) - body.h;
		tui->scroll[VIEW_LOCKS] =
			tui->scroll[VIEW_LOCKS] > last ? (last > 0 ? last : 0) : tui->scroll[VIEW_LOCKS];
		lines_draw(&detail, &tui->canvas, body, tui->scroll[VIEW_LOCKS]);
		lines_fini(&detail);
		return;
	}
	if (!contended)
		lines_add(&detail, STYLE_PLAIN, 1, 1, "No lock was contended%s.", tui->picture->ended ? "" : " so far");
	lines_still(&detail, tui);
	lines_problems_of(&detail, tui, "DL");
	lines_waits(&detail, tui);
	if (selected)
		lines_lock(&detail, selected);
	lines_segments(&detail, tui);
	view_draw_table(tui, body, &detail);
	lines_fini(&detail);
}

/* Who waits for the selected lock, by their stacks. */
static bool act(struct tui *tui, enum action action)
{
	const struct snap_lock *selected = table_selected(&tui->table);

	if (action == ACTION_GROUP || (action == ACTION_BACK && tui->graph)) {
		tui->graph = tui->opened[VIEW_LOCKS] = !tui->graph;
		tui->scroll[VIEW_LOCKS] = 0;
		return true;
	}
	if (action != ACTION_OPEN || !selected)
		return false;
	for (size_t i = 0; i < tui->picture->process_count; i++)
		if (tui->picture->processes[i].lock && strcmp(tui->picture->processes[i].lock, selected->label) == 0) {
			tui->focus = tui->picture->processes[i].number;
			tui_go(tui, VIEW_STACKS);
			return true;
		}
	tui_message(tui, "Nobody waits for %s at this moment: [ and { go back in time.", selected->label);
	return true;
}

static void status(const struct tui *tui, char *text, size_t size)
{
	const struct snapshot *picture = tui->picture;
	size_t hidden = picture->lock_count - tui->table.count - tui->table.hidden, internal = 0;

	for (size_t i = 0; i < picture->lock_count; i++)
		internal += picture->locks[i].internal && !is_shown(tui, &picture->locks[i]);
	snprintf(text, size, "%zu lock%s.  Hidden%s: %zu of queues and pools, %zu never used.", picture->lock_count,
		picture->lock_count == 1 ? "" : "s", hidden ? " (a shows them)" : "", internal, hidden - internal);
}

static bool place(const struct tui *tui, struct place *out)
{
	const struct snap_lock *selected = table_selected(&tui->table);

	return selected && place_of_stack(&selected->stack, out);
}

const struct view view_locks = {.columns = columns,
	.column_count = COLUMN_COUNT,
	.rows = rows,
	.draw = draw,
	.act = act,
	.status = status,
	.place = place};
