/* tree_rows.c: see tree_rows.h. */
#include "tree_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "view.h"

#define GROUP_BIT 0x80000000u
#define POOL_LEAST 2
#define LOOP_LEAST 4
#define STEMS_MAX 16
#define NONE SIZE_MAX

struct node {
	const struct snap_process *process; /* a group: its sum */
	struct tree_group *group;           /* the node is one, or NULL */
	size_t parent, first, last, next;   /* of a family, by node; NONE */
};

/* The nodes of the latest rows, in the table's memory: processes by their place in the picture, then groups. */
static struct {
	const struct snap_process *processes;
	struct node *nodes;
	size_t count, process_count;
} tree;

const struct tree_group *tree_group_of(const struct snap_process *row)
{
	return row && !row->number ? (const struct tree_group *)row : NULL;
}

static const struct node *node_of(const struct snap_process *row)
{
	if (!tree_group_of(row))
		return &tree.nodes[row - tree.processes];
	for (size_t i = tree.process_count; i < tree.count; i++)
		if (tree.nodes[i].process == row)
			return &tree.nodes[i];
	return &tree.nodes[0];
}

/* The stems of the ancestors that have children to come, outermost first. */
void tree_stems(const struct canvas *canvas, const struct snap_process *row, char *out, size_t size)
{
	const struct node *line[STEMS_MAX];
	size_t count = 0;

	for (const struct node *node = node_of(row); node->parent != NONE && count < STEMS_MAX; count++) {
		line[count] = node;
		node = &tree.nodes[node->parent];
	}
	out[0] = 0;
	while (count-- > 0) {
		bool last = line[count]->next == NONE;
		const char *text = canvas_glyph(canvas, last ? GLYPH_CORNER : GLYPH_TEE);

		if (count > 0)
			text = last ? "  " : canvas_glyph(canvas, GLYPH_STEM);
		snprintf(out + strlen(out), size - strlen(out), " %s ", text);
	}
}

bool tree_has_children(const struct snap_process *row)
{
	return node_of(row)->first != NONE;
}

/* --- groups --- */

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* "ForkPoolWorker" of "ForkPoolWorker-12". */
static size_t kind_length(const char *called)
{
	const char *dash = called ? strrchr(called, '-') : NULL;

	return dash ? (size_t)(dash - called) : 0;
}

static bool is_pool(const struct snap_process *process)
{
	return process->called && strstr(process->called, "PoolWorker-");
}

static bool is_same_kind(const struct snap_process *a, const struct snap_process *b)
{
	size_t length = kind_length(a->called);

	return a->parent == b->parent && is_same(a->how, b->how) && length == kind_length(b->called) &&
	       (!length || strncmp(a->called, b->called, length) == 0);
}

/* The first of those it belongs to: made at the same place, or the only pool when a thread of that made it in place of
 * one that ended. NONE: it is the first of its kind. */
static size_t first_of(const struct snapshot *picture, const size_t *firsts, size_t count, size_t index)
{
	const struct snap_process *process = &picture->processes[index];
	size_t pool = NONE, pools = 0;

	for (size_t i = 0; i < count; i++) {
		const struct snap_process *first = &picture->processes[firsts[i]];

		if (!is_same_kind(first, process))
			continue;
		if (is_same(first->made_at, process->made_at))
			return firsts[i];
		pool = firsts[i];
		pools++;
	}
	return pools == 1 && is_pool(process) ? pool : NONE;
}

#define FIRSTS_MAX 64 /* places that make workers; those of more have no group */

/* For each process the first of its group, which may be itself, or NONE. */
static void find_groups(const struct snapshot *picture, size_t *group)
{
	size_t firsts[FIRSTS_MAX], sizes[FIRSTS_MAX] = {0}, count = 0;

	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *process = &picture->processes[i];

		group[i] = NONE;
		if (process->role != SNAP_WORKER || !process->depth || (!process->made_at && !is_pool(process)))
			continue;
		group[i] = first_of(picture, firsts, count, i);
		if (group[i] == NONE && count < FIRSTS_MAX)
			firsts[count++] = group[i] = i;
		for (size_t j = 0; j < count; j++)
			sizes[j] += firsts[j] == group[i];
	}
	for (size_t j = 0; j < count; j++)
		if (sizes[j] < (is_pool(&picture->processes[firsts[j]]) ? POOL_LEAST : LOOP_LEAST))
			for (size_t i = 0; i < picture->process_count; i++)
				group[i] = group[i] == firsts[j] ? NONE : group[i];
}

static uint64_t sum_known(uint64_t a, uint64_t b)
{
	return a == UNKNOWN ? b : b == UNKNOWN ? a : a + b;
}

static void group_add(struct tree_group *group, const struct snap_process *process)
{
	if (!group->count++) {
		group->first = process;
		group->id = process->number | GROUP_BIT;
		group->done = UNKNOWN;
		group->sum = (struct snap_process){.parent = process->parent,
			.depth = process->depth,
			.role = SNAP_WORKER,
			.name = group->name,
			.state = SNAP_NOT_KNOWN,
			.alive = true,
			.for_ns = UNKNOWN,
			.born_ns = process->born_ns,
			.dead_ns = UNKNOWN,
			.cpu_percent = UNKNOWN,
			.cpu_ns = UNKNOWN,
			.rss_bytes = UNKNOWN,
			.threads = UNKNOWN,
			.fds = UNKNOWN};
	}
	group->alive += process->alive;
	group->done = sum_known(group->done, process->done);
	group->sum.cpu_percent = sum_known(group->sum.cpu_percent, process->cpu_percent);
	group->sum.cpu_ns = sum_known(group->sum.cpu_ns, process->cpu_ns);
}

static void group_name(struct tree_group *group)
{
	const struct snap_process *first = group->first;
	size_t living = group->alive ? group->alive : group->count, length = kind_length(first->called);
	const char *how = first->how ? first->how : "", *comma = first->how && first->made_at ? ", " : "",
		   *place = first->made_at ? first->made_at : "";
	int file = (int)strcspn(place, " "); /* and the line, not the function */

	if (is_pool(first))
		snprintf(group->name, sizeof(group->name), "Pool(%zu)  %s%s%.*s", living, how, comma, file, place);
	else
		snprintf(group->name, sizeof(group->name), "%zu x %.*s  %s%s%.*s", living, length ? (int)length : 6,
			length ? first->called : "worker", how, comma, file, place);
}

/* --- the family --- */

static void link_node(size_t parent, size_t child)
{
	struct node *to = &tree.nodes[parent];

	tree.nodes[child].parent = parent;
	if (to->first == NONE)
		to->first = child;
	else
		tree.nodes[to->last].next = child;
	to->last = child;
}

/* A group stands where its first member would. */
static size_t group_node(struct table *table, size_t *node_of_first, size_t first, size_t parent)
{
	struct node *node;

	if (node_of_first[first] != NONE)
		return node_of_first[first];
	node_of_first[first] = tree.count;
	node = &tree.nodes[tree.count++];
	*node = (struct node){.parent = NONE, .first = NONE, .last = NONE, .next = NONE};
	node->group = table_keep(table, sizeof(*node->group));
	node->process = &node->group->sum;
	link_node(parent, node_of_first[first]);
	return node_of_first[first];
}

static void link_all(struct table *table, const struct snapshot *picture, const size_t *group,
	bool (*over)(const struct snapshot *picture, size_t index))
{
	size_t *last_at = mem_alloc((picture->process_count + 1) * sizeof(*last_at)),
	       *node_of_first = mem_alloc((picture->process_count + 1) * sizeof(*node_of_first));

	memset(node_of_first, 0xff, (picture->process_count + 1) * sizeof(*node_of_first));
	for (size_t i = 0; i < picture->process_count; i++) {
		const struct snap_process *process = &picture->processes[i];
		size_t parent;

		last_at[process->depth] = i;
		if (!process->depth || (over && over(picture, i)))
			continue;
		parent = last_at[process->depth - 1];
		if (group[i] != NONE) {
			parent = group_node(table, node_of_first, group[i], parent);
			group_add(tree.nodes[parent].group, process);
		}
		link_node(parent, i);
	}
	free(last_at);
	free(node_of_first);
}

static bool is_folded(const struct tui *tui, const struct node *node)
{
	uint32_t id = node->group ? node->group->id : node->process->number;

	for (unsigned i = 0; i < tui->folded_count; i++)
		if (tui->folded[i] == id)
			return true;
	return false;
}

static void add_row(const struct tui *tui, struct table *table, const struct node *node)
{
	const struct snap_process *process = node->process;

	if (node->group)
		group_name(node->group);
	if (node->group)
		table_add(table, process, node->group->id);
	else if (tui->show != SHOW_PROBLEMS || process->alive || process->bad_end)
		table_add(table, process, process->number);
}

/* No recursion: a chain of children may be as long as the run. */
static void add_family(const struct tui *tui, struct table *table, size_t root)
{
	size_t at = root;

	for (;;) {
		const struct node *node = &tree.nodes[at];

		add_row(tui, table, node);
		if (node->first != NONE && !is_folded(tui, node)) {
			at = node->first;
			continue;
		}
		while (at != root && tree.nodes[at].next == NONE)
			at = tree.nodes[at].parent;
		if (at == root)
			return;
		at = tree.nodes[at].next;
	}
}

void tree_rows(const struct tui *tui, struct table *table, bool (*over)(const struct snapshot *picture, size_t index))
{
	const struct snapshot *picture = tui->picture;
	size_t *group = mem_alloc((picture->process_count + 1) * sizeof(*group));

	find_groups(picture, group);
	tree.processes = picture->processes;
	tree.count = tree.process_count = picture->process_count;
	tree.nodes = table_keep(table, (picture->process_count + FIRSTS_MAX + 1) * sizeof(*tree.nodes));
	for (size_t i = 0; i < tree.count; i++)
		tree.nodes[i] = (struct node){
			.process = &picture->processes[i], .parent = NONE, .first = NONE, .last = NONE, .next = NONE};
	link_all(table, picture, group, over);
	for (size_t i = 0; i < tree.process_count; i++)
		if (!picture->processes[i].depth)
			add_family(tui, table, i);
	free(group);
}
