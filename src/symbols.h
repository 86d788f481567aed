/* symbols.h: what a place in a program file is called: function, source file, line.
 *
 * The files are foreign and the library that reads them (libdw) trusts them, so the work is done in a child process
 * that has nothing but its socket: a broken file costs a child, a huge one the time budget, never the session. */
#ifndef MPW_SYMBOLS_H
#define MPW_SYMBOLS_H

#include <stdint.h>

struct symbols;

/* Text lives until the next call. "" where not known. */
struct symbol {
	const char *function;
	const char *file; /* as the compiler knew it, absolute where it said so */
	unsigned line;    /* 0: not known */
};

/* `budget_ms`: how long all look-ups together may take. No process is started before the first look-up. */
struct symbols *symbols_new(unsigned budget_ms);

/* For callers who must not wait: from now on look-ups may take so long together, and one that takes longer is not given
 * up: asked again, it may have its answer. */
void symbols_allow(struct symbols *symbols, unsigned budget_ms);

/* The place before a return address. `path`: the program file or library; `build_id`: the one it had when the program
 * ran, in hex, or NULL or "" if not known; `offset`: the return address as an offset in that file, that is address -
 * start + file offset of its line in /proc/PID/maps. Looked up is the byte before, which belongs to the call. Of code
 * that was inlined the innermost function of the program is told, not the compiler's or a system header's.
 *
 * 0; -ENOENT: no such file, or it says nothing about the place; -ESTALE: the file is another one now; -ETIME: the
 * budget is used up; -EIO: the file made libdw fail; it is not tried again; -EAGAIN: no process
 * could be started. */
int symbols_lookup(
	struct symbols *symbols, const char *path, const char *build_id, uint64_t offset, struct symbol *out);

void symbols_free(struct symbols *symbols);

/* The build id of a program file in hex, which needs room for BUILD_ID_TEXT bytes; "" if it has none. 0 or negative
 * errno. */
#define BUILD_ID_TEXT 65u
int symbols_build_id(const char *path, char *out);

#endif
