/* screen.h: the terminal: shows a canvas, brings keys. The only file that knows ncurses. */
#ifndef MPW_TUI_SCREEN_H
#define MPW_TUI_SCREEN_H

#include "canvas.h"

/* Takes /dev/tty. 0 or negative errno with *why. */
int screen_open(bool mouse, const char **why);
/* Gives the terminal back as it was; harmless when it is not open. */
void screen_close(void);
void screen_size(int *w, int *h);
bool screen_is_utf8(void);
int screen_colors(void); /* 0: none */
/* Writes only what has changed; `anew`: everything. */
void screen_show(const struct canvas *canvas, enum palette palette, bool anew);
/* Gives the terminal back for a while, and takes it again; the screen must be drawn anew then. */
void screen_leave(void);
void screen_return(void);
/* As if a signal had asked us to end. */
void screen_end(int number);
/* The next key, 0 after `timeout_ms` without one, KEYS_RESIZE when the window changed (or the program was continued).
 */
uint32_t screen_key(int timeout_ms);
/* Asked to end by a signal: its number, else 0. */
int screen_ended(void);
/* Runs a program on the normal screen and comes back: argv[0] by PATH. Its wait status, or negative errno. */
int screen_run(char *const argv[]);
/* Asks the terminal to put a text on the clipboard (OSC 52). */
void screen_copy(const char *text);

#endif
