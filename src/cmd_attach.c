/* cmd_attach.c: mpwatch attach: a live session on the screen of another terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tui/live.h"
#include "../tui/theme.h"
#include "commands.h"
#include "control.h"
#include "options.h"
#include "session_find.h"
#include "verb.h"

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
	return verb_fail("attach", what, name, why);
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
static int parse_option(int option, void *context)
{
	struct live_options *options = context;
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

int cmd_attach(int argc, char **argv)
{
	struct live_options options = {0};
	int status = verb_options("attach", argc, argv, ":h", long_options, parse_option, &options), fd;
	const char *why = "";

	if (status != STATUS_OK)
		return status < 0 ? STATUS_OK : status;
	if (argc - optind > 1)
		return fail("one session at a time: ", argv[optind + 1], NULL);
	fd = session_choose(argv[optind], "mpwatch attach");
	if (fd < 0)
		return STATUS_WRONG;
	if (control_tell(fd, CONTROL_HELLO, CONTROL_VERSION, 0, NULL) != 0)
		return fail("the session is over", NULL, NULL);
	if (live_run(fd, &options, &why) != 0)
		return fail(why, NULL, NULL);
	return STATUS_OK;
}
