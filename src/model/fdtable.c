/* fdtable.c: a sorted directory of pages; both are shared by reference until one side writes. */
#include "model/fdtable.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PAGE_SLOTS 64

struct fd_page {
	uint32_t refs;
	uint32_t used;
	int32_t number; /* first descriptor / PAGE_SLOTS */
	struct fd_slot slots[PAGE_SLOTS];
};

struct fdtable {
	uint32_t refs;
	uint32_t count; /* open descriptors */
	uint32_t pages, room;
	struct fd_page **page; /* sorted by number */
};

struct open_file *open_file_new(void)
{
	struct open_file *file = mem_zalloc(1, sizeof(*file));

	file->refs = 1;
	return file;
}

void open_file_release(struct open_file *file)
{
	if (file && --file->refs == 0)
		mem_free(file);
}

static void page_release(struct fd_page *page)
{
	if (--page->refs)
		return;
	for (unsigned i = 0; i < PAGE_SLOTS; i++)
		open_file_release(page->slots[i].file);
	mem_free(page);
}

struct fdtable *fdtable_new(void)
{
	struct fdtable *table = mem_zalloc(1, sizeof(*table));

	table->refs = 1;
	return table;
}

struct fdtable *fdtable_share(struct fdtable *table)
{
	if (!table)
		return fdtable_new();
	table->refs++;
	return table;
}

void fdtable_free(struct fdtable *table)
{
	if (!table || --table->refs)
		return;
	for (uint32_t i = 0; i < table->pages; i++)
		page_release(table->page[i]);
	mem_free(table->page);
	mem_free(table);
}

/* Index of the first page with at least this number. */
static uint32_t page_index(const struct fdtable *table, int32_t number)
{
	uint32_t low = 0, high = table->pages;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (table->page[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct fd_page *page_find(const struct fdtable *table, int32_t number)
{
	uint32_t index = page_index(table, number);

	return index < table->pages && table->page[index]->number == number ? table->page[index] : NULL;
}

/* Makes *table private to its holder: a copy of the directory, the pages still shared. */
static void table_own(struct fdtable **table)
{
	struct fdtable *old = *table, *copy;

	if (old->refs == 1)
		return;
	copy = fdtable_new();
	copy->count = old->count;
	copy->pages = copy->room = old->pages;
	if (old->pages) {
		copy->page = mem_zalloc(old->pages, sizeof(struct fd_page *));
		memcpy(copy->page, old->page, old->pages * sizeof(struct fd_page *));
	}
	for (uint32_t i = 0; i < copy->pages; i++)
		copy->page[i]->refs++;
	old->refs--;
	*table = copy;
}

static struct fd_page *page_own(struct fdtable *table, uint32_t index)
{
	struct fd_page *old = table->page[index], *copy;

	if (old->refs == 1)
		return old;
	copy = mem_alloc(sizeof(*copy));
	*copy = *old;
	copy->refs = 1;
	for (unsigned i = 0; i < PAGE_SLOTS; i++)
		if (copy->slots[i].file)
			copy->slots[i].file->refs++;
	old->refs--;
	table->page[index] = copy;
	return copy;
}

static struct fd_page *page_insert(struct fdtable *table, uint32_t index, int32_t number)
{
	struct fd_page *page = mem_zalloc(1, sizeof(*page));

	page->refs = 1;
	page->number = number;
	if (table->pages == table->room) {
		table->room = table->room ? table->room * 2 : 2;
		table->page = mem_resize(table->page, table->room * sizeof(struct fd_page *));
	}
	memmove(&table->page[index + 1], &table->page[index], (table->pages - index) * sizeof(struct fd_page *));
	table->page[index] = page;
	table->pages++;
	return page;
}

/* The slot in a page that is private to this table; *page_out is that page. NULL if there is none and none shall be
 * made. */
static struct fd_slot *slot_own(struct fdtable **table, int32_t fd, bool create, struct fd_page **page_out)
{
	int32_t number = fd / PAGE_SLOTS;
	struct fd_page *page;
	uint32_t index;

	table_own(table);
	index = page_index(*table, number);
	if (index < (*table)->pages && (*table)->page[index]->number == number)
		page = page_own(*table, index);
	else if (create)
		page = page_insert(*table, index, number);
	else
		return NULL;
	*page_out = page;
	return &page->slots[fd % PAGE_SLOTS];
}

void fdtable_set(struct fdtable **table, int32_t fd, const struct fd_slot *slot)
{
	struct fd_page *page = NULL;
	struct fd_slot *at;

	if (fd < 0 || !slot->file)
		return;
	at = slot_own(table, fd, true, &page);
	if (!at)
		return;
	slot->file->refs++;
	if (at->file) {
		open_file_release(at->file);
	} else {
		(*table)->count++;
		page->used++;
	}
	*at = *slot;
}

static void page_drop(struct fdtable *table, uint32_t index)
{
	page_release(table->page[index]);
	table->pages--;
	memmove(&table->page[index], &table->page[index + 1], (table->pages - index) * sizeof(struct fd_page *));
}

bool fdtable_remove(struct fdtable **table, int32_t fd)
{
	struct fd_page *page = NULL;
	struct fd_slot *at;

	if (!fdtable_get(*table, fd))
		return false;
	at = slot_own(table, fd, false, &page);
	if (!at)
		return false;
	open_file_release(at->file);
	memset(at, 0, sizeof(*at));
	(*table)->count--;
	if (--page->used == 0)
		page_drop(*table, page_index(*table, fd / PAGE_SLOTS));
	return true;
}

void fdtable_set_cloexec(struct fdtable **table, int32_t fd, bool on)
{
	const struct fd_slot *slot = fdtable_get(*table, fd);
	struct fd_page *page = NULL;
	struct fd_slot *at;

	if (!slot || slot->cloexec == on)
		return;
	at = slot_own(table, fd, false, &page);
	if (at)
		at->cloexec = on;
}

const struct fd_slot *fdtable_get(const struct fdtable *table, int32_t fd)
{
	const struct fd_page *page = table && fd >= 0 ? page_find(table, fd / PAGE_SLOTS) : NULL;
	const struct fd_slot *slot = page ? &page->slots[fd % PAGE_SLOTS] : NULL;

	return slot && slot->file ? slot : NULL;
}

uint32_t fdtable_count(const struct fdtable *table)
{
	return table ? table->count : 0;
}

const struct fd_slot *fdtable_next(const struct fdtable *table, int32_t *fd)
{
	int32_t from = *fd < 0 ? 0 : *fd;

	if (!table)
		return NULL;
	for (uint32_t i = page_index(table, from / PAGE_SLOTS); i < table->pages; i++) {
		const struct fd_page *page = table->page[i];
		int32_t first = page->number * PAGE_SLOTS;

		for (int32_t s = from > first ? from - first : 0; s < PAGE_SLOTS; s++)
			if (page->slots[s].file) {
				*fd = first + s;
				return &page->slots[s];
			}
	}
	return NULL;
}
