#include "live.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/format.h"
#include "control.h"
#include "keys.h"
#include "pane.h"
#include "tui.h"

#define REFRESH_MS 200
#define TYPING_MS 20   /* what is typed is seen at once */
#define COST_SHARE 50u /* reading and drawing takes at most this part of the time */
#define REFRESH_MAX_NS 1000000000ull
#define BACKLOG_MAX (128u << 10) /* of output: more is skipped, nobody could have read it */
#define INTERRUPTS_NS 5000000000ull

static void tell(struct live *live, enum control_type type, int32_t a, int32_t b)
{
	if (live->socket >= 0)
		control_tell(live->socket, type, a, b, NULL);
}

/* --- the program's terminal --- */

static void answer(void *context, const char *bytes, size_t count)
{
	struct live *live = context;
	struct control_message message = {.type = CONTROL_KEYS};

	while (count && live->socket >= 0) {
		size_t part = count < CONTROL_TEXT_MAX ? count : CONTROL_TEXT_MAX;

		message.length = (uint32_t)part;
		memcpy(message.text, bytes, part);
		control_send(live->socket, &message, NULL, 0);
		bytes += part;
		count -= part;
	}
}

/* True when there was something. */
static bool read_output(struct live *live)
{
	char bytes[16384];
	struct stat info;
	bool any = false;

	if (live->output < 0 || fstat(live->output, &info) != 0)
		return false;
	if ((uint64_t)info.st_size > live->output_read + BACKLOG_MAX) {
		live->output_read = (uint64_t)info.st_size - BACKLOG_MAX / 2;
		pane_feed(live->pane, "\030\033[0m\r\n", 7);
	}
	/* Only what is there now: who prints all the time would never let us go. */
	while (live->output_read < (uint64_t)info.st_size) {
		ssize_t got = pread(live->output, bytes, sizeof(bytes), (off_t)live->output_read);

		if (got <= 0)
			break;
		pane_feed(live->pane, bytes, (size_t)got);
		live->output_read += (uint64_t)got;
		any = true;
	}
	return any;
}

/* --- reading along --- */

static bool take_messages(struct live *live)
{
	static struct control_message message;
	bool any = false;
	int rc = 0;

	while (live->socket >= 0 && (rc = control_receive(live->socket, &message, NULL)) > 0) {
		if (message.type != CONTROL_STATE)
			continue;
		live->waits_for_input = message.a & STATE_WAITS_FOR_INPUT;
		live->raw = message.a & STATE_RAW;
		any = true;
	}
	if (rc < 0) {
		close(live->socket);
		live->socket = -1;
		any = true;
	}
	return any;
}

/* A run that is expensive to look at is looked at less often. */
static void set_pace(struct tui *tui)
{
	struct live *live = tui->session;
	uint64_t wanted = live->cost_ns * COST_SHARE;

	wanted = wanted > REFRESH_MAX_NS ? REFRESH_MAX_NS : wanted;
	live->slow = wanted > 2 * live->refresh_ns && wanted >= REFRESH_MAX_NS / 2;
	if (wanted < live->refresh_ns)
		wanted = live->refresh_ns;
	if (!player_follows(tui->player) && wanted < REFRESH_MAX_NS)
		wanted = REFRESH_MAX_NS;
	live->next_read_ns = live->read_at_ns + wanted;
}

/* Those that a key has led to cost nothing here: they are to come at once. */
void live_drew(struct tui *tui, uint64_t cost_ns)
{
	struct live *live = tui->session;

	if (!live->drawn)
		live->cost_ns += cost_ns;
	live->drawn = true;
	set_pace(tui);
}

static bool read_recording(struct tui *tui, uint64_t now_ns)
{
	struct live *live = tui->session;
	bool follows = player_follows(tui->player), any;
	uint64_t before;

	if (live->ended || (now_ns < live->next_read_ns && live->socket >= 0))
		return false;
	before = tui_cpu_ns();
	any = player_update(tui->player);
	live->read_at_ns = now_ns;
	live->cost_ns = any ? tui_cpu_ns() - before : 0;
	live->drawn = !any || !follows;
	set_pace(tui);
	if (any && follows)
		tui_new_picture(tui);
	/* What the supervisor wrote last was there before it closed the socket. */
	if (player_last(tui->player)->ended || (!any && live->socket < 0)) {
		live->ended = true;
		tui->live = false;
		live->waits_for_input = live->typing = false;
		live->question = ASK_NOTHING;
		if (!player_last(tui->player)->ended)
			tui_message(tui, "mpwatch was killed: what happened since is not recorded.");
		/* Then the terminal is the shell's again. */
		tui->quit = live->options.owner && !player_last(tui->player)->ended;
		tui->quit = tui->quit || live->leaving || live->options.close_on_exit;
		any = true;
	}
	return any;
}

bool live_update(struct tui *tui, uint64_t now_ns)
{
	struct live *live = tui->session;
	bool draw = take_messages(live), output;

	pane_resize(live->pane, tui->canvas.w, tui->canvas.h);
	output = read_output(live);
	draw |= output && tui->view == VIEW_OUTPUT;
	draw |= read_recording(tui, now_ns);
	return draw;
}

int live_timeout(const struct tui *tui, uint64_t now_ns)
{
	const struct live *live = tui->session;
	uint64_t left = live->next_read_ns > now_ns ? live->next_read_ns - now_ns : 0;

	if (live->typing || (tui->view == VIEW_OUTPUT && !live->ended && left > 100000000))
		return live->typing ? TYPING_MS : 100;
	return live->ended ? 1000 : (int)(left / 1000000) + 1;
}

/* --- keys --- */

static void interrupt(struct tui *tui, uint64_t now_ns)
{
	struct live *live = tui->session;

	if (now_ns - live->interrupt_ns > INTERRUPTS_NS)
		live->interrupts = 0;
	live->interrupt_ns = now_ns;
	switch (live->interrupts++) {
	case 0:
		answer(live, "\003", 1);
		tui_message(tui, "Ctrl-C sent. Again: SIGTERM. Third: SIGKILL (asks)");
		break;
	case 1:
		tell(live, CONTROL_STOP, SIGTERM, 0);
		tui_message(tui, "SIGTERM sent. Again: SIGKILL (asks)");
		break;
	default:
		live->question = ASK_KILL;
	}
}

static void ask(struct tui *tui, uint32_t key)
{
	struct live *live = tui->session;
	enum live_question question = live->question;

	live->question = ASK_NOTHING;
	if (question == ASK_KILL && (key == 'y' || key == 'Y')) {
		tell(live, CONTROL_STOP, SIGKILL, 0);
		tui_message(tui, "SIGKILL sent.");
	} else if (question == ASK_QUIT && key == 'd') {
		tui->quit = true;
	} else if (question == ASK_QUIT && key == 'k') {
		tell(live, CONTROL_STOP, live->leaving ? SIGKILL : SIGTERM, 0);
		tui_message(tui,
			live->leaving
				? "SIGKILL sent."
				: "SIGTERM sent. The screen closes when the program has ended; q k again: SIGKILL.");
		live->leaving = true;
	} else if (question == ASK_QUIT && key != KEYS_ESCAPE && key != 'q') {
		live->question = question; /* that was no answer */
	}
}

void live_quit(struct tui *tui)
{
	struct live *live = tui->session;

	if (live->ended || !live->options.owner)
		tui->quit = true;
	else
		live->question = ASK_QUIT;
}

void live_type(struct tui *tui)
{
	struct live *live = tui->session;

	if (!live->options.owner)
		tui_message(tui, "Only the screen that started the program can type to it.");
	else if (live->output < 0)
		tui_message(tui, "The program's input is not this terminal.");
	else if (live->ended)
		tui_message(tui, "The program has ended.");
	else
		live->typing = true;
	tui_go(tui, VIEW_OUTPUT);
	tui->scroll[VIEW_OUTPUT] = 0;
}

bool live_key(struct tui *tui, uint32_t key, uint64_t now_ns)
{
	struct live *live = tui->session;

	if (live->typing && key == KEY_CONTROL(']')) {
		live->typing = false;
	} else if (live->typing) {
		if (!KEY_IS_MOUSE(key) && key != KEYS_RESIZE)
			pane_key(live->pane, key & ~KEY_PASTED_FLAG);
	} else if (key & KEY_PASTED_FLAG || KEY_IS_MOUSE(key)) {
		return false;
	} else if (live->question != ASK_NOTHING && key != KEYS_RESIZE) {
		tui->message[0] = 0;
		ask(tui, key);
	} else if (key == KEY_CONTROL('C') && live->options.owner && !live->ended) {
		interrupt(tui, now_ns);
	} else if (key == KEY_CONTROL('\\') && live->options.owner && !live->ended) {
		answer(live, "\034", 1);
		tui_message(tui, "Ctrl-\\ sent.");
	} else if (key == KEY_CONTROL('C')) {
		live_quit(tui);
	} else if (key == KEY_CONTROL('Z')) {
		live->suspend = true;
	} else {
		return false;
	}
	return true;
}

bool live_draws_itself(const struct live *live)
{
	return pane_full_screen(live->pane) || (live->raw && pane_erases(live->pane));
}

const char *live_banner(const struct tui *tui)
{
	const struct live *live = tui->session;

	if (live->typing)
		return "Keys go to the program. Ctrl-] ends that.";
	if (live->question == ASK_QUIT)
		return live->leaving ? "The program still runs: d detach, k kill it (SIGKILL), Esc stay"
				     : "The program still runs: d detach (it goes on), k stop it, Esc stay";
	if (live->question == ASK_KILL)
		return "Kill the program (SIGKILL)? y: yes, any other key: no";
	return NULL;
}

void live_signal(struct tui *tui, int pid, int number)
{
	struct live *live = tui->session;
	char name[FORMAT_SIZE];

	format_signal(number, name);
	if (live->socket < 0 || control_tell(live->socket, CONTROL_SIGNAL, pid, number, NULL) != 0)
		tui_message(tui, "%s was not sent to pid %d: the session is over.", name, pid);
	else
		tui_message(tui, "%s was sent to pid %d.", name, pid);
}

bool live_suspend(struct tui *tui)
{
	struct live *live = tui->session;
	static struct control_message message;
	struct pollfd ready = {.fd = live->socket, .events = POLLIN};

	live->suspend = false;
	if (live->options.owner && live->socket >= 0) {
		tell(live, CONTROL_SUSPEND, 0, 0);
		while (poll(&ready, 1, -1) >= 0 || errno == EINTR) {
			int rc = control_receive(live->socket, &message, NULL);

			if (rc < 0)
				return false;
			if (rc > 0 && message.type == CONTROL_RESUMED)
				return message.a;
		}
	}
	kill(0, SIGTSTP);
	return true;
}

/* --- the whole --- */

static int welcome(struct live *live, const char **why)
{
	static struct control_message message;
	int fds[2], error = control_welcome(live->socket, -1, &message, fds, why);

	if (error)
		return error;
	live->supervisor = message.a;
	live->root = message.b;
	snprintf(live->name, sizeof(live->name), "%.79s", message.text);
	live->output = fds[1];
	return fds[0];
}

/* The first process is in the recording a moment after its start. */
static int open_player(struct live *live, const char *path, struct player **player, const char **why)
{
	struct pollfd other = {.fd = live->socket, .events = 0};

	for (;;) {
		int error = player_open_live(path, player, why);

		if (error != -EAGAIN)
			return error;
		if (poll(&other, 1, 20) > 0 && other.revents & POLLHUP) {
			*why = "the session is over";
			return -ECONNABORTED;
		}
	}
}

static void set_look(struct tui *tui, const struct live_options *options)
{
	enum theme theme = THEME_AUTO;

	if (options->theme)
		theme_parse(options->theme, &theme);
	if (options->colored && theme == THEME_AUTO)
		theme = THEME_256;
	tui->theme = options->mono ? THEME_MONO : theme;
	tui->no_mouse = options->no_mouse;
}

int live_run(int socket, const struct live_options *options, const char **why)
{
	struct live live = {.options = *options, .socket = socket, .output = -1};
	bool ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	char path[40];
	struct player *player;
	struct tui tui;
	int fd, error;

	live.refresh_ns = (options->refresh_ms ? options->refresh_ms : REFRESH_MS) * 1000000ull;
	fd = welcome(&live, why);
	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	error = open_player(&live, path, &player, why);
	if (error)
		return error;
	live.pane = pane_new(80, 24, options->owner ? answer : NULL, &live);
	tui_init(&tui, player, path, 80, 24, ascii, PALETTE_MONO);
	set_look(&tui, options);
	tui.session = &live;
	tui.live = true;
	error = tui_run(&tui, why);
	tell(&live, CONTROL_LEAVE, 0, 0);
	tui_fini(&tui);
	pane_free(live.pane);
	player_close(player);
	if (live.output >= 0)
		close(live.output);
	close(fd);
	return error;
}
