#include "dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/mem.h"
#include "base/text.h"

#define FRAMES_SHOWN 24

/* Threads with the same stack in the same call. */
struct place {
	const struct snap_process *process; /* of the first one */
	const struct snap_thread *thread;   /* NULL: a process of which no thread was seen */
	size_t order;                       /* of the group that it belongs to: the place of its first */
	unsigned size;                      /* of that group */
};

struct dump {
	const struct snapshot *picture;
	enum text_mode mode;
	struct str *out;
	struct place *places;
	size_t count;
};

/* One line; everything in it may be foreign text. */
static void put(struct dump *dump, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct dump *dump, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	text_clean(dump->out, text, (size_t)length, dump->mode);
	str_puts(dump->out, "\n");
	free(text);
}

/* --- groups --- */

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_stacks(const struct snap_stack *a, const struct snap_stack *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (size_t i = 0; i < a->count; i++) {
		int order = compare_texts(a->frames[i].file, b->frames[i].file);

		if (order == 0)
			order = compare_texts(a->frames[i].function, b->frames[i].function);
		if (order == 0)
			order = (a->frames[i].line > b->frames[i].line) - (a->frames[i].line < b->frames[i].line);
		if (order)
			return order;
	}
	return 0;
}

static int compare_waits(const struct place *a, const struct place *b)
{
	int order;

	if (!a->thread || !b->thread)
		return !a->thread - !b->thread ? !a->thread - !b->thread
					       : compare_texts(a->process->probe, b->process->probe);
	order = compare_texts(a->thread->doing, b->thread->doing);
	return order ? order : compare_stacks(&a->thread->stack, &b->thread->stack);
}

static int by_wait(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = compare_waits(x, y);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_group(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	/* inside of a group as in the picture */
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->thread > y->thread) - (x->thread < y->thread);
}

static void place_add(struct dump *dump, const struct snap_process *process, const struct snap_thread *thread)
{
	dump->places[dump->count] = (struct place){process, thread, dump->count, 0};
	dump->count++;
}

static void find_places(struct dump *dump)
{
	const struct snapshot *picture = dump->picture;
	size_t room = 1;

	for (size_t i = 0; i < picture->process_count; i++)
		room += picture->processes[i].thread_count + 1;
	dump->places = mem_zalloc(room, sizeof(*dump->places));
	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *process = &picture->processes[i];
		bool any = false;

		for (size_t j = 0; process->alive && j < process->thread_count; j++) {
			if (process->thread_list[j].ended)
				continue;
			place_add(dump, process, &process->thread_list[j]);
			any = true;
		}
		if (process->alive && !any)
			place_add(dump, process, NULL);
	}
}

/* The biggest group first. */
static void group_places(struct dump *dump)
{
	struct place *places = dump->places;

	qsort(places, dump->count, sizeof(*places), by_wait);
	for (size_t i = 0; i < dump->count;) {
		size_t end = i + 1;

		while (end < dump->count && compare_waits(&places[i], &places[end]) == 0)
			end++;
		for (size_t j = end; j-- > i;) {
			places[j].order = places[i].order;
			places[j].size = (unsigned)(end - i);
		}
		i = end;
	}
	qsort(places, dump->count, sizeof(*places), by_group);
}

/* --- names --- */

/* "w12" is worker 12; others have no number. */
static unsigned number_of(const struct place *place)
{
	unsigned number;
	char rest;

	if (!place->thread || place->thread->main)
		if (sscanf(place->process->name, "w%u%c", &number, &rest) == 1)
			return number;
	return 0;
}

#define NAMES_LENGTH 60u

/* "main, w1-w8, w11 thread 4123" */
static void names_of(const struct place *places, unsigned count, struct str *out)
{
	for (unsigned i = 0; i < count;) {
		unsigned first = number_of(&places[i]), end = i + 1;

		while (first && end < count && number_of(&places[end]) == first + (end - i))
			end++;
		str_puts(out, i ? ", " : "");
		if (out->length > NAMES_LENGTH) {
			str_printf(out, "and %u more", count - i);
			return;
		}
		str_puts(out, places[i].process->name);
		if (places[i].thread && !places[i].thread->main)
			str_printf(out, " thread %u", places[i].thread->tid);
		if (end - i > 1)
			str_printf(out, "-w%u", first + (end - i) - 1);
		i = end;
	}
}

/* --- what is printed --- */

static void put_frame(struct dump *dump, const struct snap_frame *frame)
{
	char place[300];

	if (frame->file)
		snprintf(place, sizeof(place), "%s:%u", text_last_part(frame->file), frame->line);
	else
		snprintf(place, sizeof(place), "%s", frame->module ? text_last_part(frame->module) : "?");
	put(dump, "      %c %-26s %-22s%s%s", frame->user ? '>' : ' ', place, frame->function ? frame->function : "?",
		frame->source ? " " : "", frame->source ? frame->source : "");
}

/* The longest of the group. */
static uint64_t longest(const struct place *places, unsigned count)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < count; i++) {
		if (places[i].thread->for_ns == UNKNOWN)
			return UNKNOWN;
		if (places[i].thread->for_ns > most)
			most = places[i].thread->for_ns;
	}
	return most;
}

static void put_group(struct dump *dump, const struct place *places)
{
	const struct snap_thread *thread = places->thread;
	const char *probe = places->process->probe;
	struct str names = {0};
	char time[FORMAT_SIZE];
	uint64_t waits;

	names_of(places, places->size, &names);
	if (!thread) {
		put(dump, "%3u x %s: no thread was seen%s%s", places->size, names.data,
			probe && strcmp(probe, "ok") != 0 ? ": " : "", probe && strcmp(probe, "ok") != 0 ? probe : "");
		str_fini(&names);
		return;
	}
	waits = thread->doing ? longest(places, places->size) : UNKNOWN;
	put(dump, "%3u x %s: %s%s%s", places->size, names.data,
		thread->doing  ? thread->doing
		: thread->runs ? "runs"
			       : "in no call that waits",
		waits == UNKNOWN   ? ""
		: places->size > 1 ? " for up to "
				   : " for ",
		waits == UNKNOWN ? "" : format_seconds(waits, time));
	if (!thread->stack.count)
		put(dump, "        no stack is known of this moment");
	for (size_t i = 0; i < thread->stack.count && i < FRAMES_SHOWN; i++)
		put_frame(dump, &thread->stack.frames[i]);
	if (thread->stack.count > FRAMES_SHOWN)
		put(dump, "        and %zu more", thread->stack.count - FRAMES_SHOWN);
	str_fini(&names);
}

static void put_lock(struct dump *dump, const struct snap_lock *lock)
{
	const struct snap_process *holder =
		lock->holder_process ? snapshot_process(dump->picture, lock->holder_process) : NULL;

	put(dump, "  %s --wait--> %s%s%s (%s%s%s) %s%s%s%s", lock->waiting, lock->label, lock->name ? " " : "",
		lock->name ? lock->name : "", lock->kind, lock->place ? ", made at " : "",
		lock->place ? lock->place : "", lock->holder ? "--held by--> " : "holder not known",
		lock->holder ? lock->holder : "", holder && !holder->alive ? ", which has " : "",
		holder && !holder->alive ? (holder->ended ? holder->ended : "ended") : "");
}

static void put_waits(struct dump *dump)
{
	const struct snapshot *picture = dump->picture;
	bool any = false;

	for (size_t i = 0; i < picture->lock_count; i++) {
		if (!picture->locks[i].waiting)
			continue;
		if (!any)
			str_puts(dump->out, "\nWho waits for whom:\n");
		any = true;
		put_lock(dump, &picture->locks[i]);
	}
}

static void put_finding(struct dump *dump, const struct snap_finding *finding)
{
	put(dump, "  %s[%s]: %s", finding->level_name, finding->code, finding->title);
	if (finding->file)
		put(dump, "    --> %s:%u%s%s", finding->file, finding->line, finding->function ? " in " : "",
			finding->function ? finding->function : "");
	for (size_t i = 0; i < finding->seen_count; i++)
		put(dump, "    = seen: %s", finding->seen[i]);
}

void dump_write(const struct snapshot *picture, enum text_mode mode, struct str *out)
{
	struct dump dump = {.picture = picture, .mode = mode, .out = out};
	char clock[FORMAT_SIZE];

	put(&dump, "%s  pid %d, at %s: %zu of %zu processes alive%s%s", picture->command ? picture->command : "?",
		picture->pid, format_clock(picture->now_ns, clock), picture->alive, picture->alive + picture->dead,
		picture->status ? ", " : "", picture->status ? picture->status : "");
	find_places(&dump);
	group_places(&dump);
	for (size_t i = 0; i < dump.count; i += dump.places[i].size) {
		str_puts(out, "\n");
		put_group(&dump, &dump.places[i]);
	}
	put_waits(&dump);
	if (picture->finding_count)
		str_puts(out, "\nFindings so far:\n");
	else
		str_puts(out, "\nNo findings so far.\n");
	for (size_t i = 0; i < picture->finding_count; i++)
		put_finding(&dump, &picture->findings[i]);
	free(dump.places);
}
