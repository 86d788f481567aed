/* screen.c: the terminal. */
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/utf8.h"
#include "keys.h"

static struct {
	FILE *tty;
	SCREEN *screen;
	struct termios modes; /* as they were */
	bool open, mouse, pastes, pasting;
} terminal;

static volatile sig_atomic_t end_signal;

static void note_end(int number)
{
	end_signal = number;
}

/* A crash must not leave the terminal raw: the modes go back before the signal takes its course. */
static void crash(int number)
{
	static const char restore[] = "\033[?1006l\033[?1000l\033[?2004l\033[?1049l\033[?25h\033[0m\r\n";
	ssize_t ignored = write(fileno(terminal.tty), restore, sizeof(restore) - 1);

	(void)ignored;
	tcsetattr(fileno(terminal.tty), TCSANOW, &terminal.modes);
	signal(number, SIG_DFL);
	raise(number);
}

static void catch_signals(void)
{
	static const int ends[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT},
			 crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction action = {.sa_handler = note_end};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &action, NULL);
	action.sa_handler = crash;
	action.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &action, NULL);
}

/* Codes of our own for sequences that terminfo does not know. */
enum { CODE_MOUSE = KEY_MAX + 1, CODE_PASTE, CODE_PASTED };

static void init_colors(void)
{
	if (!has_colors())
		return;
	start_color();
	use_default_colors();
}

/* Clicks and pastes as sequences that cannot be mistaken for keys. A terminal that sends no mouse events is not asked.
 */
static void modes_on(void)
{
	if (terminal.mouse)
		fputs("\033[?1000h\033[?1006h", terminal.tty);
	if (terminal.pastes)
		fputs("\033[?2004h", terminal.tty);
	fflush(terminal.tty);
}

static void modes_off(void)
{
	if (terminal.mouse)
		fputs("\033[?1006l\033[?1000l", terminal.tty);
	if (terminal.pastes)
		fputs("\033[?2004l", terminal.tty);
	fflush(terminal.tty);
}

/* A terminal that has a mouse is of the kind that also tells pastes from typing. */
static void set_modes(bool mouse)
{
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	leaveok(stdscr, FALSE);
	terminal.pastes = has_key(KEY_MOUSE);
	terminal.mouse = mouse && terminal.pastes;
	define_key("\033[<", CODE_MOUSE);
	define_key("\033[200~", CODE_PASTE);
	define_key("\033[201~", CODE_PASTED);
	modes_on();
}

int screen_open(bool mouse, const char **why)
{
	const char *name = getenv("TERM");

	if (!name || !*name || strcmp(name, "dumb") == 0) {
		*why = "TERM is not set or dumb: use mpwatch report";
		return -ENOTTY;
	}
	terminal.tty = fopen("/dev/tty", "r+e");
	if (!terminal.tty || tcgetattr(fileno(terminal.tty), &terminal.modes) != 0) {
		*why = "there is no terminal here: use mpwatch report";
		return -ENOTTY;
	}
	/* A wrong size in the environment is not believed: the terminal's own counts, also in curses' first draw. */
	unsetenv("LINES");
	unsetenv("COLUMNS");
	terminal.screen = newterm(NULL, terminal.tty, terminal.tty);
	if (!terminal.screen) {
		*why = "the terminal's type is not known to this system: set TERM, or use mpwatch report";
		return -ENOTTY;
	}
	terminal.open = true;
	typeahead(-1); /* a frame is written as one: looking for keys in between costs a write for each change */
	catch_signals();
	init_colors();
	set_modes(mouse);
	return 0;
}

/* The shell has taken the terminal back: its modes are the shell's, only the picture is to go. */
static bool close_behind_shell(void)
{
	static const char restore[] = "\033[?1006l\033[?1000l\033[?2004l\033[?1049l\033[?25h\033[0m"
				      "\r\nmpwatch: the screen has ended\r\n"; /* its prompt may be gone */
	pid_t front = tcgetpgrp(fileno(terminal.tty));
	ssize_t ignored;

	if (front < 0 || front == getpgrp())
		return false;
	signal(SIGTTOU, SIG_IGN);
	ignored = write(fileno(terminal.tty), restore, sizeof(restore) - 1);
	(void)ignored;
	return true;
}

void screen_close(void)
{
	if (!terminal.open)
		return;
	terminal.open = false;
	if (close_behind_shell())
		return;
	modes_off();
	endwin();
	delscreen(terminal.screen);
	tcsetattr(fileno(terminal.tty), TCSADRAIN, &terminal.modes);
	fclose(terminal.tty);
}

void screen_size(int *w, int *h)
{
	struct winsize size;

	if (ioctl(fileno(terminal.tty), TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
		*w = size.ws_col < 1000 ? size.ws_col : 1000;
		*h = size.ws_row < 1000 ? size.ws_row : 1000;
		if (COLS != *w || LINES != *h)
			resizeterm(*h, *w);
		return;
	}
	*w = COLS;
	*h = LINES;
}

bool screen_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int screen_colors(void)
{
	return has_colors() && COLOR_PAIRS > STYLE_COUNT ? COLORS : 0;
}

/* Pairs are made when a look is first needed in a palette. */
static attr_t look_of(enum style style, enum palette palette, short *pair)
{
	static int made[STYLE_COUNT]; /* palette + 1 */
	struct style_now now = style_now(style, palette);
	attr_t out = A_NORMAL;

	*pair = now.fg >= 0 || now.bg >= 0 ? (short)(style + 1) : 0;
	if (*pair && made[style] != (int)palette + 1) {
		init_pair(*pair, (short)now.fg, (short)now.bg);
		made[style] = (int)palette + 1;
	}
	out |= now.attributes & ATTR_BOLD ? A_BOLD : 0;
	out |= now.attributes & ATTR_DIM ? A_DIM : 0;
	out |= now.attributes & ATTR_REVERSE ? A_REVERSE : 0;
	return out;
}

void screen_show(const struct canvas *canvas, enum palette palette, bool anew)
{
	erase();
	for (int y = 0; y < canvas->h; y++)
		for (int x = 0; x < canvas->w; x++) {
			const struct canvas_cell *cell = &canvas->cells[y * canvas->w + x];
			attr_t attributes;
			short pair;

			/* Writing the last cell scrolls some terminals. */
			if (!cell->text[0] || (y == canvas->h - 1 && x == canvas->w - 1))
				continue;
			if (cell->style == STYLE_PLAIN && strcmp(cell->text, " ") == 0)
				continue;
			attributes = look_of((enum style)cell->style, palette, &pair);
			attr_set(attributes, pair, NULL);
			mvaddstr(y, x, cell->text);
		}
	attr_set(A_NORMAL, 0, NULL);
	move(canvas->cursor_y < LINES ? canvas->cursor_y : LINES - 1,
		canvas->cursor_x < COLS ? canvas->cursor_x : COLS - 1);
	if (anew)
		clearok(curscr, TRUE);
	refresh();
}

static uint32_t translate(int key)
{
	static const struct {
		int key;
		uint32_t name;
	} keys[] = {{KEY_UP, KEYS_UP}, {KEY_DOWN, KEYS_DOWN}, {KEY_LEFT, KEYS_LEFT}, {KEY_RIGHT, KEYS_RIGHT},
		{KEY_PPAGE, KEYS_PAGE_UP}, {KEY_NPAGE, KEYS_PAGE_DOWN}, {KEY_HOME, KEYS_HOME}, {KEY_END, KEYS_END},
		{KEY_ENTER, KEYS_ENTER}, {KEY_BACKSPACE, KEYS_BACKSPACE}, {KEY_BTAB, KEYS_BACK_TAB},
		{KEY_F(1), KEYS_F1}, {KEY_F(4), KEYS_F4}, {KEY_F(6), KEYS_F6}, {KEY_F(9), KEYS_F9},
		{KEY_F(10), KEYS_F10}, {KEY_RESIZE, KEYS_RESIZE}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			return keys[i].name;
	return KEYS_UNKNOWN;
}

void screen_leave(void)
{
	def_prog_mode();
	modes_off();
	endwin();
}

void screen_return(void)
{
	reset_prog_mode();
	modes_on();
}

void screen_end(int number)
{
	end_signal = number;
}

/* The rest of a character that began with this byte. Not left to curses, which waits for ever behind bytes that are no
 * character. */
static uint32_t read_character(int first)
{
	char bytes[4] = {(char)first};
	size_t length = 1, whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (first < 0xc2 || first > 0xf4)
		return KEYS_UNKNOWN;
	timeout(20);
	while (length < whole) {
		int next = getch();

		if (next < 0x80 || next > 0xbf) {
			if (next != ERR) /* it was cut: that is the next key */
				ungetch(next);
			return KEYS_UNKNOWN;
		}
		bytes[length++] = (char)next;
	}
	return utf8_decode(bytes, length, &code) == length ? code : (uint32_t)KEYS_UNKNOWN;
}

/* The rest of "ESC [ < button ; x ; y M": 0 for what means nothing here. */
static uint32_t read_mouse(void)
{
	unsigned value[3] = {0}, at = 0;
	int next = ERR;

	timeout(20);
	for (unsigned count = 0; count < 24; count++) {
		next = getch();
		if (next >= '0' && next <= '9' && value[at] < 100000)
			value[at] = value[at] * 10 + (unsigned)(next - '0');
		else if (next == ';' && at < 2)
			at++;
		else
			break;
	}
	if (next == 27 || next >= KEY_MIN) /* it was cut, and the next one begins */
		ungetch(next);
	if (next != 'M' || at != 2 || !value[1] || !value[2] || value[1] > 1000 || value[2] > 1000)
		return 0;
	if ((value[0] & ~28u) == 0) /* the first button, whatever Shift and its like say */
		return MOUSE_KEY(MOUSE_CLICK, value[1] - 1, value[2] - 1);
	if ((value[0] & ~28u) == 64 || (value[0] & ~28u) == 65)
		return MOUSE_KEY(value[0] & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP, value[1] - 1, value[2] - 1);
	return 0;
}

/* Nothing that is pasted ends, stops or moves anything. */
static uint32_t pasted(int key)
{
	if (key >= 0x80)
		return KEY_PASTED_FLAG | read_character(key);
	return key >= ' ' && key < 127 ? KEY_PASTED_FLAG | (uint32_t)key : KEYS_UNKNOWN;
}

/* A terminal that has gone gives an error at once, again and again. */
static void look_for_hangup(void)
{
	struct pollfd tty = {.fd = fileno(terminal.tty), .events = 0};

	if (!end_signal && poll(&tty, 1, 0) > 0 && tty.revents & (POLLHUP | POLLERR | POLLNVAL))
		end_signal = SIGHUP;
}

uint32_t screen_key(int timeout_ms)
{
	int key;

	timeout(terminal.pasting ? 50 : timeout_ms);
	key = getch();
	if (key == ERR) /* a paste comes at once: if its end got lost, this is it */
		terminal.pasting = false;
	if (key == ERR)
		look_for_hangup();
	if (key == ERR || key == 0)
		return 0;
	if (key == CODE_PASTE || key == CODE_PASTED)
		terminal.pasting = key == CODE_PASTE;
	if (key == CODE_MOUSE)
		return read_mouse();
	if (key >= KEY_MIN)
		return translate(key);
	if (terminal.pasting)
		return pasted(key);
	if (key >= 0x80)
		return read_character(key);
	switch (key) {
	case '\r':
		return KEYS_ENTER;
	case '\t':
		return KEYS_TAB;
	case 27:
		return KEYS_ESCAPE;
	case 127:
	case 8:
		return KEYS_BACKSPACE;
	case ' ':
		return KEYS_SPACE;
	default:
		return (uint32_t)key;
	}
}

int screen_ended(void)
{
	return end_signal;
}

int screen_run(char *const argv[])
{
	int status = 0;
	pid_t child;

	void (*interrupt)(int) = signal(SIGINT, SIG_IGN), (*quit)(int) = signal(SIGQUIT, SIG_IGN);

	screen_leave();
	child = fork();
	if (child == 0) {
		int fd = fileno(terminal.tty);

		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);

		for (int i = 0; i < 3; i++)
			dup2(fd, i);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (child < 0)
		status = -errno;
	else
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	signal(SIGINT, interrupt);
	signal(SIGQUIT, quit);
	screen_return();
	return status;
}

void screen_copy(const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *at = (const unsigned char *)text;
	size_t left = strlen(text);

	fputs("\033]52;c;", terminal.tty);
	while (left) {
		unsigned bits = (unsigned)at[0] << 16 | (left > 1 ? (unsigned)at[1] << 8 : 0) | (left > 2 ? at[2] : 0u);

		fputc(digits[bits >> 18 & 63], terminal.tty);
		fputc(digits[bits >> 12 & 63], terminal.tty);
		fputc(left > 1 ? digits[bits >> 6 & 63] : '=', terminal.tty);
		fputc(left > 2 ? digits[bits & 63] : '=', terminal.tty);
		at += left > 2 ? 3 : left;
		left -= left > 2 ? 3 : left;
	}
	fputc('\a', terminal.tty);
	fflush(terminal.tty);
}
