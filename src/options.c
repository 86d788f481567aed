#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/say.h"
#include "base/text.h"
#include "launch.h"
#include "session_folder.h"

/* Sets the field from the text; NULL or why not. */
typedef const char *option_function(struct run_options *options, const char *value);

static const char *choose(const char *value, const char *const *names, unsigned *out, const char *why)
{
	for (unsigned i = 0; names[i]; i++) {
		if (strcmp(value, names[i]) == 0) {
			*out = i;
			return NULL;
		}
	}
	return why;
}

static const char *set_no_ui(struct run_options *options, const char *value)
{
	(void)value;
	options->ui = UI_NONE;
	return NULL;
}

static const char *set_ui(struct run_options *options, const char *value)
{
	static const char *const names[] = {"auto", "tui", "none", NULL};
	unsigned number = 0;
	const char *why = choose(value, names, &number, "must be auto, tui or none");

	options->ui = (enum ui_wanted)number;
	return why;
}

static const char *set_session(struct run_options *options, const char *value)
{
	options->session = value;
	return session_name_is_good(value) ? NULL : "needs a name of letters, digits, . _ and -";
}

static const char *set_on_exit(struct run_options *options, const char *value)
{
	static const char *const names[] = {"stay", "close", NULL};
	unsigned number = 0;
	const char *why = choose(value, names, &number, "must be stay or close");

	options->close_on_exit = number == 1;
	return why;
}

static const char *set_replay_output(struct run_options *options, const char *value)
{
	static const char *const names[] = {"all", "tail", "none", NULL};
	unsigned number = 0;
	const char *why = choose(value, names, &number, "must be all, tail or none");

	options->replay = (enum output_replay)(REPLAY_ALL + number);
	return why;
}

unsigned options_refresh_ms(const char *text)
{
	char *end;
	double number = strtod(text, &end);
	double ms = strcmp(end, "s") == 0 ? number * 1000 : strcmp(end, "ms") == 0 ? number : -1;

	return ms >= 100 && ms <= 10000 ? (unsigned)ms : 0;
}

static const char *set_refresh(struct run_options *options, const char *value)
{
	options->refresh_ms = options_refresh_ms(value);
	return options->refresh_ms ? NULL : "must be a time from 100ms to 10s";
}

static const char *set_theme(struct run_options *options, const char *value)
{
	static const char *const names[] = {"auto", "256", "8", "mono", "contrast", NULL};
	unsigned number = 0;

	options->theme = value;
	return choose(value, names, &number, "must be auto, 256, 8, mono or contrast");
}

static const char *set_no_mouse(struct run_options *options, const char *value)
{
	(void)value;
	options->no_mouse = true;
	return NULL;
}

static const char *set_output(struct run_options *options, const char *value)
{
	options->output = value;
	return *value ? NULL : "needs a file name, or - for standard output";
}

static const char *set_json(struct run_options *options, const char *value)
{
	options->json = value;
	return *value ? NULL : "needs a file name, or - for standard output";
}

static const char *set_record(struct run_options *options, const char *value)
{
	options->record = value ? value : "";
	return NULL;
}

static const char *set_quiet(struct run_options *options, const char *value)
{
	(void)value;
	options->quiet++;
	return NULL;
}

static const char *set_fail_on(struct run_options *options, const char *value)
{
	const char *why = NULL, *entry;
	size_t length;

	options->fail_on = value;
	return report_check_fail_on(value, &why, &entry, &length) == 0 ? NULL : why;
}

static const char *set_ignore(struct run_options *options, const char *value)
{
	const char *why = NULL, *entry;
	size_t length;

	options->ignore = value;
	return report_check_ignore(value, &why, &entry, &length) == 0 ? NULL : why;
}

static const char *set_number(const char *value, unsigned from, unsigned to, unsigned *out, const char *why)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (*end || end == value || *value == '-' || number < from || number > to)
		return why;
	*out = (unsigned)number;
	return NULL;
}

static const char *set_fail_status(struct run_options *options, const char *value)
{
	return set_number(value, 1, 255, &options->fail_status, "must be a number from 1 to 255");
}

static const char *set_width(struct run_options *options, const char *value)
{
	return set_number(value, 20, 1000, &options->width, "must be a number from 20 to 1000");
}

static const char *set_color(struct run_options *options, const char *value)
{
	static const char *const names[] = {"auto", "always", "never", NULL};
	unsigned number = 0;
	const char *why = choose(value, names, &number, "must be auto, always or never");

	options->color = (enum report_color)number;
	return why;
}

static const char *set_ascii(struct run_options *options, const char *value)
{
	(void)value;
	options->ascii = true;
	return NULL;
}

static const char *set_wait(struct run_options *options, const char *value)
{
	static const char *const names[] = {"root", "tree", NULL};
	unsigned number = 0;
	const char *why =
		choose(value, names, &number, "must be root (return with the first process) or tree (with the last)");

	options->wait = (enum wait_for)number;
	return why;
}

static const char *set_stacks(struct run_options *options, const char *value)
{
	static const char *const names[] = {"creation", "full", "off", NULL};
	unsigned number = 0;
	const char *why = choose(value, names, &number, "must be creation, full or off");

	options->stacks = (enum stacks_wanted)number;
	return why;
}

static const char *set_require_probe(struct run_options *options, const char *value)
{
	(void)value;
	options->require_probe = true;
	return NULL;
}

static const char *set_no_save(struct run_options *options, const char *value)
{
	(void)value;
	options->no_save = true;
	return NULL;
}

static const char *set_redact(struct run_options *options, const char *value)
{
	(void)value;
	options->redact = true;
	return NULL;
}

static const char *set_github(struct run_options *options, const char *value)
{
	(void)value;
	options->github = true;
	return NULL;
}

/* "30s", "2m", "1h", "500ms"; a bare number is seconds. */
static const char *set_hang_after(struct run_options *options, const char *value)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {{"s", 1000}, {"", 1000}, {"m", 60000}, {"min", 60000}, {"h", 3600000}, {"ms", 1}};
	char *end;
	double number = strtod(value, &end);

	for (size_t i = 0; end != value && i < sizeof(units) / sizeof(units[0]); i++) {
		double ms = number * units[i].ms;

		if (strcmp(end, units[i].name) != 0 || !(ms >= 1000 && ms <= 7 * 86400000.0))
			continue;
		options->hang_after_ms = (unsigned)ms;
		return NULL;
	}
	return "must be a time from 1s to 168h, such as 30s or 2m";
}

static const char *set_on_hang(struct run_options *options, const char *value)
{
	static const char *const names[] = {"report", "stop", NULL};
	unsigned number = 0;
	const char *why = choose(value, names, &number, "must be report or stop");

	options->stop_on_hang = number == 1;
	return why;
}

static const char *not_yet(struct run_options *options, const char *value)
{
	(void)options;
	(void)value;
	return "is not available in this version";
}

#define ABSENT(name, argument)                                                                                         \
	{                                                                                                              \
		name, 0, argument, NULL, not_yet, NULL                                                                 \
	}

/* clang-format off */
static const struct option_row {
	const char *name;
	char letter;
	int argument; /* as getopt */
	const char *value;
	option_function *set;
	const char *help;
} rows[] = {
	{"no-ui", 'n', no_argument, NULL, set_no_ui, "no screen: only the report at the end"},
	{"ui", 0, required_argument, "WHEN", set_ui, "auto: the screen where the terminal is ours; tui: always; none"},
	{"session", 0, required_argument, "NAME", set_session, "name of this run for mpwatch attach (its pid)"},
	{"on-exit", 0, required_argument, "WHAT", set_on_exit, "stay or close: the screen, when the program ends"},
	{"replay-output", 0, required_argument, "HOW", set_replay_output, "all, tail or none: the program's output, printed behind the screen"},
	{"refresh", 0, required_argument, "TIME", set_refresh, "of the screen: 100ms to 10s (200ms)"},
	{"theme", 0, required_argument, "NAME", set_theme, "colours of the screen: auto, 256, 8, mono or contrast"},
	{"no-mouse", 0, no_argument, NULL, set_no_mouse, "leave the mouse to the terminal"},
	{"output", 'o', required_argument, "FILE", set_output, "report to FILE instead of stderr, - is stdout (record: the recording)"},
	{"json", 0, required_argument, "FILE", set_json, "also write the report as JSON, - is stdout"},
	{"record", 0, optional_argument, "FILE", set_record, "keep the recording (=FILE: there)"},
	{"quiet", 'q', no_argument, NULL, set_quiet, "report only if something was found; -qq: never"},
	{"fail-on", 0, required_argument, "LIST", set_fail_on, "exit status 119 if one of these is found: error, warning, codes"},
	{"fail-status", 0, required_argument, "N", set_fail_status, "... this status instead of 119"},
	{"ignore", 0, required_argument, "LIST", set_ignore, "mute findings: CODE[@FILE-GLOB[:LINE]],..."},
	{"github", 0, no_argument, NULL, set_github, "also print the findings for GitHub's annotations (there: by itself)"},
	{"hang-after", 0, required_argument, "TIME", set_hang_after, "say so when nothing has moved for so long: 30s, 2m"},
	{"on-hang", 0, required_argument, "WHAT", set_on_hang, "report, or stop: then end the program, exit status 124"},
	{"color", 0, required_argument, "WHEN", set_color, "auto, always or never"},
	{"ascii", 0, no_argument, NULL, set_ascii, "only ASCII characters in the report"},
	{"width", 0, required_argument, "N", set_width, "columns of the report"},
	{"wait", 0, required_argument, "WHOM", set_wait, "root: end with the program's first process; tree: with the last one"},
	{"stacks", 0, required_argument, "DEPTH", set_stacks, "creation, full (also of every blocked call) or off"},
	{"require-probe", 0, no_argument, NULL, set_require_probe, "do not start a program that can not be watched"},
	{"no-save", 0, no_argument, NULL, set_no_save, "do not keep this run among the last five"},
	{"redact", 0, no_argument, NULL, set_redact, "no folders, arguments and file names in the report"},
	ABSENT("html", required_argument), ABSENT("metrics", optional_argument), ABSENT("only", required_argument),
	ABSENT("config", required_argument),
};
/* clang-format on */
#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define ROW_CODE 1000 /* getopt's value of row i is ROW_CODE + i */

void options_print(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		char left[40];

		if (!rows[i].help)
			continue;
		snprintf(left, sizeof(left), "%s%c%s--%s%s%s%s", rows[i].letter ? "-" : "",
			rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ", " : "   ", rows[i].name,
			rows[i].argument == optional_argument ? "[="
			: rows[i].value                       ? " "
							      : "",
			rows[i].value ? rows[i].value : "", rows[i].argument == optional_argument ? "]" : "");
		printf("  %-24s %s\n", left, rows[i].help);
	}
	printf("  %-24s %s\n", "-h, --help", "this text");
	printf("  %-24s %s\n", "-V, --version", "the version");
}

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned row[65];

	if (n > 64 || m > 64)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned above = row[j], best = corner + (a[i - 1] != b[j - 1]);

			best = above + 1 < best ? above + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			corner = above;
			row[j] = best;
		}
	}
	return row[m];
}

const char *options_suggest(const char *name)
{
	const char *best = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < ROWS; i++) {
		unsigned distance = rows[i].help ? text_distance(name, rows[i].name, 3) : 3;

		if (distance < least && distance < strlen(name)) {
			least = distance;
			best = rows[i].name;
		}
	}
	return best;
}

static void tables_make(struct option *longs, char *shorts)
{
	*shorts++ = '+'; /* everything behind PROGRAM is its own */
	*shorts++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		longs[i] = (struct option){rows[i].name, rows[i].argument, NULL, ROW_CODE + (int)i};
		if (!rows[i].letter)
			continue;
		*shorts++ = rows[i].letter;
		if (rows[i].argument == required_argument)
			*shorts++ = ':';
	}
	*shorts++ = 'h';
	*shorts++ = 'V';
	*shorts = 0;
	longs[ROWS] = (struct option){"help", no_argument, NULL, 'h'};
	longs[ROWS + 1] = (struct option){"version", no_argument, NULL, 'V'};
	longs[ROWS + 2] = (struct option){0};
}

static int say_wrong_option(int option, char **argv, const char *shown)
{
	const char *name = argv[optind - 1];
	char plain[64];
	const char *better;

	if (option == ':') {
		say("%s needs a value; see mpwatch --help", shown);
		return STATUS_FAILED;
	}
	if (strncmp(name, "--", 2) != 0) {
		say("unknown option -%c; see mpwatch --help", optopt);
		return STATUS_FAILED;
	}
	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name + 2, "="), name + 2);
	better = options_suggest(plain);
	if (optopt >= ROW_CODE)
		say("--%s takes no value; see mpwatch --help", plain);
	else if (better)
		say("unknown option --%s. Did you mean --%s ?", plain, better);
	else
		say("unknown option --%s; see mpwatch --help. Options of the program go behind it", plain);
	return STATUS_FAILED;
}

/* -1 go on, -2 help, -3 version, else a status. */
static int parse_list(struct run_options *options, int argc, char **argv)
{
	struct option longs[ROWS + 3];
	char shorts[2 * ROWS + 8];
	int option;

	tables_make(longs, shorts);
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = NULL;
		const char *why;

		if (option == 'h' || option == 'V')
			return option == 'h' ? -2 : -3;
		if (option == '?' || option == ':') {
			char shown[3] = {'-', (char)optopt, 0};

			return say_wrong_option(option, argv, optopt < ROW_CODE ? shown : argv[optind - 1]);
		}
		for (size_t i = 0; i < ROWS && !row; i++)
			if (option == ROW_CODE + (int)i || (rows[i].letter && option == rows[i].letter))
				row = &rows[i];
		if (!row) /* getopt gives back only what the rows say */
			return STATUS_FAILED;
		why = row->set(options, optarg);
		if (why) {
			say("--%s%s%s %s", row->name, optarg ? " " : "", optarg ? optarg : "", why);
			return STATUS_FAILED;
		}
	}
	return -1;
}

/* Words of MPWATCH_OPTS, with 'quotes' and "quotes". The texts live as long as the program. */
static char **split_words(const char *text, int *count)
{
	static char **words, *copy; /* options point into them until the end */
	char *out;

	words = mem_zalloc(strlen(text) / 2 + 3, sizeof(*words));
	out = copy = mem_zalloc(strlen(text) + 1, 1);
	*count = 1;
	words[0] = mem_copy_text("MPWATCH_OPTS");
	while (*text) {
		char quote = 0;

		while (*text == ' ' || *text == '\t' || *text == '\n')
			text++;
		if (!*text)
			break;
		words[(*count)++] = out;
		for (; *text && (quote || (*text != ' ' && *text != '\t' && *text != '\n')); text++) {
			if (quote ? *text == quote : *text == '\'' || *text == '"')
				quote = quote ? 0 : *text;
			else
				*out++ = *text;
		}
		*out++ = 0;
		if (!*text)
			break;
	}
	return words;
}

int options_parse(struct run_options *options, int argc, char **argv)
{
	const char *more = getenv("MPWATCH_OPTS");
	int status, count;

	options->fail_status = 119;
	if (more && *more) {
		char **words = split_words(more, &count);

		status = parse_list(options, count, words);
		if (status == -1 && optind < count) {
			say("MPWATCH_OPTS may hold options only, not: %s", words[optind]);
			status = STATUS_FAILED;
		}
		if (status >= 0)
			return status;
	}
	status = parse_list(options, argc, argv);
	if (status != -1)
		return status;
	if (options->stop_on_hang && !options->hang_after_ms) {
		say("--on-hang=stop needs --hang-after TIME");
		return STATUS_FAILED;
	}
	options->program = argv + optind;
	if (options->is_record && options->output) {
		options->record = options->output;
		options->output = NULL;
	}
	return -1;
}
