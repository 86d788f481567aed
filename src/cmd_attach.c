/* cmd_attach.c: mpwatch attach: a live session on the screen of another terminal. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tui/live.h"
#include "../tui/theme.h"
#include "base/text.h"
#include "commands.h"
#include "control.h"
#include "options.h"
#include "session_find.h"

#define STATUS_OK 0
#define STATUS_WRONG 2

static const char who[] = "mpwatch attach";

static const char usage[] =
	"usage: mpwatch attach [OPTIONS] [SESSION|PID]\n"
	"\n"
	"Shows a program that runs under mpwatch: without SESSION the only one. mpwatch ls lists them.\n"
	"\n"
	"Options:\n"
	"      --ascii         only ASCII characters\n"
	"      --color WHEN    auto, always or never\n"
	"      --theme NAME    auto, 256, 8, mono, or contrast\n"
	"      --no-mouse      leave the mouse to the terminal\n"
	"      --refresh TIME  of the screen: 100ms to 10s (200ms)\n"
	"  -h, --help          this text\n";

static int fail(const char *what, const char *name, const char *why)
{
	char *clean = text_cleaned(name ? name : "", TEXT_ASCII);

	fprintf(stderr, "%s: %s%s%s%s\n", who, what, clean, why ? ": " : "", why ? why : "");
	free(clean);
	return STATUS_WRONG;
}

enum { OPTION_ASCII = 256, OPTION_COLOR, OPTION_THEME, OPTION_NO_MOUSE, OPTION_REFRESH };

static const struct option long_options[] = {
	{"ascii", no_argument, NULL, OPTION_ASCII},
	{"color", required_argument, NULL, OPTION_COLOR},
	{"theme", required_argument, NULL, OPTION_THEME},
	{"no-mouse", no_argument, NULL, OPTION_NO_MOUSE},
	{"refresh", required_argument, NULL, OPTION_REFRESH},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int parse_color(const char *text, struct live_options *options)
{
	options->mono = strcmp(text, "never") == 0;
	options->colored = strcmp(text, "always") == 0;
	if (options->mono || options->colored || strcmp(text, "auto") == 0)
		return STATUS_OK;
	return fail("--color must be auto, always or never, not ", text, NULL);
}

/* STATUS_OK, STATUS_WRONG, or -1: help was printed. */
static int parse_option(int option, struct live_options *options)
{
	enum theme theme;

	switch (option) {
	case OPTION_ASCII:
		options->ascii = true;
		return STATUS_OK;
	case OPTION_COLOR:
		return parse_color(optarg, options);
	case OPTION_THEME:
		options->theme = optarg;
		return theme_parse(optarg, &theme)
			       ? STATUS_OK
			       : fail("--theme must be auto, 256, 8, mono or contrast, not ", optarg, NULL);
	case OPTION_NO_MOUSE:
		options->no_mouse = true;
		return STATUS_OK;
	case OPTION_REFRESH:
		options->refresh_ms = options_refresh_ms(optarg);
		return options->refresh_ms ? STATUS_OK
					   : fail("--refresh must be a time from 100ms to 10s, not ", optarg, NULL);
	default:
		fputs(usage, stdout);
		return -1;
	}
}

static int parse_arguments(int argc, char **argv, struct live_options *options, const char **which)
{
	int option, status;

	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		char letter[3] = {'-', (char)optopt, 0};
		const char *name = optopt > 0 && optopt < 256 ? letter : argv[optind - 1];

		if (option == '?' || option == ':')
			return fail(option == ':' ? "a value is missing behind " : "unknown option ", name,
				"see mpwatch attach --help");
		status = parse_option(option, options);
		if (status != STATUS_OK)
			return status;
	}
	if (argc - optind > 1)
		return fail("one session at a time: ", argv[optind + 1], NULL);
	*which = argv[optind];
	return STATUS_OK;
}

int cmd_attach(int argc, char **argv)
{
	struct live_options options = {0};
	const char *which = NULL, *why = "";
	int status = parse_arguments(argc, argv, &options, &which), fd;

	if (status != STATUS_OK)
		return status < 0 ? STATUS_OK : status;
	fd = session_choose(which, who);
	if (fd < 0)
		return STATUS_WRONG;
	if (control_tell(fd, CONTROL_HELLO, CONTROL_VERSION, 0, NULL) != 0)
		return fail("the session is over", NULL, NULL);
	if (live_run(fd, &options, &why) != 0)
		return fail(why, NULL, NULL);
	return STATUS_OK;
}
