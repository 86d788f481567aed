/* Descriptor tables: copies share until one side writes, every file is freed once. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "model/fdtable.h"

static struct open_file *put(struct fdtable **table, int32_t fd, uint32_t kind)
{
	struct fd_slot slot = {.file = open_file_new()};
	struct open_file *file = slot.file;

	file->kind = kind;
	fdtable_set(table, fd, &slot);
	open_file_release(file);
	return file;
}

Test(fdtable, set_get_remove)
{
	struct fdtable *table = fdtable_new();

	put(&table, 3, 1);
	put(&table, 1000000, 2);
	put(&table, INT32_MAX, 3);
	put(&table, -1, 4);
	cr_assert_eq(fdtable_count(table), 3);
	cr_assert_eq(fdtable_get(table, 1000000)->file->kind, 2);
	cr_assert_null(fdtable_get(table, 4));
	cr_assert_null(fdtable_get(table, -1));
	put(&table, 3, 7);
	cr_assert_eq(fdtable_count(table), 3);
	cr_assert_eq(fdtable_get(table, 3)->file->kind, 7);
	cr_assert(fdtable_remove(&table, 3));
	cr_assert_not(fdtable_remove(&table, 3));
	cr_assert_eq(fdtable_count(table), 2);
	fdtable_free(table);
}

Test(fdtable, a_copy_does_not_see_later_changes)
{
	struct fdtable *parent = fdtable_new(), *child;
	struct open_file *file = put(&parent, 5, 1);

	put(&parent, 6, 2);
	child = fdtable_share(parent);
	cr_assert_eq(file->refs, 1, "a shared table holds its files once");
	fdtable_remove(&child, 5);
	cr_assert_null(fdtable_get(child, 5));
	cr_assert_not_null(fdtable_get(parent, 5));
	put(&parent, 7, 3);
	fdtable_set_cloexec(&parent, 6, true);
	cr_assert_null(fdtable_get(child, 7));
	cr_assert_not(fdtable_get(child, 6)->cloexec);
	cr_assert_eq(fdtable_count(child), 1);
	cr_assert_eq(fdtable_count(parent), 3);
	fdtable_free(parent);
	cr_assert_eq(fdtable_get(child, 6)->file->kind, 2);
	fdtable_free(child);
}

Test(fdtable, next_goes_in_order_over_pages)
{
	struct fdtable *table = fdtable_new();
	int32_t order[] = {0, 63, 64, 200, 100000}, fd = 0;

	for (int i = 4; i >= 0; i--)
		put(&table, order[i], 1);
	for (int i = 0; i < 5; i++, fd++) {
		cr_assert_not_null(fdtable_next(table, &fd));
		cr_assert_eq(fd, order[i]);
	}
	cr_assert_null(fdtable_next(table, &fd));
	fdtable_free(table);
}

/* Random changes on a family of tables against plain arrays. */
Test(fdtable, agrees_with_arrays)
{
	enum { TABLES = 5, FDS = 300 };
	struct fdtable *tables[TABLES];
	uint32_t plain[TABLES][FDS] = {{0}};

	srand(7);
	for (int i = 0; i < TABLES; i++)
		tables[i] = fdtable_new();
	for (int step = 1; step < 20000; step++) {
		int t = rand() % TABLES, fd = rand() % FDS, what = rand() % 40;

		if (what == 0) {
			int from = rand() % TABLES;
			struct fdtable *copy = fdtable_share(tables[from]);

			fdtable_free(tables[t]);
			tables[t] = copy;
			memmove(plain[t], plain[from], sizeof(plain[t]));
		} else if (what < 20) {
			put(&tables[t], fd, (uint32_t)step);
			plain[t][fd] = (uint32_t)step;
		} else {
			cr_assert_eq(fdtable_remove(&tables[t], fd), plain[t][fd] != 0);
			plain[t][fd] = 0;
		}
	}
	for (int t = 0; t < TABLES; t++) {
		uint32_t count = 0;

		for (int fd = 0; fd < FDS; fd++) {
			const struct fd_slot *slot = fdtable_get(tables[t], fd);

			cr_assert_eq(slot ? slot->file->kind : 0, plain[t][fd]);
			count += slot != NULL;
		}
		cr_assert_eq(fdtable_count(tables[t]), count);
		fdtable_free(tables[t]);
	}
}
