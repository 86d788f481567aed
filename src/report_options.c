/* report_options.c: how a report looks on this output: width, ASCII or not, colour or not. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report.h"

#define WIDTH_MAX 100
#define WIDTH_DEFAULT 80

static const char *set_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool wants_color(bool terminal, enum report_color color)
{
	const char *term = getenv("TERM");

	if (color != REPORT_COLOR_AUTO)
		return color == REPORT_COLOR_ALWAYS;
	if (set_variable("FORCE_COLOR"))
		return strcmp(getenv("FORCE_COLOR"), "0") != 0;
	if (set_variable("NO_COLOR"))
		return false;
	if (set_variable("CLICOLOR_FORCE"))
		return strcmp(getenv("CLICOLOR_FORCE"), "0") != 0;
	return terminal && term && *term && strcmp(term, "dumb") != 0;
}

static unsigned terminal_width(int fd)
{
	const char *columns = set_variable("COLUMNS");
	struct winsize size;
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;

	if (width == 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width == 0)
		return WIDTH_DEFAULT;
	return width > WIDTH_MAX ? WIDTH_MAX : (unsigned)width;
}

void report_options_for(struct report_options *options, int fd, enum report_color color, bool ascii, unsigned width)
{
	bool terminal = isatty(fd);
	const char *term = getenv("TERM");
	bool plain = !terminal || !term || strcmp(term, "linux") == 0 || strcmp(term, "dumb") == 0;

	options->ascii = ascii || plain || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	options->color = wants_color(terminal, color);
	options->width = width ? width : terminal ? terminal_width(fd) : WIDTH_DEFAULT;
}
