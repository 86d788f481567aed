#include "later.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct later {
	struct later *next;
	struct event event;
};

static char **text_of(struct event *event)
{
	const struct event_desc *desc = event_describe(event->type);

	for (unsigned i = 0; i < desc->field_count; i++)
		if (desc->fields[i].kind == FIELD_STR)
			return (char **)(void *)((char *)&event->u + desc->fields[i].offset);
	return NULL;
}

void later_add(struct collect *collect, const struct event *event)
{
	struct later *later = mem_zalloc(1, sizeof(*later));
	char **text;

	later->event = *event;
	text = text_of(&later->event);
	if (text && *text)
		*text = mem_copy_text(*text);
	if (collect->later)
		collect->later_last->next = later;
	else
		collect->later = later;
	collect->later_last = later;
}

/* Takes the one behind `before` (NULL: the first) out of the list. */
static void emit_and_free(struct collect *collect, struct later *before)
{
	struct later **link = before ? &before->next : &collect->later, *later = *link;
	char **text = text_of(&later->event);

	*link = later->next;
	if (collect->later_last == later)
		collect->later_last = before;
	collect_emit(collect, &later->event);
	if (text)
		free(*text);
	free(later);
}

void later_emit(struct collect *collect, uint64_t ts_ns)
{
	while (collect->later && collect->later->event.ts_ns <= ts_ns)
		emit_and_free(collect, NULL);
}

void later_emit_process(struct collect *collect, uint32_t proc)
{
	struct later *before = NULL, *next = collect->later;

	while (next) {
		if (next->event.proc == proc)
			emit_and_free(collect, before);
		else
			before = next;
		next = before ? before->next : collect->later;
	}
}
