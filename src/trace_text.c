/* trace_text.c: a recording as lines of text. */
#include "trace_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct trace_text {
	FILE *file;
	char *line, *scratch;
	size_t room, scratch_room;
	unsigned long number;
	uint64_t begin, end; /* of the latest line, in the file */
};

static ssize_t read_line(struct trace_text *trace)
{
	ssize_t length = getline(&trace->line, &trace->room, trace->file);

	trace->begin = trace->end;
	trace->end += length > 0 ? (uint64_t)length : 0;
	if (length > 0 && trace->line[length - 1] == '\n')
		trace->line[--length] = 0;
	if (length >= 0)
		trace->number++;
	return length;
}

struct trace_text *trace_text_open(FILE *file)
{
	struct trace_text *trace = mem_zalloc(1, sizeof(*trace));

	trace->file = file;
	if (read_line(trace) < 0 || strcmp(trace->line, TRACE_TEXT_MARK) != 0) {
		trace_text_close(trace);
		return NULL;
	}
	return trace;
}

int trace_text_next(struct trace_text *trace, struct event *out, const char **why, unsigned long *line)
{
	int result;

	do {
		ssize_t length = read_line(trace);

		if (length < 0)
			return 0;
		if ((size_t)length + 1 > trace->scratch_room) {
			trace->scratch_room = (size_t)length * 2 + 256;
			trace->scratch = mem_resize(trace->scratch, trace->scratch_room);
		}
		result = event_parse(trace->line, out, trace->scratch, trace->scratch_room, why);
		*line = trace->number;
	} while (result == 1);
	return result == 0 ? 1 : result;
}

uint64_t trace_text_place(const struct trace_text *trace)
{
	return trace->begin;
}

int trace_text_go(struct trace_text *trace, uint64_t offset)
{
	if (fseeko(trace->file, (off_t)offset, SEEK_SET) != 0)
		return -errno;
	trace->end = offset;
	return 0;
}

void trace_text_close(struct trace_text *trace)
{
	if (!trace)
		return;
	free(trace->line);
	free(trace->scratch);
	free(trace);
}
