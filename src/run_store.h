/* run_store.h: where a run's recording lies: in a file that was asked for, as one of the last runs, or in memory only.
 */
#ifndef MPW_RUN_STORE_H
#define MPW_RUN_STORE_H

#include <stdbool.h>
#include <stdint.h>

#define RUN_BUDGET (64u << 20)
#define RUNS_KEPT 5

struct run_file {
	int fd;         /* read and write, at 0 */
	char *path;     /* NULL: in memory */
	bool asked_for; /* the user named it or used `record`: kept whatever happens */
};

/* `mpwatch-PROG-YYYYMMDD-HHMMSS.mpw`; the caller frees it. */
char *run_file_name(const char *program);

/* Opens the file for a recording that the user wants. 0, or negative errno. An existing recording is replaced. */
int run_file_create(struct run_file *file, const char *path);

/* Opens a file among the last runs, else memory. 0, or negative errno when not even memory is to be had. */
int run_file_keep(struct run_file *file, const char *program, bool save);

/* Removes all but the latest runs. Those that are still going on stay. */
void runs_prune(void);

/* The newest recording among the last runs; NULL if there is none. The caller frees it. */
char *runs_latest(void);

/* Folder of the last runs; NULL: none is to be had. The caller frees it. */
char *runs_folder(void);

#endif
