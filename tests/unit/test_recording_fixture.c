/* test_recording_fixture.c: tests/golden/recording-v1.mpw was written once, by the first version of the format, and is
 * never written again: whatever becomes of the tables of events and calls, it must go on to open and say the same. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "recording.h"

enum { LINE_MAX_SHOWN = 300, LINE_START = 100 };

static void golden_path(const char *name, char *out, size_t size)
{
	const char *source = getenv("MPW_SOURCE"), *slash = strrchr(__FILE__, '/');

	if (source) /* the compiler may have been given a path that is relative to the build */
		snprintf(out, size, "%s/tests/golden/%s", source, name);
	else
		snprintf(out, size, "%.*s/../golden/%s", (int)(slash - __FILE__), __FILE__, name);
}

/* One event as a line, long ones by their start, length and checksum. The caller frees it. */
static char *line_of(const struct event *event)
{
	size_t length = (size_t)event_print(event, NULL, 0);
	char *line = malloc(length + 64);

	event_print(event, line, length + 1);
	if (length > LINE_MAX_SHOWN)
		sprintf(line + LINE_START, "... (%zu bytes, crc %08x)", length, crc32c(line, length));
	return line;
}

Test(recording_fixture, the_first_format_reads_as_ever)
{
	struct recording_reader *reader = NULL;
	const char *why = "";
	char path[4096];
	FILE *text;
	char *want = NULL;
	size_t room = 0;
	struct event event;
	unsigned number = 0;

	golden_path("recording-v1.mpw", path, sizeof(path));
	cr_assert_eq(recording_open(path, &reader, &why), 0, "%s: %s", path, why);
	golden_path("recording-v1.txt", path, sizeof(path));
	text = fopen(path, "r");
	cr_assert_not_null(text, "%s", path);
	while (recording_next(reader, &event) == 1) {
		char *got = line_of(&event);

		number++;
		cr_assert(getline(&want, &room, text) > 0, "line %u is not expected: %s", number, got);
		want[strcspn(want, "\n")] = '\0';
		cr_assert_str_eq(got, want, "line %u\n got %s\nwant %s", number, got, want);
		free(got);
	}
	cr_assert_lt(getline(&want, &room, text), 0, "the recording ends too early: %s", want);
	cr_assert(number > 500 && recording_is_complete(reader));
	free(want);
	fclose(text);
	recording_close(reader);
}
