/* checkpoints.c: images of the model along a run. */
#include "checkpoints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/mem.h"

/* Some milliseconds of events lie between two images. When the images take too much memory, every second one goes and
 * the distance doubles: a longer run is not more exact than needed. */
#define GAP_EVENTS 16384u
#define BYTES_MAX ((size_t)192 << 20)

struct checkpoint {
	struct heap_image *image;
	uint64_t place;            /* where its next event stands in the file */
	uint64_t index;            /* how many events came before */
	uint64_t latest_ns;        /* of those */
	uint64_t earliest_ns;      /* of the events from here to the next checkpoint */
	uint64_t rest_earliest_ns; /* of all events from here on; made by finish_rest */
};

/* An event that names something, with its own copies of its texts. */
struct name {
	struct event event;
	uint64_t index;
};

struct checkpoints {
	char *path;
	struct source *again; /* the file once more, NULL until somebody goes back */
	struct heap *heap;    /* NULL: no images, everything is read again */
	struct model *model;  /* of all events taken; in the heap */
	struct model
		*there; /* where checkpoints_go went: the same at another moment, or one of its own without images */
	struct heap_image *head; /* of all events taken, while the model stands elsewhere */
	struct checkpoint *list;
	size_t count, room;
	bool rest_known;
	struct name *names;
	size_t name_count, name_room;
	uint64_t events, latest_ns, gap;
	size_t bytes_max;
};

struct checkpoints *checkpoints_new(const char *path)
{
	struct checkpoints *c = mem_zalloc(1, sizeof(*c));

	c->path = mem_copy_text(path);
	c->heap = heap_new();
	heap_use(c->heap);
	c->model = model_new();
	heap_use(NULL);
	checkpoints_tune(c, 0, 0);
	return c;
}

void checkpoints_tune(struct checkpoints *c, uint64_t gap, size_t bytes)
{
	c->gap = gap ? gap : GAP_EVENTS;
	c->bytes_max = bytes ? bytes : BYTES_MAX;
}

/* --- names --- */

static bool names_something(unsigned type)
{
	return type == EV_MODULE || type == EV_STACK || type == EV_SYMBOL || type == EV_SOURCE;
}

/* The texts of such an event. */
static unsigned texts_of(struct event *event, const char **out[2])
{
	switch (event->type) {
	case EV_MODULE:
		out[0] = &event->u.module.path;
		out[1] = &event->u.module.build_id;
		return 2;
	case EV_STACK:
		out[0] = &event->u.stack.frames;
		return 1;
	case EV_SYMBOL:
		out[0] = &event->u.symbol.function;
		out[1] = &event->u.symbol.file;
		return 2;
	default:
		out[0] = &event->u.source.file;
		out[1] = &event->u.source.text;
		return 2;
	}
}

static void name_add(struct checkpoints *c, const struct event *event)
{
	struct name *name;
	const char **texts[2];
	unsigned count;

	if (c->name_count == c->name_room) {
		c->name_room = c->name_room ? 2 * c->name_room : 256;
		c->names = mem_resize(c->names, c->name_room * sizeof(*c->names));
	}
	name = &c->names[c->name_count++];
	*name = (struct name){*event, c->events};
	count = texts_of(&name->event, texts);
	for (unsigned i = 0; i < count; i++)
		if (*texts[i])
			*texts[i] = mem_copy_text(*texts[i]);
}

static void names_free(struct checkpoints *c)
{
	for (size_t i = 0; i < c->name_count; i++) {
		const char **texts[2];
		unsigned count = texts_of(&c->names[i].event, texts);

		for (unsigned j = 0; j < count; j++)
			free((char *)(uintptr_t)*texts[j]);
	}
	free(c->names);
}

static bool has_images(const struct checkpoints *c)
{
	return c->heap && !heap_is_full(c->heap);
}

static void apply(struct checkpoints *c, struct model *model, const struct event *event)
{
	heap_use(model == c->model ? c->heap : NULL);
	model_apply(model, event);
	heap_use(NULL);
}

/* A name that the run told later than `ts_ns` counts as known then. */
static void apply_name(struct checkpoints *c, struct model *model, const struct event *event, uint64_t ts_ns)
{
	struct event early = *event;

	if (early.ts_ns > ts_ns)
		early.ts_ns = ts_ns;
	apply(c, model, &early);
}

/* --- taking events --- */

static void drop_images(struct checkpoints *c)
{
	for (size_t i = 0; i < c->count; i++)
		heap_drop(c->heap, c->list[i].image);
	heap_drop(c->heap, c->head);
	c->head = NULL;
	c->count = 0;
}

void checkpoints_free(struct checkpoints *c)
{
	if (!c)
		return;
	drop_images(c);
	free(c->list);
	if (c->there != c->model && c->there)
		model_free(c->there);
	if (!has_images(c))
		model_free(c->model);
	heap_free(c->heap);
	if (c->again)
		source_close(c->again);
	names_free(c);
	free(c->path);
	free(c);
}

static void thin_out(struct checkpoints *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (i % 2 == 0) {
			c->list[kept++] = c->list[i];
			continue;
		}
		if (c->list[i].earliest_ns < c->list[kept - 1].earliest_ns)
			c->list[kept - 1].earliest_ns = c->list[i].earliest_ns;
		heap_drop(c->heap, c->list[i].image);
	}
	c->count = kept;
	c->gap *= 2;
}

static void put_aside(struct checkpoints *c, uint64_t place)
{
	if (c->count == c->room) {
		c->room = c->room ? 2 * c->room : 64;
		c->list = mem_resize(c->list, c->room * sizeof(*c->list));
	}
	c->list[c->count++] = (struct checkpoint){.image = has_images(c) ? heap_save(c->heap) : NULL,
		.place = place,
		.index = c->events,
		.latest_ns = c->latest_ns,
		.earliest_ns = UINT64_MAX};
	while (has_images(c) && c->count > 2 && heap_image_bytes(c->heap) > c->bytes_max)
		thin_out(c);
}

/* Back to where all events are in. */
static void come_home(struct checkpoints *c)
{
	if (!c->head)
		return;
	heap_restore(c->heap, c->head);
	heap_drop(c->heap, c->head);
	c->head = NULL;
}

void checkpoints_take(struct checkpoints *c, const struct source *source, const struct event *event)
{
	uint64_t place;

	come_home(c);
	if ((!c->count || (has_images(c) && c->events - c->list[c->count - 1].index >= c->gap)) &&
		source_place(source, &place))
		put_aside(c, place);
	if (event->ts_ns > c->latest_ns)
		c->latest_ns = event->ts_ns;
	if (names_something(event->type))
		name_add(c, event);
	else if (c->count && event->ts_ns < c->list[c->count - 1].earliest_ns)
		c->list[c->count - 1].earliest_ns = event->ts_ns;
	apply(c, c->model, event);
	c->events++;
	c->rest_known = false;
}

struct model *checkpoints_model(struct checkpoints *c)
{
	come_home(c);
	return c->model;
}

uint64_t checkpoints_events(const struct checkpoints *c)
{
	return c->events;
}

/* --- going somewhere --- */

static void finish_rest(struct checkpoints *c)
{
	uint64_t earliest = UINT64_MAX;

	if (c->rest_known)
		return;
	for (size_t i = c->count; i-- > 0;) {
		if (c->list[i].earliest_ns < earliest)
			earliest = c->list[i].earliest_ns;
		c->list[i].rest_earliest_ns = earliest;
	}
	c->rest_known = true;
}

/* The last image in which nothing is too late; the first has nothing at all. */
static size_t checkpoint_before(const struct checkpoints *c, uint64_t ts_ns)
{
	size_t low = 0, high = c->count;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (c->list[middle].latest_ns <= ts_ns)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int open_again(struct checkpoints *c, uint64_t place)
{
	const char *why;

	if (c->again)
		return source_go(c->again, place);
	return source_open(c->path, &c->again, &why) ? -EIO : source_go(c->again, place);
}

/* Applies what the file tells from checkpoint `at` on, until nothing that belongs to the moment can follow. *index: of
 * the first event that was not looked at. */
static int replay(struct checkpoints *c, size_t at, uint64_t ts_ns, uint64_t *index)
{
	struct event event;
	const char *why;
	int result = 0;

	for (*index = c->list[at].index; *index < c->events; (*index)++) {
		if (at + 1 < c->count && *index == c->list[at + 1].index && c->list[++at].rest_earliest_ns > ts_ns)
			return 0;
		result = source_next(c->again, &event, &why);
		if (result <= 0)
			return result;
		if (names_something(event.type))
			apply_name(c, c->there, &event, ts_ns);
		else if (event.ts_ns <= ts_ns)
			apply(c, c->there, &event);
	}
	return 0;
}

/* Makes c->there the model of the image, or an empty one where there are no images. */
static void begin_at(struct checkpoints *c, size_t at)
{
	if (!has_images(c)) {
		if (c->there)
			model_free(c->there);
		c->there = model_new();
		return;
	}
	if (!c->head)
		c->head = heap_save(c->heap);
	heap_restore(c->heap, c->list[at].image);
	c->there = c->model;
}

int checkpoints_go(struct checkpoints *c, uint64_t ts_ns, struct model **out)
{
	struct event tick = {.type = EV_TICK, .ts_ns = ts_ns};
	uint64_t index = 0;
	size_t at, name;
	int error;

	if (!c->count)
		return -ENODATA;
	finish_rest(c);
	at = has_images(c) ? checkpoint_before(c, ts_ns) : 0;
	error = open_again(c, c->list[at].place);
	if (error)
		return error;
	begin_at(c, at);
	error = replay(c, at, ts_ns, &index);
	for (name = c->name_count; name > 0 && c->names[name - 1].index >= index; name--)
		;
	for (; name < c->name_count; name++)
		apply_name(c, c->there, &c->names[name].event, ts_ns);
	apply(c, c->there, &tick); /* time goes on between events too */
	*out = c->there;
	return error;
}

size_t checkpoints_count(const struct checkpoints *c)
{
	return c->count;
}

size_t checkpoints_bytes(const struct checkpoints *c)
{
	return c->heap ? heap_image_bytes(c->heap) : 0;
}
