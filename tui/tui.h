/* tui.h: the terminal interface: what is on the screen and what a key changes. Knows the run only as snapshots; knows
 * no terminal: screen.c shows the canvas and brings the keys, a script does the same for tests. */
#ifndef MPW_TUI_TUI_H
#define MPW_TUI_TUI_H

#include <stdbool.h>

#include "actions.h"
#include "canvas.h"
#include "layout.h"
#include "player.h"
#include "short.h"
#include "table.h"
#include "theme.h"

#define VIEW_STACK_MAX 16

enum tui_show { SHOW_PROBLEMS, SHOW_ALL, SHOW_INTERNAL };
enum popup { POPUP_NONE, POPUP_SORT, POPUP_SIGNAL, POPUP_FULL };
enum prompt_kind { PROMPT_NONE, PROMPT_FIND, PROMPT_FILTER, PROMPT_TIME, PROMPT_WRITE };
/* What only the terminal's owner can do; tui_key leaves it in `request`. */
enum tui_request { REQUEST_NONE, REQUEST_EDIT, REQUEST_REPORT, REQUEST_COPY, REQUEST_REDRAW, REQUEST_SIGNAL };

#define MUTED_MAX 32
#define CODE_SIZE 16
#define FOLDED_MAX 256
#define UNFOLDED_MAX 16

/* What the last frame showed where: for the mouse. */
struct hit {
	int tab_end[VIEW_COUNT];
	struct rect rows, mosaic, timeline;
	size_t top; /* the row at the top of `rows` or `mosaic` */
	int column_x[COLUMNS_MAX], column_width[COLUMNS_MAX];
	int cells; /* of a row of `mosaic` */
	uint64_t from_ns, step_ns;
};

struct tui {
	struct player *player;
	const struct snapshot *picture;
	const char *path;
	struct canvas canvas;
	struct frame_layout frame;
	enum palette palette; /* on a terminal: made of the theme */
	enum theme theme;
	bool no_mouse;

	enum view_id view;
	enum view_id back[VIEW_STACK_MAX];
	unsigned back_count;
	struct table_state tables[VIEW_COUNT];
	struct table table; /* of the current screen, in the order shown */
	int scroll[VIEW_COUNT];
	bool opened[VIEW_COUNT]; /* the selected row fills the screen */
	bool explained;
	enum tui_show show;
	enum short_units units;
	bool mosaic, follow, one_thread, ungrouped, heirs, graph,
		others_shown; /* z F T v o, v of Locks, Enter of FDs */
	uint32_t focus;       /* process that Stacks shows, 0: main; the followed one */
	char muted[MUTED_MAX][CODE_SIZE];
	unsigned muted_count;
	uint32_t folded[FOLDED_MAX]; /* Tree: processes whose children are not shown */
	unsigned folded_count;
	uint64_t unfolded[UNFOLDED_MAX]; /* Workers: rows that are shown one by one */
	unsigned unfolded_count;
	size_t problem; /* the last that `!` went to */

	uint64_t zoom_ns; /* what Timeline shows, 0: the whole run */
	uint64_t mark_ns; /* where a range begins that has no end yet, or UNKNOWN */
	bool ranged;      /* the picture is of a range */
	bool playing;
	uint64_t since_key_ns; /* tui_advance counts it */
	bool live;             /* the program runs: signals can be sent */
	struct live *session;  /* live.h; NULL: a recording */
	unsigned speed;        /* index into tui_speeds */

	enum prompt_kind prompt;
	char prompt_text[200], find[200], filter[200], message[200];
	enum popup popup;
	size_t popup_at;
	uint32_t popup_process;
	struct hit hit;
	enum tui_request request;
	int request_pid, request_signal;
	char request_text[4096]; /* place for REQUEST_EDIT and REQUEST_COPY: file, request_line */
	uint32_t request_line;
	bool quit;
	bool gone; /* ... and the terminal is no longer ours */
};

#define SPEEDS                                                                                                         \
	{                                                                                                              \
		1, 2, 4, 8, 16, 32, 64, 128, 256, 512                                                                  \
	} /* eighths */
extern const unsigned tui_speeds[10];

/* The player must outlive it. */
void tui_init(struct tui *tui, struct player *player, const char *path, int w, int h, bool ascii, enum palette palette);
void tui_fini(struct tui *tui);
void tui_resize(struct tui *tui, int w, int h);
void tui_key(struct tui *tui, uint32_t key);
/* Time goes by: a recording plays, rows may be sorted anew. */
void tui_advance(struct tui *tui, uint64_t real_ns);
void tui_draw(struct tui *tui);

void tui_message(struct tui *tui, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tui_go(struct tui *tui, enum view_id view); /* the old one is on the stack */
void tui_goto_time(struct tui *tui, uint64_t ts_ns);
void tui_new_picture(struct tui *tui); /* the player has another one */
const char *tui_speed_text(const struct tui *tui);

void tui_move(struct tui *tui, long by);
bool tui_is_muted(const struct tui *tui, const struct snap_finding *finding);

/* travel.c, popup.c, mouse.c: true when the key or action was theirs. */
bool travel_act(struct tui *tui, enum action action);
void popup_sort(struct tui *tui);
void popup_signal(struct tui *tui);
void popup_full(struct tui *tui);
bool popup_key(struct tui *tui, uint32_t key);
void popup_draw(struct tui *tui);
void mouse_key(struct tui *tui, uint32_t key);

/* frame.c: what is around the body. */
void frame_draw(struct tui *tui);
void frame_draw_line(struct tui *tui);

/* prompt.c: true when the key was the prompt's. */
void prompt_start(struct tui *tui, enum prompt_kind kind);
bool prompt_key(struct tui *tui, uint32_t key);
const char *prompt_label(enum prompt_kind kind);

/* script.c: keys without a terminal; 0, or -EINVAL with the position of an unknown key in *at. */
int tui_script(struct tui *tui, const char *keys, size_t *at);

/* loop.c: the interface on the terminal until it is left. 0 or negative errno with *why. */
int tui_run(struct tui *tui, const char **why);
/* CPU time of this process so far. */
uint64_t tui_cpu_ns(void);

#endif
