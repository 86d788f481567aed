/* view.h: what a screen is made of. One file per screen; views.def lists them. */
#ifndef MPW_TUI_VIEW_H
#define MPW_TUI_VIEW_H

#include "actions.h"
#include "canvas.h"
#include "lines.h"
#include "snapshot.h"
#include "table.h"
#include "tui.h"

struct place {
	const char *file;
	uint32_t line;
};

struct view {
	const struct column *columns; /* NULL: no table */
	size_t column_count;
	void (*rows)(const struct tui *tui, struct table *table);
	void (*draw)(struct tui *tui, struct rect body);
	/* True when it was the screen's own business. May be NULL. */
	bool (*act)(struct tui *tui, enum action action);
	/* What the message line says when there is no message. May be NULL. */
	void (*status)(const struct tui *tui, char *text, size_t size);
	/* The place in the source that `e` and `y` mean. May be NULL. */
	bool (*place)(const struct tui *tui, struct place *out);
	/* The process that the selected row is about, or NULL. May be NULL. */
	const struct snap_process *(*process)(const struct tui *tui);
	bool rows_are_processes; /* a row's identity is a process number */
};

extern const struct view view_workers, view_timeline, view_copies, view_fds, view_locks, view_findings, view_tree,
	view_stacks, view_output, view_help;
extern const struct view *const views[VIEW_COUNT];

/* Table above, details of the selected row below: how most screens look. `lines` are drawn only when there is room. */
void view_draw_table(struct tui *tui, struct rect body, const struct lines *detail);
/* One more row at the top of the body is used; false when there is none left. */
bool view_take_row(struct rect *body, struct rect *row);

/* Parts of Workers. */
void lines_worker(struct lines *lines, const struct tui *tui, const struct snap_process *process);
void lines_worker_compact(struct lines *lines, const struct tui *tui, const struct snap_process *selected);
/* That nothing moves, if so: true. */
bool lines_still(struct lines *lines, const struct tui *tui);
void lines_healthy(struct lines *lines, const struct tui *tui);
size_t unmuted_findings(const struct tui *tui);
int mosaic_cells(int width); /* letters in a row */
void draw_mosaic(struct tui *tui, struct rect body);

/* The rows of Timeline: letters of every column, names, and the sums of all workers; kept until something changes. */
struct axis {
	uint64_t from_ns, step_ns;
	int x, width;
};
int timeline_track_count(const struct tui *tui);
void timeline_draw_tracks(struct tui *tui, const struct axis *axis, struct rect rect, bool sums);
#define TIMELINE_SUMS 5
#define TIMELINE_NAMES 9 /* columns */
void timeline_draw_sums(struct tui *tui, const struct axis *axis, struct rect rect);

/* Pieces that several screens use. */
enum style style_of_state(char state);
/* The letter of one column, small below two thirds. */
char column_state(const struct snapshot *picture, const struct snap_process *process, uint64_t from_ns, uint64_t to_ns,
	const struct snap_mix *mix, enum style *style);
void draw_states(struct tui *tui, const struct snap_process *process, uint64_t from_ns, uint64_t step_ns, int x, int y,
	int width);
void draw_legend(struct tui *tui, struct rect row);
void lines_stack(struct lines *lines, const struct snap_stack *stack, size_t limit);
void lines_segments(struct lines *lines, const struct tui *tui);
/* The findings of some families ("FX") and what to do; how many there are. */
size_t lines_problems_of(struct lines *lines, const struct tui *tui, const char *families);
void lines_problems(struct lines *lines, const struct tui *tui, size_t limit);
bool place_of_process(const struct tui *tui, struct place *out); /* where the selected one waits */
bool place_of_stack(const struct snap_stack *stack, struct place *out);
bool process_is_shown(const struct tui *tui, const struct snap_process *process);
const struct snap_process *focus_process(const struct tui *tui);
const struct snap_process *view_process(const struct tui *tui);     /* of this screen, or NULL */
const struct snap_process *selected_process(const struct tui *tui); /* where rows are processes */

#endif
