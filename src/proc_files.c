#include "proc_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define CMDLINE_MAX 4096

ssize_t proc_read(int32_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	size_t length = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (length < size - 1) {
		ssize_t got = read(fd, buffer + length, size - 1 - length);

		if (got < 0 && length == 0) {
			got = -errno;
			close(fd);
			return got;
		}
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	close(fd);
	buffer[length] = 0;
	return (ssize_t)length;
}

ssize_t proc_link(int32_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	length = readlink(path, buffer, size - 1);
	if (length < 0)
		return -errno;
	buffer[length] = 0;
	return length;
}

char *proc_exe(int32_t pid)
{
	char text[4096];

	return proc_link(pid, "exe", text, sizeof(text)) > 0 ? mem_copy_text(text) : NULL;
}

char *proc_comm(int32_t pid)
{
	char text[64];
	ssize_t length = proc_read(pid, "comm", text, sizeof(text));

	if (length <= 0)
		return NULL;
	if (text[length - 1] == '\n')
		text[length - 1] = 0;
	return mem_copy_text(text);
}

char *proc_cmdline(int32_t pid)
{
	char text[CMDLINE_MAX], out[2 * CMDLINE_MAX];
	ssize_t length = proc_read(pid, "cmdline", text, sizeof(text));
	size_t used = 0;

	if (length <= 0)
		return NULL;
	for (const char *at = text; at < text + length; at += strlen(at) + 1) {
		int quote = *at == 0 || strpbrk(at, " \t\n\"'\\$`;&|<>()") != NULL;
		int n = snprintf(out + used, sizeof(out) - used, quote ? "%s'%s'" : "%s%s", used ? " " : "", at);

		if (n < 0 || (size_t)n >= sizeof(out) - used)
			break;
		used += (size_t)n;
	}
	out[used] = 0;
	return mem_copy_text(out);
}

int proc_stat_read(int32_t pid, struct proc_stat *out)
{
	char text[1024];
	ssize_t length = proc_read(pid, "stat", text, sizeof(text));
	const char *at;
	long long field[53] = {0};

	if (length < 0)
		return (int)length;
	at = strrchr(text, ')'); /* the name in front may hold anything */
	if (!at || at[1] != ' ' || !at[2])
		return -EINVAL;
	out->state = at[2];
	at += 3;
	for (int i = 4; i <= 52; i++) {
		char *end;

		/* fields above 2^63 (addresses) are none of ours */
		errno = 0;
		field[i] = strtoll(at, &end, 10);
		if (end == at)
			break;
		at = end;
	}
	out->ppid = (int32_t)field[4];
	out->pgrp = (int32_t)field[5];
	out->utime = (uint64_t)field[14];
	out->stime = (uint64_t)field[15];
	out->threads = (uint32_t)field[20];
	out->start_time = (uint64_t)field[22];
	out->rss_pages = field[24];
	out->exit_code = (int)field[52];
	return 0;
}

uint64_t proc_cpu_time(int32_t pid)
{
	struct timespec time;
	clockid_t id = (clockid_t)((~(unsigned)pid << 3) | 2);

	return clock_gettime(id, &time) == 0 ? (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec : 0;
}
