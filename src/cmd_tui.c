/* cmd_tui.c: mpwatch tui FILE: a recording on the screen, at any of its moments. */
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tui/tui.h"
#include "commands.h"
#include "verb.h"

static const char usage[] = "usage: mpwatch tui [OPTIONS] FILE\n"
			    "       mpwatch tui [OPTIONS] --last\n"
			    "\n"
			    "Shows a recording on the screen, as it was at any moment. ? shows the keys, q leaves.\n"
			    "\n"
			    "Examples:\n"
			    "  mpwatch tui --last\n"
			    "  mpwatch tui run.mpw\n"
			    "\n"
			    "Options:\n"
			    "      --last         the latest run that was kept\n"
			    "      --ascii        only ASCII characters\n"
			    "      --color WHEN   auto, always or never\n"
			    "      --theme NAME   auto, 256, 8, mono, or contrast\n"
			    "      --no-mouse     leave the mouse to the terminal\n"
			    "  -h, --help         this text\n";

struct tui_call {
	const char *script;
	char *input;
	int w, h;
	bool ascii, want_last, mono, colored, no_mouse;
	enum theme theme;
};

static int fail(const char *what, const char *name, const char *why)
{
	return verb_fail("tui", what, name, why);
}

enum { OPTION_LAST = 256, OPTION_ASCII, OPTION_COLOR, OPTION_THEME, OPTION_NO_MOUSE, OPTION_SCRIPT, OPTION_SIZE };

/* --script and --size are for developers: docs/hacking.md. */
static const struct option long_options[] = {
	{"last", no_argument, NULL, OPTION_LAST},
	{"ascii", no_argument, NULL, OPTION_ASCII},
	{"color", required_argument, NULL, OPTION_COLOR},
	{"theme", required_argument, NULL, OPTION_THEME},
	{"no-mouse", no_argument, NULL, OPTION_NO_MOUSE},
	{"script", required_argument, NULL, OPTION_SCRIPT},
	{"size", required_argument, NULL, OPTION_SIZE},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int parse_size(const char *text, struct tui_call *call)
{
	char rest;

	if (sscanf(text, "%dx%d%c", &call->w, &call->h, &rest) == 2 && call->w >= 1 && call->w <= 1000 &&
		call->h >= 1 && call->h <= 1000)
		return STATUS_OK;
	return fail("--size must be like 80x24, not ", text, NULL);
}

static int parse_color(const char *text, struct tui_call *call)
{
	call->mono = strcmp(text, "never") == 0;
	call->colored = strcmp(text, "256") == 0;
	if (strcmp(text, "always") == 0) { /* as many as the terminal has, whatever NO_COLOR says */
		call->theme = call->theme ? call->theme : THEME_256;
		return STATUS_OK;
	}
	if (call->mono || call->colored || strcmp(text, "auto") == 0)
		return STATUS_OK;
	return fail("--color must be auto, always or never, not ", text, NULL);
}

/* STATUS_OK, STATUS_WRONG, or -1: help was printed. */
static int parse_option(int option, void *context)
{
	struct tui_call *call = context;

	switch (option) {
	case OPTION_LAST:
		call->want_last = true;
		return STATUS_OK;
	case OPTION_ASCII:
		call->ascii = true;
		return STATUS_OK;
	case OPTION_COLOR:
		return parse_color(optarg, call);
	case OPTION_THEME:
		return theme_parse(optarg, &call->theme)
			       ? STATUS_OK
			       : fail("--theme must be auto, 256, 8, mono or contrast, not ", optarg, NULL);
	case OPTION_NO_MOUSE:
		call->no_mouse = true;
		return STATUS_OK;
	case OPTION_SCRIPT:
		call->script = optarg;
		return STATUS_OK;
	case OPTION_SIZE:
		return parse_size(optarg, call);
	default:
		fputs(usage, stdout);
		return -1;
	}
}

/* The keys of --script without a terminal; then the screen goes to standard output. */
static int run_script(struct tui *tui, const struct tui_call *call)
{
	size_t at;

	if (tui_script(tui, call->script, &at) != 0)
		return fail("--script: unknown key at: ", call->script + at, NULL);
	canvas_print(&tui->canvas, stdout, tui->palette, !call->colored && !call->theme);
	return fflush(stdout) == 0 ? STATUS_OK : fail("cannot write the screen", NULL, strerror(errno));
}

static int show(const struct tui_call *call)
{
	static const enum palette palettes[] = {PALETTE_256, PALETTE_256, PALETTE_8, PALETTE_MONO, PALETTE_CONTRAST};
	enum palette palette =
		call->mono || (call->script && !call->colored && !call->theme) ? PALETTE_MONO : palettes[call->theme];
	bool ascii = call->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	int status = STATUS_OK, error;
	struct player *player;
	const char *why = "";
	struct tui tui;

	if (player_open(call->input, &player, &why) != 0)
		return fail("", call->input, why);
	tui_init(&tui, player, call->input, call->w, call->h, ascii, palette);
	tui.theme = call->mono ? THEME_MONO : call->theme;
	tui.no_mouse = call->no_mouse;
	if (call->script) {
		status = run_script(&tui, call);
	} else {
		error = tui_run(&tui, &why);
		if (error)
			status = fail(why, NULL, NULL);
	}
	tui_fini(&tui);
	player_close(player);
	return status;
}

int cmd_tui(int argc, char **argv)
{
	struct tui_call call = {.w = 80, .h = 24};
	int status = verb_options("tui", argc, argv, ":h", long_options, parse_option, &call);

	if (status == STATUS_OK)
		status = verb_recording("tui", argc, argv, call.want_last, &call.input);
	if (status != STATUS_OK)
		return status < 0 ? STATUS_OK : status;
	status = show(&call);
	free(call.input);
	return status;
}
