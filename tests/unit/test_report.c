/* The report: the same from a live descriptor, a file and a text trace; options and errors. */
#include <criterion/criterion.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recording.h"
#include "report.h"
#include "trace_text.h"

struct output {
	char *text, *json;
	size_t text_size, json_size;
	struct report_result result;
	const char *why;
	int error;
};

static const struct report_options plain = {.width = 80, .ascii = true};

static void output_free(struct output *output)
{
	free(output->text);
	free(output->json);
}

/* path, or fd when path is NULL */
static void report(const char *path, int fd, const struct report_options *options, struct output *out)
{
	FILE *text, *json;

	memset(out, 0, sizeof(*out));
	text = open_memstream(&out->text, &out->text_size);
	json = open_memstream(&out->json, &out->json_size);
	out->error = path ? report_write_file(path, options, text, json, &out->result, &out->why)
			  : report_write_fd(fd, options, text, json, &out->result, &out->why);
	fclose(text);
	fclose(json);
}

/* Writes the trace as a recording that is not finished yet; returns a descriptor of it. */
static int record(const char *path, struct recording_writer **out)
{
	int fd = memfd_create("test", MFD_CLOEXEC), copy = dup(fd);
	struct recording_writer *writer;
	struct trace_text *trace;
	struct event event;
	unsigned long line;
	const char *why;
	FILE *file = fopen(path, "re");

	cr_assert_not_null(file);
	trace = trace_text_open(file);
	cr_assert_not_null(trace);
	cr_assert_eq(recording_create(copy, 0, &writer), 0);
	while (trace_text_next(trace, &event, &why, &line) > 0)
		cr_assert_eq(recording_append(writer, &event), 0);
	cr_assert_eq(recording_commit(writer), 0);
	*out = writer;
	trace_text_close(trace);
	fclose(file);
	return fd;
}

static void compare(const char *path)
{
	struct output from_text, live, stored;
	struct recording_writer *writer;
	int fd = record(path, &writer);

	report(path, -1, &plain, &from_text);
	report(NULL, fd, &plain, &live);
	cr_assert_eq(recording_finish(writer), 0);
	report(NULL, fd, &plain, &stored);
	close(fd);
	cr_assert_eq(from_text.error, 0);
	cr_assert_gt(from_text.text_size, 100);
	cr_assert_str_eq(from_text.text, live.text);
	cr_assert_str_eq(from_text.text, stored.text);
	cr_assert_str_eq(from_text.json, live.json);
	cr_assert_str_eq(from_text.json, stored.json);
	output_free(&from_text);
	output_free(&live);
	output_free(&stored);
}

Test(report, a_replay_is_the_live_report)
{
	glob_t traces;

	cr_assert_eq(glob(MPW_TEST_SOURCE "/tests/golden/*.trace", 0, NULL, &traces), 0);
	cr_assert_gt(traces.gl_pathc, 10);
	for (size_t i = 0; i < traces.gl_pathc; i++)
		compare(traces.gl_pathv[i]);
	globfree(&traces);
}

Test(report, an_empty_recording_is_an_error)
{
	struct recording_writer *writer;
	struct output output;
	int fd = memfd_create("test", MFD_CLOEXEC);

	cr_assert_eq(recording_create(dup(fd), 0, &writer), 0);
	cr_assert_eq(recording_finish(writer), 0);
	report(NULL, fd, &plain, &output);
	cr_assert_lt(output.error, 0);
	cr_assert_not_null(output.why);
	cr_assert_eq(output.text_size, 0);
	output_free(&output);
	close(fd);
}

Test(report, lists_are_checked)
{
	const char *why, *entry;
	size_t length;

	cr_assert_eq(report_check_fail_on("error,MPW-F001,b,fd-limit-hit", &why, &entry, &length), 0);
	cr_assert_eq(report_check_fail_on("error,,note", &why, &entry, &length), -EINVAL);
	cr_assert_eq(report_check_fail_on("error,copy>30%", &why, &entry, &length), -EINVAL);
	cr_assert_eq(strncmp(entry, "copy>30%", length), 0);
	cr_assert_eq(report_check_ignore("F001@*.py:12,X", &why, &entry, &length), 0);
	cr_assert_eq(report_check_ignore("error", &why, &entry, &length), -EINVAL);
	cr_assert_eq(report_check_ignore("", &why, &entry, &length), -EINVAL);
}

Test(report, options_follow_the_environment)
{
	struct report_options options = {0};
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	unsetenv("FORCE_COLOR");
	setenv("COLUMNS", "200", 1);
	report_options_for(&options, fds[1], REPORT_COLOR_AUTO, false, 0);
	cr_assert_eq(options.width, 80, "no terminal: COLUMNS does not count");
	cr_assert(options.ascii && !options.color);
	setenv("FORCE_COLOR", "1", 1);
	setenv("NO_COLOR", "1", 1);
	report_options_for(&options, fds[1], REPORT_COLOR_AUTO, false, 120);
	cr_assert(options.color, "FORCE_COLOR comes before NO_COLOR");
	cr_assert_eq(options.width, 120);
	report_options_for(&options, fds[1], REPORT_COLOR_NEVER, false, 0);
	cr_assert_not(options.color);
}

/* Without its colour sequences a coloured report is the plain one. */
Test(report, color_carries_no_meaning)
{
	struct report_options colored = plain;
	struct output a, b;
	size_t out = 0;

	colored.color = true;
	report(MPW_TEST_SOURCE "/tests/golden/F001-leak-in-c.trace", -1, &plain, &a);
	report(MPW_TEST_SOURCE "/tests/golden/F001-leak-in-c.trace", -1, &colored, &b);
	cr_assert_gt(b.text_size, a.text_size);
	for (size_t i = 0; i < b.text_size; i++) {
		if (b.text[i] == '\033')
			i += strcspn(b.text + i, "m");
		else
			b.text[out++] = b.text[i];
	}
	b.text[out] = 0;
	cr_assert_str_eq(a.text, b.text);
	output_free(&a);
	output_free(&b);
}
