/* source.c: the events of a stored run, from a recording or from a text trace. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/regular.h"
#include "recording.h"
#include "trace_text.h"

/* A recording with more damage than this has nothing left to tell. */
#define DAMAGE_MAX 10000

struct source {
	FILE *file;
	struct recording_reader *reader; /* one of these two */
	struct trace_text *trace;
	unsigned damage;
};

static bool is_text_trace(FILE *file)
{
	char start[sizeof(TRACE_TEXT_MARK)] = "";
	size_t wanted = sizeof(start) - 1;
	bool is_text = fread(start, 1, wanted, file) == wanted && strcmp(start, TRACE_TEXT_MARK) == 0;

	rewind(file);
	return is_text;
}

static int open_events(struct source *source, const char **why)
{
	if (!is_text_trace(source->file))
		return recording_open_fd(fileno(source->file), &source->reader, why);
	source->trace = trace_text_open(source->file);
	if (source->trace)
		return 0;
	*why = "not an mpwatch recording";
	return -EINVAL;
}

static void close_events(struct source *source)
{
	if (source->reader)
		recording_close(source->reader);
	if (source->trace)
		trace_text_close(source->trace);
	source->reader = NULL;
	source->trace = NULL;
}

int source_open(const char *path, struct source **out, const char **why)
{
	struct source *source = mem_zalloc(1, sizeof(*source));
	int fd = open_regular(AT_FDCWD, path), error;

	source->file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!source->file) {
		error = fd < 0 ? fd : -errno;
		*why = error == -EINVAL ? "not a regular file" : strerror(-error);
		if (fd >= 0)
			close(fd);
		free(source);
		return error;
	}
	error = open_events(source, why);
	if (error)
		source_close(source);
	else
		*out = source;
	return error;
}

int source_next(struct source *source, struct event *out, const char **why)
{
	unsigned long line;
	int result;

	if (source->trace)
		return trace_text_next(source->trace, out, why, &line);
	while ((result = recording_next(source->reader, out)) < 0)
		if (++source->damage >= DAMAGE_MAX)
			return 0;
	return result;
}

int source_rewind(struct source *source, const char **why)
{
	close_events(source);
	rewind(source->file);
	source->damage = 0;
	return open_events(source, why);
}

bool source_place(const struct source *source, uint64_t *place)
{
	if (source->reader)
		return recording_place(source->reader, place);
	*place = trace_text_place(source->trace);
	return true;
}

int source_go(struct source *source, uint64_t place)
{
	source->damage = 0;
	if (source->trace)
		return trace_text_go(source->trace, place);
	recording_go(source->reader, place);
	return 0;
}

unsigned source_damage(const struct source *source)
{
	return source->damage;
}

void source_close(struct source *source)
{
	close_events(source);
	if (source->file)
		fclose(source->file);
	free(source);
}
