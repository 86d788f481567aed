/* loop.c: the interface on a terminal: keys in, frames out, and what only the terminal's owner can do. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/format.h"
#include "base/str.h"
#include "keys.h"
#include "live.h"
#include "report.h"
#include "screen.h"
#include "tui.h"

#define FRAME_MS 100

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t tui_cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static const char *program_of(const char *first, const char *second, const char *otherwise)
{
	const char *value = getenv(first);

	if (!value || !*value)
		value = second ? getenv(second) : NULL;
	return value && *value ? value : otherwise;
}

/* The variable may hold words ("code -w"): a shell takes them apart, the arguments stay what they are. */
static void run_program(struct tui *tui, const char *program, char *first, char *second)
{
	char *command = str_make("%s \"$@\"", program);
	char shell[] = "sh", option[] = "-c";
	char *argv[] = {shell, option, command, shell, first, second, NULL};
	int status = screen_run(argv);

	if (status != 0)
		tui_message(tui, "%s did not end well (status %d).", program, status);
	free(command);
}

static void edit(struct tui *tui)
{
	char *line = str_make("+%u", tui->request_line);

	if (access(tui->request_text, R_OK) != 0)
		tui_message(tui, "Not on this machine: %s", tui->request_text);
	else
		run_program(tui, program_of("VISUAL", "EDITOR", "vi"), line, tui->request_text);
	free(line);
}

static void copy(struct tui *tui)
{
	char *text = str_make("%s:%u", tui->request_text, tui->request_line);

	screen_copy(text);
	tui_message(tui, "Copied (if the terminal allows it): %s", text);
	free(text);
}

static void show_report(struct tui *tui)
{
	struct report_options options = {.width = (unsigned)(tui->canvas.w > 100  ? 100
							     : tui->canvas.w < 40 ? 40
										  : tui->canvas.w),
		.ascii = tui->canvas.ascii};
	char name[] = "/tmp/mpwatch-report-XXXXXX";
	struct report_result result;
	const char *why = "";
	int fd = mkstemp(name);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file) {
		tui_message(tui, "Cannot write a file in /tmp for the report.");
		return;
	}
	if (report_write_file(tui->path, &options, file, NULL, &result, &why) != 0)
		tui_message(tui, "No report: %s", why);
	if (fclose(file) == 0 && !*tui->message)
		run_program(tui, program_of("PAGER", NULL, "less"), name, NULL);
	unlink(name);
}

/* The menu has asked; who has ended meanwhile gets nothing. */
static void send_signal(struct tui *tui)
{
	char name[FORMAT_SIZE];

	format_signal(tui->request_signal, name);
	if (tui->session)
		live_signal(tui, tui->request_pid, tui->request_signal);
	else if (kill(tui->request_pid, tui->request_signal) != 0)
		tui_message(tui, "%s was not sent to pid %d: %s.", name, tui->request_pid, strerror(errno));
	else
		tui_message(tui, "%s was sent to pid %d.", name, tui->request_pid);
}

static bool serve(struct tui *tui)
{
	enum tui_request request = tui->request;

	tui->request = REQUEST_NONE;
	if (request == REQUEST_EDIT)
		edit(tui);
	else if (request == REQUEST_COPY)
		copy(tui);
	else if (request == REQUEST_REPORT)
		show_report(tui);
	else if (request == REQUEST_SIGNAL)
		send_signal(tui);
	return request == REQUEST_EDIT || request == REQUEST_REPORT || request == REQUEST_REDRAW;
}

static void fit(struct tui *tui)
{
	int w, h;

	screen_size(&w, &h);
	if (w != tui->canvas.w || h != tui->canvas.h)
		tui_resize(tui, w, h);
}

/* With the terminal in order, as a job of the shell; fg brings us back. */
static void suspend(struct tui *tui)
{
	screen_leave();
	if (tui->session && !live_suspend(tui)) {
		tui->quit = true; /* it goes on in the background, and the terminal is somebody else's */
		tui->gone = true;
		return;
	}
	if (!tui->session)
		kill(0, SIGTSTP);
	screen_return();
}

/* Keys that are not for what is on the screen. True when it must be drawn anew. */
static bool take_key(struct tui *tui, uint32_t key, uint64_t now)
{
	if (tui->session && live_key(tui, key, now)) {
		if (!tui->session->suspend)
			return false;
		suspend(tui);
		return true;
	}
	if (key == KEY_CONTROL('C')) {
		screen_end(SIGINT);
	} else if (key == KEY_CONTROL('Z')) {
		suspend(tui);
		return true;
	} else if (key != KEYS_RESIZE) {
		tui_key(tui, key);
	}
	return key == KEYS_RESIZE;
}

static int wait_ms(const struct tui *tui, uint64_t now)
{
	int ms = tui->playing ? FRAME_MS : 1000, session = tui->session ? live_timeout(tui, now) : ms;

	return session < ms ? session : ms;
}

static void loop(struct tui *tui)
{
	uint64_t before = clock_ns(), now = before;
	bool anew = true, dirty = true;

	while (!tui->quit && !screen_ended()) {
		uint32_t key;

		if (dirty) {
			uint64_t begin = tui_cpu_ns();

			fit(tui);
			tui_draw(tui);
			screen_show(&tui->canvas, tui->palette, anew);
			anew = false;
			if (tui->session)
				live_drew(tui, tui_cpu_ns() - begin);
		}
		key = screen_key(wait_ms(tui, now));
		now = clock_ns();
		dirty = key != 0 || tui->playing;
		tui_advance(tui, now - before);
		before = now;
		if (key)
			anew = take_key(tui, key, now);
		if (tui->session)
			dirty |= live_update(tui, now);
		if (tui->request != REQUEST_NONE)
			anew = serve(tui);
	}
}

int tui_run(struct tui *tui, const char **why)
{
	int error = screen_open(!tui->no_mouse, why);
	const char *locale;

	if (error)
		return error;
	tui->canvas.ascii = tui->canvas.ascii || !screen_is_utf8();
	locale = setlocale(LC_CTYPE, NULL);
	tui->canvas.plain_glyphs = theme_plain_glyphs(getenv("TERM"), locale);
	tui->palette = theme_palette(tui->theme, getenv("FORCE_COLOR"), getenv("NO_COLOR"), screen_colors());
	loop(tui);
	if (tui->gone)
		return 0;
	screen_close();
	if (screen_ended()) { /* whoever waits for us sees why we ended */
		signal(screen_ended(), SIG_DFL);
		raise(screen_ended());
	}
	return 0;
}
