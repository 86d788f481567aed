/* proc_files.h: reading small files of /proc/PID. */
#ifndef MPW_PROC_FILES_H
#define MPW_PROC_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads /proc/PID/NAME, terminates it. Length or negative errno; a longer file is cut. */
ssize_t proc_read(int32_t pid, const char *name, char *buffer, size_t size);
/* Target of a link of /proc/PID, terminated. */
ssize_t proc_link(int32_t pid, const char *name, char *buffer, size_t size);
/* The same as texts of their own, NULL if not to be had. cmdline's zeros become blanks; arguments with blanks are
 * quoted. */
char *proc_exe(int32_t pid);
char *proc_cmdline(int32_t pid);
char *proc_comm(int32_t pid);

/* CPU time of a process in ns by the kernel's own clock: exact where /proc/PID/stat counts hundredths. 0: it is gone.
 */
uint64_t proc_cpu_time(int32_t pid);

/* What we need of /proc/PID/stat. */
struct proc_stat {
	char state;
	int32_t ppid, pgrp;
	uint64_t start_time, utime, stime;
	uint32_t threads;
	int64_t rss_pages;
	int exit_code; /* as waitpid; of a zombie */
};
int proc_stat_read(int32_t pid, struct proc_stat *out);

#endif
