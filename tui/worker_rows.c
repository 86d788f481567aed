/* worker_rows.c: see worker_rows.h. Whoever is selected or followed always has a row of his own, so that a selection
 * stays; and nothing folds while a text is looked for or rows are sorted by a column. */
#include "worker_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "short.h"
#include "view.h"

#define MANY 60      /* too many rows to be looked through: problems come first */
#define FOLD_LEAST 8 /* equal ones that make a row together */
#define FOLD_ROWS 32 /* with so many rows the living fold, too */
#define FOLD_MAX 32  /* different ones */
#define FOLD_BIT (UINT64_C(1) << 63)

const struct worker_fold *worker_fold_of(const struct snap_process *row)
{
	return row && !row->number ? (const struct worker_fold *)row : NULL;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	while (text && *text)
		hash = (hash ^ (unsigned char)*text++) * UINT64_C(0x100000001b3);
	return hash;
}

/* Equal for those of equal role and state, or end. */
static uint64_t key_of(const struct snap_process *process)
{
	uint64_t key = (uint64_t)process->role * 512 + (uint64_t)process->bad_end * 256 + (unsigned char)process->state;

	if (process->role == SNAP_COMMAND)
		key = hash_text(key, process->name);
	return hash_text(key + 1, process->alive ? NULL : process->exit ? process->exit : "?") | FOLD_BIT;
}

static bool is_own(const struct tui *tui, const struct snap_process *process, uint64_t key)
{
	if (process->role == SNAP_MAIN || process->number == tui->tables[VIEW_WORKERS].selected)
		return true;
	if (tui->follow && process->number == tui->focus)
		return true;
	for (unsigned i = 0; i < tui->unfolded_count; i++)
		if (tui->unfolded[i] == key)
			return true;
	return false;
}

/* --- the rows that stand for several --- */

struct folds {
	struct worker_fold *list[FOLD_MAX];
	size_t count;
};

static struct worker_fold *fold_find(struct folds *folds, uint64_t key)
{
	for (size_t i = 0; i < folds->count; i++)
		if (folds->list[i]->id == key)
			return folds->list[i];
	return NULL;
}

static uint64_t sum_known(uint64_t a, uint64_t b)
{
	return a == UNKNOWN ? b : b == UNKNOWN ? a : a + b;
}

static void fold_add(struct worker_fold *fold, const struct snap_process *process)
{
	struct snap_process *sum = &fold->sum;

	if (!fold->count++) {
		fold->first = process;
		*sum = *process;
		sum->number = 0;
		sum->pid = 0;
		sum->thread_count = sum->fd_group_count = 0;
		sum->fds = UNKNOWN;
		sum->lock = sum->doing = NULL;
		fold->last = process;
		return;
	}
	fold->last = process;
	sum->done = sum_known(sum->done, process->done);
	sum->rss_bytes = sum_known(sum->rss_bytes, process->rss_bytes);
	if (process->for_ns != UNKNOWN && (sum->for_ns == UNKNOWN || process->for_ns > sum->for_ns))
		sum->for_ns = process->for_ns;
	if (sum->where && (!process->where || strcmp(sum->where, process->where)))
		sum->where = NULL;
	if (!process->shares_known)
		return;
	sum->shares_known = true;
	sum->life_ns += process->life_ns;
	for (unsigned i = 0; i < SNAP_STATE_COUNT; i++)
		sum->share_ns[i] += process->share_ns[i];
}

static void fold_finish(struct worker_fold *fold)
{
	struct snap_process *sum = &fold->sum;

	snprintf(fold->name, sizeof(fold->name), "%s-%s (%zu)", fold->first->name, fold->last->name, fold->count);
	sum->name = fold->name;
	for (unsigned i = 0; i < SNAP_STATE_COUNT && sum->life_ns; i++)
		sum->percent[i] = (unsigned)((double)sum->share_ns[i] * 100 / (double)sum->life_ns + 0.5);
	if (sum->alive)
		return;
	snprintf(fold->ended, sizeof(fold->ended), "ended: %s%s",
		sum->exit && sum->exit[0] >= 'A' ? "" : "exit status ", sum->exit ? sum->exit : "not seen");
	sum->ended = fold->ended;
}

/* --- the rows --- */

static int urgency(const struct snap_process *process)
{
	return process->state == 'L' ? 1 : process->role == SNAP_MAIN ? 2 : 3;
}

static const struct snap_process *at(const void *row)
{
	return ((const struct table_row *)row)->data;
}

/* Its place in the family: memory of folds is none of the picture's. */
static int by_family(const struct snap_process *x, const struct snap_process *y)
{
	x = worker_fold_of(x) ? worker_fold_of(x)->first : x;
	y = worker_fold_of(y) ? worker_fold_of(y)->first : y;
	return (x > y) - (x < y);
}

/* The ended last, who ended badly before the others. */
static int by_life(const void *a, const void *b)
{
	const struct snap_process *x = at(a), *y = at(b);

	if (x->alive != y->alive)
		return x->alive ? -1 : 1;
	if (!x->alive && x->bad_end != y->bad_end)
		return x->bad_end ? -1 : 1;
	return by_family(x, y);
}

static int problems_first(const void *a, const void *b)
{
	const struct snap_process *x = at(a), *y = at(b);

	if (!x->alive || !y->alive)
		return by_life(a, b);
	if (urgency(x) != urgency(y))
		return urgency(x) - urgency(y);
	if (x->percent[0] != y->percent[0])
		return x->percent[0] > y->percent[0] ? -1 : 1;
	return by_family(x, y);
}

struct census {
	uint64_t key;
	size_t count;
};

static int by_key(const void *a, const void *b)
{
	const struct census *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* Which keys are there often enough; the rest is not folded. */
static size_t take_census(const struct tui *tui, const struct table *table, bool living, struct census *out)
{
	size_t kinds = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct snap_process *process = table->rows[i].data;
		uint64_t key = key_of(process);

		if ((living || !process->alive) && !is_own(tui, process, key))
			out[kinds++] = (struct census){key, 1};
	}
	qsort(out, kinds, sizeof(*out), by_key);
	for (size_t i = 0, all = kinds, last = kinds = 0; i < all; i++) {
		if (kinds && out[last].key == out[i].key) {
			out[last].count++;
			continue;
		}
		last = kinds++;
		out[last] = out[i];
	}
	return kinds;
}

static bool is_often(const struct census *census, size_t kinds, uint64_t key)
{
	struct census wanted = {.key = key};
	const struct census *found = kinds ? bsearch(&wanted, census, kinds, sizeof(*census), by_key) : NULL;

	return found && found->count >= FOLD_LEAST;
}

/* Rows that fold leave the table; theirs come to its end. */
static void fold_rows(const struct tui *tui, struct table *table, bool living)
{
	struct census *census = mem_alloc((table->count + 1) * sizeof(*census));
	size_t kinds = take_census(tui, table, living, census), kept = 0;
	struct folds folds = {.count = 0};

	for (size_t i = 0; i < table->count; i++) {
		const struct snap_process *process = table->rows[i].data;
		uint64_t key = key_of(process);
		struct worker_fold *fold = fold_find(&folds, key);

		if ((!living && process->alive) || is_own(tui, process, key) || !is_often(census, kinds, key) ||
			(!fold && folds.count == FOLD_MAX)) {
			table->rows[kept++] = table->rows[i];
			continue;
		}
		if (!fold) {
			fold = folds.list[folds.count++] = table_keep(table, sizeof(*fold));
			fold->id = key;
		}
		fold_add(fold, process);
	}
	table->count = kept;
	for (size_t i = 0; i < folds.count; i++) {
		fold_finish(folds.list[i]);
		table_add(table, &folds.list[i]->sum, folds.list[i]->id);
	}
	free(census);
}

/* As a family, the ended below; when that is too long to be looked through, problems come first, then the busiest. */
void worker_rows(const struct tui *tui, struct table *table)
{
	const struct snapshot *picture = tui->picture;
	bool one_by_one = tui->mosaic || tui->find[0] || tui->filter[0] || table->state->sort >= 0;
	size_t alive = 0;

	for (size_t i = 0; i < picture->process_count; i++) {
		if (!process_is_shown(tui, &picture->processes[i]))
			continue;
		table_add(table, &picture->processes[i], picture->processes[i].number);
		alive += picture->processes[i].alive;
	}
	if (!table->count || tui->mosaic)
		return;
	if (!one_by_one && (alive || table->count > FOLD_ROWS))
		fold_rows(tui, table, alive > FOLD_ROWS);
	qsort(table->rows, table->count, sizeof(*table->rows), table->count > MANY ? problems_first : by_life);
}

size_t worker_rows_count(const struct table *table)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct worker_fold *fold = worker_fold_of(table->rows[i].data);

		count += fold ? fold->count : 1;
	}
	return count;
}

void worker_unfold(struct tui *tui, const struct worker_fold *fold)
{
	if (tui->unfolded_count == UNFOLDED_MAX)
		memmove(tui->unfolded, tui->unfolded + 1, --tui->unfolded_count * sizeof(tui->unfolded[0]));
	tui->unfolded[tui->unfolded_count++] = fold->id;
	table_forget(&tui->tables[VIEW_WORKERS]); /* they stand where they belong, not behind the others */
	tui_message(tui, "%zu rows that were one (- folds them again).", fold->count);
}

void worker_fold_all(struct tui *tui)
{
	tui_message(tui, tui->unfolded_count ? "Equal rows are one again." : "No rows were unfolded.");
	tui->unfolded_count = 0;
	table_forget(&tui->tables[VIEW_WORKERS]);
}

/* --- details --- */

#define PLACES_MAX 8

struct place_count {
	const char *doing, *where;
	size_t count;
};

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static int most_first(const void *a, const void *b)
{
	const struct place_count *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

/* Where they are; a place that is one too many is not told. */
static void lines_places(struct lines *lines, const struct tui *tui, const struct worker_fold *fold)
{
	struct place_count places[PLACES_MAX];
	size_t count = 0, others = 0;

	for (const struct snap_process *p = fold->first; p <= fold->last; p++) {
		size_t i = 0;

		if (key_of(p) != fold->id || is_own(tui, p, fold->id) || !process_is_shown(tui, p))
			continue;
		while (i < count && !(is_same(places[i].doing, p->doing) && is_same(places[i].where, p->where)))
			i++;
		if (i == count && count < PLACES_MAX)
			places[count++] = (struct place_count){p->doing, p->where, 0};
		if (i < count)
			places[i].count++;
		else
			others++;
	}
	qsort(places, count, sizeof(*places), most_first);
	for (size_t i = 0; i < count; i++)
		lines_row(lines, STYLE_PLAIN, 1, "%4zu x  %s%s%s", places[i].count,
			places[i].doing   ? places[i].doing
			: places[i].where ? "runs"
					  : "in no call that waits",
			places[i].where ? " at " : "", places[i].where ? places[i].where : "");
	if (others)
		lines_row(lines, STYLE_DIM, 1, "and %zu at other places", others);
}

void lines_worker_fold(struct lines *lines, const struct tui *tui, const struct worker_fold *fold)
{
	char first[SHORT_SIZE], last[SHORT_SIZE];

	lines_rule(lines, "%s in the same state (Enter shows each)", fold->name);
	if (fold->sum.ended)
		lines_add(lines, fold->sum.bad_end ? STYLE_ERROR : STYLE_PLAIN, 1, 3,
			"%s; the first at %s, the last at %s", fold->sum.ended,
			short_clock(fold->first->dead_ns, first), short_clock(fold->last->dead_ns, last));
	else
		lines_places(lines, tui, fold);
}
