/* pane.h: the program's terminal: what it printed, as a terminal would show it (libvterm), with the lines that have
 * left the top. Lines are numbered from the oldest kept; a line's cells are text and looks of the canvas. */
#ifndef MPW_TUI_PANE_H
#define MPW_TUI_PANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "canvas.h"

struct pane;

/* What a terminal answers: to the program's questions, and to keys. */
typedef void pane_answer(void *context, const char *bytes, size_t count);

struct pane *pane_new(int w, int h, pane_answer *answer, void *context);
void pane_free(struct pane *pane);
void pane_resize(struct pane *pane, int w, int h);
void pane_feed(struct pane *pane, const char *bytes, size_t count);
/* A key of keys.h, as this terminal sends it now. */
void pane_key(struct pane *pane, uint32_t key);

size_t pane_lines(const struct pane *pane); /* up to the last that is not empty, or the cursor */
size_t pane_kept(const struct pane *pane);  /* of those: lines that have left the screen */
void pane_draw_line(const struct pane *pane, size_t line, struct canvas *canvas, int x, int y, int width);
/* Line and column of the cursor. */
void pane_cursor(const struct pane *pane, size_t *line, int *column);
bool pane_full_screen(const struct pane *pane); /* the program draws its own */

bool pane_erases(const struct pane *pane); /* it has begun at the top left at least once */

#endif
