/* cmd_report.c: mpwatch report FILE: the report of a recording, as text, JSON or both. */
#include <fcntl.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "commands.h"
#include "report.h"
#include "verb.h"

#define STATUS_FAIL_ON 1

static const char usage[] =
	"usage: mpwatch report [OPTIONS] FILE\n"
	"       mpwatch report [OPTIONS] --last\n"
	"\n"
	"Examples:\n"
	"  mpwatch report run.mpw\n"
	"  mpwatch report --json run.json run.mpw\n"
	"  mpwatch report --fail-on error --last\n"
	"\n"
	"Options:\n"
	"  -o, --output FILE  the text goes to FILE instead of standard output\n"
	"      --json FILE    JSON goes to FILE; - is standard output, and then there is no text unless -o is given\n"
	"      --last         the latest run that was kept\n"
	"      --width N      columns (20 to 1000)\n"
	"      --ascii        only ASCII characters\n"
	"      --color WHEN   auto, always or never\n"
	"      --redact       no folders, arguments and names of files\n"
	"      --fail-on LIST exit status 1 if one of these is found: error, warning, note, codes, families\n"
	"      --ignore LIST  mute findings: CODE[@FILE-GLOB[:LINE]],...\n"
	"      --github       the findings as lines for GitHub's annotations, instead of the text\n"
	"  -q, --quiet        no text if nothing is found\n"
	"  -h, --help         this text\n";

struct report_call {
	struct report_options options;
	const char *output, *json;
	char *input;
	enum report_color color;
	unsigned width;
	bool ascii, want_last, github;
};

static int fail(const char *what, const char *name, const char *why)
{
	return verb_fail("report", what, name, why);
}

static int parse_width(const char *text, unsigned *out)
{
	char *end;
	unsigned long width = strtoul(text, &end, 10);

	if (*end || end == text || width < 20 || width > 1000)
		return fail("--width must be a number from 20 to 1000, not ", text, NULL);
	*out = (unsigned)width;
	return STATUS_OK;
}

static int parse_color(const char *text, enum report_color *out)
{
	static const char *const names[] = {"auto", "always", "never"};

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum report_color)i;
			return STATUS_OK;
		}
	return fail("--color must be auto, always or never, not ", text, NULL);
}

static int parse_list(
	const char *option, const char *list, int (*check)(const char *, const char **, const char **, size_t *))
{
	const char *why, *entry;
	char name[64];
	size_t length;

	if (check(list, &why, &entry, &length) == 0)
		return STATUS_OK;
	snprintf(name, sizeof(name), "%.*s", (int)(length < 60 ? length : 60), entry);
	return fail(option, name, why);
}

enum {
	OPTION_JSON = 256,
	OPTION_LAST,
	OPTION_WIDTH,
	OPTION_ASCII,
	OPTION_COLOR,
	OPTION_REDACT,
	OPTION_FAIL_ON,
	OPTION_IGNORE,
	OPTION_GITHUB
};

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"json", required_argument, NULL, OPTION_JSON},
	{"last", no_argument, NULL, OPTION_LAST},
	{"width", required_argument, NULL, OPTION_WIDTH},
	{"ascii", no_argument, NULL, OPTION_ASCII},
	{"color", required_argument, NULL, OPTION_COLOR},
	{"redact", no_argument, NULL, OPTION_REDACT},
	{"fail-on", required_argument, NULL, OPTION_FAIL_ON},
	{"ignore", required_argument, NULL, OPTION_IGNORE},
	{"github", no_argument, NULL, OPTION_GITHUB},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* STATUS_OK, STATUS_WRONG, or -1: help was printed. */
static int parse_option(int option, void *context)
{
	struct report_call *call = context;

	switch (option) {
	case 'o':
		call->output = optarg;
		return STATUS_OK;
	case OPTION_JSON:
		call->json = optarg;
		return STATUS_OK;
	case OPTION_LAST:
		call->want_last = true;
		return STATUS_OK;
	case OPTION_WIDTH:
		return parse_width(optarg, &call->width);
	case OPTION_ASCII:
		call->ascii = true;
		return STATUS_OK;
	case OPTION_COLOR:
		return parse_color(optarg, &call->color);
	case OPTION_REDACT:
		call->options.redact = true;
		return STATUS_OK;
	case OPTION_FAIL_ON:
		call->options.fail_on = optarg;
		return parse_list("--fail-on ", optarg, report_check_fail_on);
	case OPTION_IGNORE:
		call->options.ignore = optarg;
		return parse_list("--ignore ", optarg, report_check_ignore);
	case OPTION_GITHUB:
		call->github = true;
		return STATUS_OK;
	case 'q':
		call->options.quiet = true;
		return STATUS_OK;
	case 'h':
		fputs(usage, stdout);
		return -1;
	default:
		return STATUS_WRONG;
	}
}

/* Opens an output; refuses to write over the recording itself. NULL after saying why. */
static FILE *open_output(const char *path, const char *input)
{
	struct stat in, out;
	FILE *file;

	if (strcmp(path, "-") == 0)
		return stdout;
	if (stat(input, &in) == 0 && stat(path, &out) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
		fail("would write over the recording: ", path, "choose another file");
		return NULL;
	}
	file = fopen(path, "we");
	if (!file)
		fail("cannot write ", path, strerror(errno));
	return file;
}

static int close_output(FILE *file, int status, const char *path)
{
	if (file == stdout || !file)
		return status;
	if (fclose(file) != 0 && status == STATUS_OK)
		return fail("cannot write ", path, strerror(errno));
	return status;
}

static int write_report(struct report_call *call)
{
	bool json_on_stdout = call->json && strcmp(call->json, "-") == 0;
	FILE *text = NULL, *json = NULL;
	struct report_result result = {0};
	const char *why = "";
	int status = STATUS_WRONG;

	if (json_on_stdout && call->github && !call->output)
		return fail("--json - and --github both want standard output", NULL, "give -o FILE");
	if (call->json && !(json = open_output(call->json, call->input)))
		goto out;
	if (call->output && !(text = open_output(call->output, call->input)))
		goto out;
	if (!text && !json_on_stdout)
		text = stdout;
	report_options_for(&call->options, text ? fileno(text) : STDOUT_FILENO, call->color, call->ascii, call->width);
	if (call->github)
		call->options.github = text;
	if (report_write_file(call->input, &call->options, call->github ? NULL : text, json, &result, &why) != 0)
		status = fail("", call->input, why);
	else
		status = result.fail_on ? STATUS_FAIL_ON : STATUS_OK;
out:
	status = close_output(text, status, call->output);
	return close_output(json, status, call->json);
}

int cmd_report(int argc, char **argv)
{
	struct report_call call = {.color = REPORT_COLOR_AUTO};
	int status = verb_options("report", argc, argv, ":o:qh", long_options, parse_option, &call);

	if (status == STATUS_OK)
		status = verb_recording("report", argc, argv, call.want_last, &call.input);
	if (status != STATUS_OK)
		return status < 0 ? STATUS_OK : status;
	status = write_report(&call);
	free(call.input);
	return status;
}
