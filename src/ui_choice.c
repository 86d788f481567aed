#include "ui_choice.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

const char *ui_why_not(enum ui_wanted wanted, const struct ui_facts *facts)
{
	if (wanted == UI_NONE)
		return "it was not wanted";
	if (!facts->has_terminal)
		return "there is no terminal";
	if (facts->dumb)
		return "TERM is not set or dumb";
	if (!facts->foreground)
		return "mpwatch runs in the background";
	if (wanted == UI_TUI)
		return NULL;
	if (facts->ci)
		return "CI is set";
	if (facts->streams[STDERR_FILENO] != STREAM_TERMINAL)
		return "stderr is not the terminal";
	if (facts->streams[STDOUT_FILENO] == STREAM_PIPE)
		return "stdout is a pipe, whose reader may use the terminal";
	return NULL;
}

/* Which terminal a descriptor is, 0 if it is none. */
static unsigned terminal_number(int fd)
{
	unsigned number = 0;

	return ioctl(fd, TIOCGDEV, &number) == 0 ? number : 0;
}

static enum ui_stream stream_of(int fd, unsigned terminal)
{
	struct stat info;
	int flags = fcntl(fd, F_GETFD);

	/* Our own filler of a closed one has FD_CLOEXEC: the program finds it closed. */
	if (flags < 0 || flags & FD_CLOEXEC || fstat(fd, &info) != 0)
		return STREAM_CLOSED;
	if (terminal && isatty(fd) && terminal_number(fd) == terminal)
		return STREAM_TERMINAL;
	return S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode) ? STREAM_PIPE : STREAM_FILE;
}

void ui_find_facts(struct ui_facts *facts, int *tty)
{
	const char *term = getenv("TERM"), *ci = getenv("CI");
	unsigned terminal;

	*tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	terminal = *tty >= 0 ? terminal_number(*tty) : 0;
	facts->has_terminal = *tty >= 0 && terminal;
	facts->foreground = *tty >= 0 && tcgetpgrp(*tty) == getpgrp();
	facts->dumb = !term || !*term || strcmp(term, "dumb") == 0;
	facts->ci = ci && *ci;
	for (int fd = 0; fd < 3; fd++)
		facts->streams[fd] = stream_of(fd, terminal);
}
