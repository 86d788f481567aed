/* session_find.h: live sessions of this user, for those who want to look at one. */
#ifndef MPW_SESSION_FIND_H
#define MPW_SESSION_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session_info {
	char name[80], command[512];
	int32_t root;
	uint64_t seconds; /* since its start */
	bool watches;     /* the pid that was asked for */
};

/* All that answer within a second each; the caller frees *out. `pid`: 0, or one to ask for. */
size_t session_list(int32_t pid, struct session_info **out);

/* Prints them as a table on standard output. */
void session_print(const struct session_info *list, size_t count);

/* A connection to the session that is meant: by its name, by the pid of one of its processes, or NULL: the only one.
 * Descriptor, or -1 after one line on stderr that begins with `who`. */
int session_choose(const char *which, const char *who);

#endif
