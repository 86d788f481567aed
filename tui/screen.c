/* screen.c: the terminal. */
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
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
	bool open;
} terminal;

static volatile sig_atomic_t end_signal;

static void note_end(int number)
{
	end_signal = number;
}

/* A crash must not leave the terminal raw: the modes go back before the signal takes its course. */
static void crash(int number)
{
	static const char restore[] = "\033[?1049l\033[?25h\033[0m\r\n";
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

static void init_colors(void)
{
	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	for (int i = 0; i < STYLE_COUNT; i++)
		if (style_looks[i].fg >= 0)
			init_pair((short)(i + 1), (short)style_looks[i].fg,
				(short)(COLORS >= 256 ? style_looks[i].bg256 : style_looks[i].bg8));
}

int screen_open(const char **why)
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
	terminal.screen = newterm(NULL, terminal.tty, terminal.tty);
	if (!terminal.screen) {
		*why = "the terminal's type is not known to this system: set TERM, or use mpwatch report";
		return -ENOTTY;
	}
	terminal.open = true;
	catch_signals();
	init_colors();
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	leaveok(stdscr, FALSE);
	return 0;
}

void screen_close(void)
{
	if (!terminal.open)
		return;
	terminal.open = false;
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
	const char *name = getenv("TERM");

	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 && !(name && strcmp(name, "linux") == 0);
}

enum palette screen_palette(void)
{
	const char *none = getenv("NO_COLOR"), *force = getenv("FORCE_COLOR");

	if (none && *none && !(force && *force))
		return PALETTE_MONO;
	if (!has_colors() || COLORS < 8 || COLOR_PAIRS <= STYLE_COUNT)
		return PALETTE_MONO;
	return COLORS >= 256 ? PALETTE_256 : PALETTE_8;
}

static attr_t attributes_of(enum style style, enum palette palette)
{
	const struct style_look *look = &style_looks[style];
	bool background = palette != PALETTE_MONO && look->bg8 >= 0;
	attr_t out = A_NORMAL;

	if (background)
		return out;
	out |= look->attributes & ATTR_BOLD ? A_BOLD : 0;
	out |= look->attributes & ATTR_DIM ? A_DIM : 0;
	out |= look->attributes & ATTR_REVERSE ? A_REVERSE : 0;
	return out;
}

void screen_show(const struct canvas *canvas, enum palette palette, bool anew)
{
	erase();
	for (int y = 0; y < canvas->h; y++)
		for (int x = 0; x < canvas->w; x++) {
			const struct canvas_cell *cell = &canvas->cells[y * canvas->w + x];
			short pair = palette != PALETTE_MONO && style_looks[cell->style].fg >= 0
					     ? (short)(cell->style + 1)
					     : 0;

			/* Writing the last cell scrolls some terminals. */
			if (!cell->text[0] || (y == canvas->h - 1 && x == canvas->w - 1))
				continue;
			if (cell->style == STYLE_PLAIN && strcmp(cell->text, " ") == 0)
				continue;
			attr_set(attributes_of((enum style)cell->style, palette), pair, NULL);
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

/* As `kill -STOP` of ourselves, with the terminal in order; the shell's fg brings us back. */
static void suspend(void)
{
	def_prog_mode();
	endwin();
	kill(0, SIGTSTP);
	reset_prog_mode();
}

/* The rest of a character that began with this byte. Not left to curses, which waits for ever behind bytes that are no
 * character. */
static uint32_t read_character(int first)
{
	char bytes[4] = {(char)first};
	size_t length = 1, whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	uint32_t code;

	timeout(20);
	while (length < whole) {
		int next = getch();

		if (next < 0x80 || next > 0xbf)
			return KEYS_UNKNOWN;
		bytes[length++] = (char)next;
	}
	return utf8_decode(bytes, length, &code) == length ? code : (uint32_t)KEYS_UNKNOWN;
}

uint32_t screen_key(int timeout_ms)
{
	int key;

	timeout(timeout_ms);
	key = getch();
	if (key == ERR || key == 0)
		return 0;
	if (key >= KEY_MIN)
		return translate(key);
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
	case KEY_CONTROL('C'):
		end_signal = SIGINT;
		return 0;
	case KEY_CONTROL('Z'):
		suspend();
		return KEYS_RESIZE;
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

	def_prog_mode();
	endwin();
	child = fork();
	if (child == 0) {
		int fd = fileno(terminal.tty);

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
	reset_prog_mode();
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
