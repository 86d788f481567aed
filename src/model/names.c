/* names.c: several processes in one text. */
#include <stdlib.h>

#include "base/str.h"
#include "model/model.h"

static int by_worker(const void *a, const void *b)
{
	const struct process *x = *(const struct process *const *)a, *y = *(const struct process *const *)b;

	if ((x->role == ROLE_MAIN) != (y->role == ROLE_MAIN))
		return x->role == ROLE_MAIN ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* How many of the sorted list from `at` on are workers in a row, known by their numbers. */
static size_t run_length(const struct process *const *list, size_t count, size_t at)
{
	size_t length = 1;

	while (at + length < count && list[at]->worker_number && !list[at]->own_name && !list[at + length]->own_name &&
		list[at + length]->worker_number == list[at]->worker_number + length)
		length++;
	return length;
}

char *process_names(struct model *model, const struct process **list, size_t count)
{
	struct str text = {0};
	size_t unique = 0;
	char label[64];

	model_worker_count(model);
	if (count)
		qsort(list, count, sizeof(*list), by_worker);
	for (size_t i = 0; i < count; i++)
		if (!i || list[i] != list[unique - 1])
			list[unique++] = list[i];
	for (size_t i = 0; i < unique;) {
		size_t length = run_length(list, unique, i);

		str_printf(&text, "%s%s", text.length ? ", " : "", process_label(model, list[i], label, sizeof(label)));
		if (length > 1)
			str_printf(&text, "%s%s", length > 2 ? "-" : ", ",
				process_label(model, list[i + length - 1], label, sizeof(label)));
		i += length;
	}
	if (!count)
		str_puts(&text, "-");
	return str_take(&text);
}
