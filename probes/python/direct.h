/* direct.h: locks that only the interpreter itself uses. It takes its mutexes some ten times for each message, always
 * private ones, of which nothing is to be seen: its own calls go straight on to what is behind ours. */
#ifndef MPW_PROBE_PYTHON_DIRECT_H
#define MPW_PROBE_PYTHON_DIRECT_H

/* Exchanges the addresses that the interpreter's own object calls, where that is possible without a change of what its
 * memory allows, and where the object has no part in locks that processes share. Calls of all other objects stay as
 * they are. The GIL is held. */
void direct_begin(void);

#endif
