/* session_symbols.h: names and source lines for the places in a session's stacks, while the files are there. */
#ifndef MPW_SESSION_SYMBOLS_H
#define MPW_SESSION_SYMBOLS_H

#include "collect.h"

struct session_symbols;

/* `started_unix_ns`: of the session, to tell files that were changed since. */
struct session_symbols *session_symbols_new(struct collect *collect, uint64_t started_unix_ns);
void session_symbols_free(struct session_symbols *symbols);

/* While the program runs and somebody looks on: emits SYMBOL and SOURCE events for stacks that are new. What takes long
 * is left for the end: the program's events wait meanwhile. */
void session_symbols_some(struct session_symbols *symbols);

/* At the end: for all stacks that have no names yet, first for those that something went wrong in, within the budgets
 * (below) of time and number. */
void session_symbols_rest(struct session_symbols *symbols);

#define SYMBOLS_LIVE_MS 20u
#define SYMBOLS_FAILURE_MS 1000u /* of failures */
#define SYMBOLS_OTHER_MS 250u    /* of the others: nobody should wait long for a report that says all is well */
#define SYMBOLS_FRAMES_MAX 4000u
#define SYMBOLS_SOURCES_MAX 1000u

#endif
