/* ui_choice.h: screen or no screen, and which of the program's streams are the terminal. The rule is a pure function of
 * what was found about the terminal. */
#ifndef MPW_UI_CHOICE_H
#define MPW_UI_CHOICE_H

#include <stdbool.h>

enum ui_wanted { UI_AUTO, UI_TUI, UI_NONE };

/* What a standard stream is connected with. A pipe's reader may draw on the terminal itself. */
enum ui_stream { STREAM_CLOSED, STREAM_TERMINAL, STREAM_FILE, STREAM_PIPE };

struct ui_facts {
	enum ui_stream streams[3];
	bool has_terminal; /* /dev/tty can be opened */
	bool foreground;   /* our group is the terminal's */
	bool dumb;         /* TERM unset or dumb */
	bool ci;           /* CI is set */
};

/* NULL: the screen is to be shown; else why not, one clause. */
const char *ui_why_not(enum ui_wanted wanted, const struct ui_facts *facts);

/* Looks at the process's own streams and environment. *tty: the terminal, opened anew, non-blocking, or -1. */
void ui_find_facts(struct ui_facts *facts, int *tty);

#endif
