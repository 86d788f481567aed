/* output_log.h: what the program printed on its terminal while a screen was in the way: kept in a file that has no name
 * unless somebody wants it. Written by one thread, read by others through the descriptor. */
#ifndef MPW_OUTPUT_LOG_H
#define MPW_OUTPUT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So much of the end of a longer output is kept on disk. */
#define OUTPUT_LOG_KEPT (64u << 20)

struct output_log {
	int fd; /* -1: no place for it */
	uint64_t size;
	uint64_t lost; /* bytes that could not be written */
	char *name;    /* the file's, when it had to have one from the start; else NULL */
};

enum output_replay { REPLAY_AUTO, REPLAY_ALL, REPLAY_TAIL, REPLAY_NONE };

/* 0 or negative errno. */
int output_log_open(struct output_log *log);
void output_log_append(struct output_log *log, const char *bytes, size_t count);

/* Prints on `fd` what was kept from `from` on: all of it when that was asked for (AUTO: when it is up to 1 MiB), else
 * its last lines; only what lines of text need is passed on (colours, tabs, going back), never a question to the
 * terminal. *path: where all of it is now, NULL unless some was left out; the caller frees it. */
void output_log_replay(struct output_log *log, enum output_replay how, uint64_t from, int fd, char **path);
void output_log_close(struct output_log *log);

/* The filter of the replay, a state machine: writes at most `count` bytes to `out`, gives their number. */
struct output_filter {
	unsigned state;
	bool other_screen; /* between ?1049h and ?1049l: nothing of it stays in a terminal either */
	char sequence[32];
	size_t length;
};
size_t output_filter_pass(struct output_filter *filter, const char *bytes, size_t count, char *out);

#endif
