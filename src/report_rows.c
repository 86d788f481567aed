/* report_rows.c: descriptors, segments, locks and losses of a report; the other rows are in files of their own. */
#include "report_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/mem.h"
#include "base/str.h"

#define ROWS_SHOWN 8

void *rows_grow(void *list, size_t *count, size_t size)
{
	char *bigger = mem_resize(list, (*count + 1) * size);

	memset(bigger + *count * size, 0, size);
	(*count)++;
	return bigger;
}

static char *label_of(struct model *model, const struct process *process)
{
	char label[64];

	return str_make("%s", process ? process_label(model, process, label, sizeof(label)) : "another program");
}

/* --- descriptors: processes that came near their limit, or used very many
 * --------------------------------------------- */

#define MANY_DESCRIPTORS 256

static int by_peak(const void *a, const void *b)
{
	const struct descriptor_row *x = a, *y = b;

	return x->peak != y->peak ? (x->peak > y->peak ? -1 : 1) : (x->pid > y->pid) - (x->pid < y->pid);
}

static void make_descriptors(struct report_rows *rows)
{
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p)) {
		struct descriptor_row *row;

		if (p->fds_peak < MANY_DESCRIPTORS &&
			(p->nofile_soft == 0 || (uint64_t)p->fds_peak * 2 < p->nofile_soft))
			continue;
		if (p->fds_peak == p->fds_inherited) /* all of them are its parent's: that one has the row */
			continue;
		rows->descriptors = rows_grow(rows->descriptors, &rows->descriptor_count, sizeof(*row));
		row = &rows->descriptors[rows->descriptor_count - 1];
		row->name = label_of(rows->model, p);
		row->pid = p->pid;
		row->peak = p->fds_peak;
		row->peak_ns = p->fds_peak_ns;
		row->limit = p->nofile_soft;
	}
	if (rows->descriptor_count)
		qsort(rows->descriptors, rows->descriptor_count, sizeof(*rows->descriptors), by_peak);
}

/* --- segments
 * ---------------------------------------------------------------------------------------------------------- */

static struct segment_row *segment_row_of(struct report_rows *rows, const struct segment *segment, const char *maker)
{
	struct segment_row *row;

	for (size_t i = 0; !segment->name && i < rows->segment_count; i++) {
		row = &rows->segments[i];
		if (!row->name && row->size == segment->size && strcmp(row->maker, maker) == 0)
			return row;
	}
	rows->segments = rows_grow(rows->segments, &rows->segment_count, sizeof(*row));
	row = &rows->segments[rows->segment_count - 1];
	row->maker = str_make("%s", maker);
	row->name = segment->name;
	row->size = segment->size;
	return row;
}

static int by_size(const void *a, const void *b)
{
	const struct segment_row *x = a, *y = b;

	return x->size != y->size ? (x->size > y->size ? -1 : 1)
				  : strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static void make_segments(struct report_rows *rows)
{
	for (const struct segment *s = model_segments(rows->model); s; s = segment_next(s)) {
		struct segment_row *row;
		char *maker;

		if (s->size == 0 || (!s->is_shm && s->mappers < 2))
			continue;
		maker = label_of(rows->model, s->maker);
		row = segment_row_of(rows, s, maker);
		row->count++;
		row->mappers = s->mappers > row->mappers ? s->mappers : row->mappers;
		row->left_behind |= s->is_shm && s->made_here && s->name && !s->unlinked;
		free(maker);
	}
	if (rows->segment_count)
		qsort(rows->segments, rows->segment_count, sizeof(*rows->segments), by_size);
}

/* --- locks that somebody waited for ----------------------------------------------------------------------------------
 */

static int by_wait(const void *a, const void *b)
{
	const struct lock_row *x = a, *y = b;

	return x->waited_ns != y->waited_ns ? (x->waited_ns > y->waited_ns ? -1 : 1) : 0;
}

static void make_locks(struct report_rows *rows)
{
	for (const struct lock *lock = model_locks(rows->model); lock; lock = lock_next(lock)) {
		if (lock->waits + lock->open.count == 0)
			continue;
		rows->locks = rows_grow(rows->locks, &rows->lock_count, sizeof(*rows->locks));
		rows->locks[rows->lock_count - 1] = (struct lock_row){.lock = lock,
			.waits = lock->waits + lock->open.count,
			.waited_ns = lock_waited_now(rows->model, lock),
			.longest_ns = lock_longest_now(rows->model, lock)};
	}
	if (rows->lock_count)
		qsort(rows->locks, rows->lock_count, sizeof(*rows->locks), by_wait);
}

/* --- losses
 * ------------------------------------------------------------------------------------------------------------ */

static void add_loss(struct report_rows *rows, char *text, uint64_t records)
{
	rows->losses = rows_grow(rows->losses, &rows->loss_count, sizeof(*rows->losses));
	rows->losses[rows->loss_count - 1] = (struct loss_row){.text = text, .records = records};
}

/* Less than this is what the dynamic linker reads of libraries. */
#define NOT_ATTRIBUTED_BYTES (1u << 20)

static void make_not_attributed(struct report_rows *rows)
{
	uint64_t in, out, in_sum = 0, out_sum = 0;
	char in_text[FORMAT_SIZE], out_text[FORMAT_SIZE];

	for (const struct process *p = model_processes(rows->model); p; p = process_next(p)) {
		process_not_attributed(p, &in, &out);
		in_sum += in;
		out_sum += out;
	}
	if (in_sum + out_sum >= NOT_ATTRIBUTED_BYTES && in_sum < UINT64_MAX / 2 && out_sum < UINT64_MAX / 2)
		add_loss(rows,
			str_make("not attributed: %s read and %s written by calls inside libc (stdio) or of the "
				 "program's own",
				format_bytes(in_sum, in_text), format_bytes(out_sum, out_text)),
			0);
}

static void make_losses(struct report_rows *rows)
{
	uint64_t by_reason[16] = {0}, unwatched[16] = {0};

	for (const struct loss *loss = model_losses(rows->model); loss; loss = loss->next)
		if (loss->reason < 16)
			by_reason[loss->reason] += loss->records;
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p))
		if (p->unwatched_told && !p->watched && p->unwatched_reason < 16)
			unwatched[p->unwatched_reason]++;
	for (unsigned i = 0; i < 16; i++)
		if (by_reason[i])
			add_loss(rows, str_make("%s", kind_name_loss(i)), by_reason[i]);
	for (unsigned i = 0; i < 16; i++)
		if (unwatched[i])
			add_loss(rows, str_make("processes not watched inside: %s", kind_name_unwatched(i)),
				unwatched[i]);
	make_not_attributed(rows);
	if (rows->damaged)
		add_loss(rows, str_make("damaged parts of the recording were left out"), 0);
	if (!model_run(rows->model)->ended)
		add_loss(rows, str_make("the recording ends before the run did"), 0);
}

void rows_make(struct report_rows *rows)
{
	rows_make_workers(rows);
	rows_make_channels(rows);
	rows_make_tasks(rows);
	rows_make_runs(rows);
	rows_make_waiting(rows);
	rows_make_exits(rows);
	rows_make_exceptions(rows);
	make_descriptors(rows);
	make_segments(rows);
	make_locks(rows);
	make_losses(rows);
}

void rows_free(struct report_rows *rows)
{
	for (size_t i = 0; i < rows->worker_count; i++)
		free(rows->workers[i].name);
	for (size_t i = 0; i < rows->channel_count; i++) {
		free(rows->channels[i].from);
		free(rows->channels[i].to);
	}
	for (size_t i = 0; i < rows->descriptor_count; i++)
		free(rows->descriptors[i].name);
	for (size_t i = 0; i < rows->segment_count; i++)
		free(rows->segments[i].maker);
	for (size_t i = 0; i < rows->exit_count; i++)
		free(rows->exits[i].who);
	for (size_t i = 0; i < rows->loss_count; i++)
		free(rows->losses[i].text);
	free(rows->workers);
	free(rows->channels);
	exchange_free(rows->objects);
	for (size_t i = 0; i < rows->task_count; i++)
		free(rows->tasks[i].who);
	free(rows->tasks);
	for (size_t i = 0; i < rows->run_count; i++)
		free(rows->runs[i].who);
	free(rows->runs);
	for (size_t i = 0; i < rows->waiting_count; i++)
		free(rows->waiting[i].who);
	free(rows->waiting);
	free(rows->descriptors);
	free(rows->segments);
	free(rows->locks);
	free(rows->exits);
	for (size_t i = 0; i < rows->exception_count; i++)
		free(rows->exceptions[i].who);
	free(rows->exceptions);
	free(rows->losses);
	free(rows->findings);
}
