/* Going to a moment by an image gives the same picture as building the model from the first event; images are thinned
 * when they take too much; more events may come after going back. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "checkpoints.h"
#include "history.h"
#include "snapshot.h"

/* What a picture says, as text. */
static char *picture(struct model *model, struct history *history)
{
	struct snapshot *s = snapshot_take(model, history);
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "%s %d %lu %zu %zu %s\n", s->command, s->pid, s->now_ns, s->alive, s->dead,
		s->status ? s->status : "-");
	for (size_t i = 0; i < s->process_count; i++) {
		const struct snap_process *p = &s->processes[i];

		fprintf(out, "%u %s %c %lu %s %s %lu %u %zu %zu\n", p->number, p->name, p->state, p->fds,
			p->where ? p->where : "-", p->ended ? p->ended : "-", p->rss_bytes, p->percent[0],
			p->fd_group_count, p->thread_count);
		for (size_t j = 0; j < p->fd_group_count; j++)
			fprintf(out, "  %lu %lu %s %s\n", p->fd_groups[j].open, p->fd_groups[j].closed,
				p->fd_groups[j].kind, p->fd_groups[j].place ? p->fd_groups[j].place : "-");
	}
	for (size_t i = 0; i < s->channel_count; i++)
		fprintf(out, "%s %s %s %lu %lu\n", s->channels[i].kind, s->channels[i].from, s->channels[i].to,
			s->channels[i].messages, s->channels[i].bytes);
	for (size_t i = 0; i < s->lock_count; i++)
		fprintf(out, "%s %lu %s %s\n", s->locks[i].label, s->locks[i].takes,
			s->locks[i].holder ? s->locks[i].holder : "-", s->locks[i].waiting ? s->locks[i].waiting : "-");
	for (size_t i = 0; i < s->finding_count; i++)
		fprintf(out, "%s %s %s\n", s->findings[i].code, s->findings[i].title,
			s->findings[i].who ? s->findings[i].who : "-");
	fclose(out);
	snapshot_free(s);
	return text;
}

static bool is_name(unsigned type)
{
	return type == EV_MODULE || type == EV_STACK || type == EV_SYMBOL || type == EV_SOURCE;
}

static char *by_all_events(const char *path, uint64_t ts_ns, struct history *history)
{
	struct model *model = model_new();
	struct event event, tick = {.type = EV_TICK, .ts_ns = ts_ns};
	struct source *source;
	const char *why;
	char *text;

	cr_assert_eq(source_open(path, &source, &why), 0);
	while (source_next(source, &event, &why) > 0) {
		if (event.ts_ns > ts_ns && !is_name(event.type))
			continue;
		event.ts_ns = event.ts_ns > ts_ns ? ts_ns : event.ts_ns;
		model_apply(model, &event);
	}
	source_close(source);
	model_apply(model, &tick);
	text = picture(model, history);
	model_free(model);
	return text;
}

struct run {
	const char *path;
	struct source *source;
	struct checkpoints *checkpoints;
	struct history *history;
	uint64_t end_ns;
};

/* Takes at most `count` events. */
static void take(struct run *run, size_t count)
{
	struct event event;
	const char *why;

	while (count-- && source_next(run->source, &event, &why) > 0) {
		checkpoints_take(run->checkpoints, run->source, &event);
		history_apply(run->history, checkpoints_model(run->checkpoints), &event);
		run->end_ns = model_now_ns(checkpoints_model(run->checkpoints));
	}
}

static void begin(struct run *run, const char *path, uint64_t gap, size_t bytes)
{
	const char *why;

	*run = (struct run){.path = path, .checkpoints = checkpoints_new(path), .history = history_new()};
	checkpoints_tune(run->checkpoints, gap, bytes);
	cr_assert_eq(source_open(path, &run->source, &why), 0);
}

static void end(struct run *run)
{
	source_close(run->source);
	checkpoints_free(run->checkpoints);
	history_free(run->history);
}

static void expect_moment(struct run *run, uint64_t ts_ns)
{
	struct model *model = NULL;
	char *wanted = by_all_events(run->path, ts_ns, run->history), *got;

	cr_assert_eq(checkpoints_go(run->checkpoints, ts_ns, &model), 0);
	got = picture(model, run->history);
	cr_assert_str_eq(got, wanted, "%s at %lu", run->path, ts_ns);
	free(got);
	free(wanted);
}

static void expect_moments(const char *path, uint64_t gap)
{
	static const unsigned parts[] = {50, 10, 99, 0, 73, 74, 33};
	struct run run;

	begin(&run, path, gap, 0);
	take(&run, SIZE_MAX);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		expect_moment(&run, run.end_ns / 100 * parts[i]);
	end(&run);
}

Test(checkpoints, same_picture_as_from_the_first_event)
{
	glob_t found;

	cr_assert_eq(glob(MPW_TEST_SOURCE "/tests/golden/*.trace", 0, NULL, &found), 0);
	cr_assert_eq(glob(MPW_TEST_SOURCE "/tests/tui/*.trace", GLOB_APPEND, NULL, &found), 0);
	cr_assert_gt(found.gl_pathc, 20);
	for (size_t i = 0; i < found.gl_pathc; i++)
		expect_moments(found.gl_pathv[i], i % 2 ? 1 : 7);
	globfree(&found);
}

Test(checkpoints, thinned_when_they_take_too_much)
{
	struct run run;

	begin(&run, MPW_TEST_SOURCE "/tests/tui/thumbs.trace", 1, 1 << 20);
	take(&run, SIZE_MAX);
	cr_assert_leq(checkpoints_bytes(run.checkpoints), 1 << 20);
	cr_assert_gt(checkpoints_count(run.checkpoints), 2);
	cr_assert_lt(checkpoints_count(run.checkpoints), 400);
	expect_moment(&run, 6200000000);
	expect_moment(&run, 2000000000);
	end(&run);
}

Test(checkpoints, events_come_after_going_back)
{
	struct run run;
	char *wanted, *got;

	begin(&run, MPW_TEST_SOURCE "/tests/tui/thumbs.trace", 10, 0);
	take(&run, 300);
	cr_assert_eq(checkpoints_go(run.checkpoints, 1000000000, &(struct model *){NULL}), 0);
	take(&run, SIZE_MAX);
	wanted = by_all_events(run.path, run.end_ns, run.history);
	got = picture(checkpoints_model(run.checkpoints), run.history);
	cr_assert_str_eq(got, wanted);
	free(got);
	free(wanted);
	expect_moment(&run, 3000000000);
	end(&run);
}

Test(heap, images_bring_back_what_was_there)
{
	struct heap *heap = heap_new();
	struct heap_image *early, *late;
	char *small, *big;

	heap_use(heap);
	small = mem_copy_text("early");
	big = mem_zalloc(1, 100000);
	heap_use(NULL);
	early = heap_save(heap);
	strcpy(small, "late");
	heap_use(heap);
	big = mem_resize(big, 1000000);
	mem_free(mem_zalloc(3, 700));
	heap_use(NULL);
	late = heap_save(heap);
	heap_restore(heap, early);
	cr_assert_str_eq(small, "early");
	heap_restore(heap, late);
	cr_assert_str_eq(small, "late");
	heap_drop(heap, early);
	heap_drop(heap, late);
	cr_assert_eq(heap_image_bytes(heap), 0);
	heap_free(heap);
}

Test(heap, blocks_of_every_size_are_whole_and_used_again)
{
	struct heap *heap = heap_new();

	heap_use(heap);
	for (size_t size = 0; size < 5000; size += size < 600 ? 1 : 37) {
		char *block = mem_alloc(size), *other = mem_alloc(size), *again;

		cr_assert_geq(heap_block_size(block), size);
		memset(block, 1, size);
		memset(other, 2, size);
		cr_assert(size == 0 || (block[size - 1] == 1 && other[0] == 2));
		mem_free(block);
		again = mem_alloc(size);
		cr_assert_eq(again, block);
		cr_assert_eq((uintptr_t)again % 16, 0);
	}
	heap_free(heap);
}
