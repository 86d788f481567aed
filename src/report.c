/* report.c: reads a recording into the model, asks the detectors, prints. */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "detect/detect.h"
#include "model/model.h"
#include "recording.h"
#include "report_lists.h"
#include "report_print.h"
#include "trace_text.h"

/* A recording with more damage than this has nothing left to tell. */
#define DAMAGE_MAX 10000

static int load_recording(struct recording_reader *reader, struct model *model, bool *damaged)
{
	struct event event;
	unsigned damage = 0;
	int result;

	while ((result = recording_next(reader, &event)) != 0 && damage < DAMAGE_MAX)
		if (result > 0)
			model_apply(model, &event);
		else
			damage++;
	*damaged = damage > 0;
	return 0;
}

static int load_text(FILE *file, struct model *model, const char **why)
{
	struct trace_text *trace = trace_text_open(file);
	unsigned long line = 0;
	struct event event;
	int result;

	if (!trace)
		return -EINVAL;
	while ((result = trace_text_next(trace, &event, why, &line)) > 0)
		model_apply(model, &event);
	trace_text_close(trace);
	return result;
}

/* Findings that are shown, those that are muted, and whether one of the shown ones makes the run fail. */
static void choose_findings(struct report_rows *rows, const struct findings *all, const struct report_options *options,
	struct report_result *result)
{
	rows->findings = mem_zalloc(all->count ? all->count : 1, sizeof(*rows->findings));
	for (size_t i = 0; i < all->count; i++) {
		const struct finding *finding = all->list[i];

		if (list_ignores(options->ignore, finding)) {
			rows->muted++;
			continue;
		}
		rows->findings[rows->finding_count++] = finding;
		rows->levels[finding->level]++;
		result->fail_on |= list_fails_on(options->fail_on, finding);
	}
	result->errors = rows->levels[LEVEL_ERROR];
	result->warnings = rows->levels[LEVEL_WARNING];
	result->notes = rows->levels[LEVEL_NOTE];
	result->muted = rows->muted;
}

static int flush_output(FILE *file, const char *message, const char **why)
{
	errno = 0;
	if (fflush(file) == 0 && !ferror(file))
		return 0;
	*why = message;
	return errno ? -errno : -EIO;
}

static int write_model(struct model *model, bool damaged, const struct report_options *options, FILE *text, FILE *json,
	struct report_result *result, const char **why)
{
	struct report_rows rows = {.model = model, .damaged = damaged, .redact = options->redact};
	struct findings findings;
	struct paper paper;
	int error = 0;

	memset(result, 0, sizeof(*result));
	detect_run(model, options->redact, &findings);
	choose_findings(&rows, &findings, options, result);
	rows_make(&rows);
	if (json) {
		report_print_json(&rows, json);
		error = flush_output(json, "the JSON report could not be written", why);
	}
	if (text && (!options->quiet || rows.finding_count)) {
		int text_error;

		paper_init(&paper, text, options);
		report_print_text(&rows, &paper);
		text_error = flush_output(text, "the report could not be written", why);
		error = error ? error : text_error;
	}
	if (options->github) {
		report_print_github(&rows, options->github);
		fflush(options->github);
	}
	rows_free(&rows);
	findings_free(&findings);
	return error;
}

static int report_reader(struct recording_reader *reader, const struct report_options *options, FILE *text, FILE *json,
	struct report_result *result, const char **why)
{
	struct model *model = model_new();
	bool damaged = false;
	int error;

	load_recording(reader, model, &damaged);
	if (model_process_count(model) == 0) {
		*why = "the recording holds no process: it was cut before its first frame ended";
		error = -EINVAL;
	} else {
		error = write_model(model, damaged, options, text, json, result, why);
	}
	model_free(model);
	return error;
}

int report_write_fd(int fd, const struct report_options *options, FILE *text, FILE *json, struct report_result *result,
	const char **why)
{
	struct recording_reader *reader;
	int error = recording_open_fd(fd, &reader, why);

	if (error)
		return error;
	error = report_reader(reader, options, text, json, result, why);
	recording_close(reader);
	return error;
}

static int report_text_trace(FILE *file, const struct report_options *options, FILE *text, FILE *json,
	struct report_result *result, const char **why)
{
	struct model *model = model_new();
	int error = load_text(file, model, why);

	if (!error)
		error = write_model(model, false, options, text, json, result, why);
	model_free(model);
	return error;
}

static bool is_text_trace(FILE *file)
{
	char start[sizeof(TRACE_TEXT_MARK)] = "";
	bool is_text =
		fread(start, 1, sizeof(start) - 1, file) == sizeof(start) - 1 && strcmp(start, TRACE_TEXT_MARK) == 0;

	rewind(file);
	return is_text;
}

int report_write_file(const char *path, const struct report_options *options, FILE *text, FILE *json,
	struct report_result *result, const char **why)
{
	/* A fifo without a writer must not hang us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file) {
		error = errno ? -errno : -EIO;
		*why = strerror(-error);
		if (fd >= 0)
			close(fd);
		return error;
	}
	error = is_text_trace(file) ? report_text_trace(file, options, text, json, result, why)
				    : report_write_fd(fd, options, text, json, result, why);
	fclose(file);
	return error;
}
