/* session_symbols.h: at the end of a session: names and source lines for the places in its stacks, while the files are
 * there. */
#ifndef MPW_SESSION_SYMBOLS_H
#define MPW_SESSION_SYMBOLS_H

#include "collect.h"

/* Emits SYMBOL and SOURCE events: first for stacks that something went wrong in, then for the others, within the
 * budgets (below) of time and number. `started_unix_ns`: of the session, to tell files that were changed since. */
void session_symbols_emit(struct collect *collect, uint64_t started_unix_ns);

#define SYMBOLS_FAILURE_MS 1000u /* of failures */
#define SYMBOLS_OTHER_MS 250u    /* of the others: nobody should wait long for a report that says all is well */
#define SYMBOLS_FRAMES_MAX 4000u
#define SYMBOLS_SOURCES_MAX 1000u

#endif
