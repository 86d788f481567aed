/* trace.h: a model made from lines of text, for unit tests. */
#ifndef MPW_TESTS_TRACE_H
#define MPW_TESTS_TRACE_H

#include <criterion/criterion.h>
#include <string.h>

#include "model/model.h"

static inline void trace_apply(struct model *model, const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		char line[1024], scratch[1024];
		struct event event;
		const char *why = "";
		int result;

		cr_assert_lt(length, sizeof(line));
		memcpy(line, lines, length);
		line[length] = 0;
		result = event_parse(line, &event, scratch, sizeof(scratch), &why);
		cr_assert_geq(result, 0, "%s: %s", line, why);
		if (result == 0)
			model_apply(model, &event);
		lines += length + (lines[length] == '\n');
	}
}

static inline struct model *trace_model(const char *lines)
{
	struct model *model = model_new();

	trace_apply(model, lines);
	return model;
}

#endif
