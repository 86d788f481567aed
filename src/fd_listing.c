#include "fd_listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "later.h"

/* clang-format off */
static const struct {
	const char *start;
	enum fd_kind kind;
} kinds_by_name[] = { /* as the link's text says; the first that fits */
	{"anon_inode:[eventpoll]", FD_EPOLL}, {"anon_inode:[eventfd", FD_EVENTFD}, {"anon_inode:[timerfd]", FD_TIMERFD},
	{"anon_inode:[signalfd]", FD_SIGNALFD}, {"anon_inode:inotify", FD_INOTIFY}, {"anon_inode:[pidfd]", FD_PIDFD},
	{"pidfd:", FD_PIDFD}, {"pipe:", FD_PIPE}, {"socket:", FD_SOCKET}, {"/memfd:", FD_MEMFD}, {"/dev/shm/", FD_SHM},
	{"/dev/pts/", FD_TTY}, {"/dev/tty", FD_TTY}, {"/dev/mqueue/", FD_MQUEUE}, {"mqueue:", FD_MQUEUE},
};
/* clang-format on */

static enum fd_kind kind_of(const char *target, mode_t mode)
{
	for (size_t i = 0; i < sizeof(kinds_by_name) / sizeof(kinds_by_name[0]); i++)
		if (strncmp(target, kinds_by_name[i].start, strlen(kinds_by_name[i].start)) == 0)
			return kinds_by_name[i].kind;
	switch (mode & S_IFMT) {
	case S_IFREG:
		return FD_FILE;
	case S_IFDIR:
		return FD_DIR;
	case S_IFIFO:
		return FD_FIFO;
	case S_IFSOCK:
		return FD_SOCKET;
	case S_IFCHR:
	case S_IFBLK:
		return FD_DEVICE;
	default:
		return FD_OTHER;
	}
}

/* "flags:\t02100002" of fdinfo, octal. */
static uint32_t flags_of(int32_t pid, int fd)
{
	char name[64], text[256], *at;
	ssize_t length;
	int info;

	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", pid, fd);
	info = open(name, O_RDONLY | O_CLOEXEC);
	length = info >= 0 ? read(info, text, sizeof(text) - 1) : -1;
	if (info >= 0)
		close(info);
	text[length > 0 ? length : 0] = 0;
	at = strstr(text, "flags:");
	return at ? (uint32_t)strtoul(at + 6, NULL, 8) : 0;
}

static void one_emit(struct collect *collect, const struct watched *process, int directory, int fd, uint64_t ts_ns)
{
	struct event event = {.type = EV_FD_SEEN, .proc = process->number, .ts_ns = ts_ns};
	char name[16], target[4096];
	struct stat info = {0};
	ssize_t length;

	snprintf(name, sizeof(name), "%d", fd);
	length = readlinkat(directory, name, target, sizeof(target) - 1);
	if (length < 0)
		return; /* closed meanwhile */
	target[length] = 0;
	/* Only what is certainly here: a file of a dead network server would make us wait, too. */
	if (fstatat(directory, name, &info, AT_NO_AUTOMOUNT) == 0) {
		event.u.fd_seen.dev = info.st_dev;
		event.u.fd_seen.ino = info.st_ino;
	}
	event.u.fd_seen.fd = fd;
	event.u.fd_seen.kind = kind_of(target, info.st_mode);
	event.u.fd_seen.flags = flags_of(process->pid, fd);
	event.u.fd_seen.target = target;
	later_add(collect, &event);
}

int fd_listing_count(int32_t pid)
{
	char path[48];
	struct stat info;
	struct dirent *entry;
	int count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	/* Linux 6.2 and later count them for us. */
	if (stat(path, &info) == 0 && info.st_size > 0)
		return (int)info.st_size;
	directory = opendir(path);
	if (!directory)
		return -errno;
	while ((entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

int fd_listing_emit(struct collect *collect, const struct watched *process, uint32_t peak, struct fd_limits limits)
{
	struct event end = {.type = EV_FD_COUNT, .proc = process->number, .ts_ns = session_clock_now(&collect->clock)};
	char path[48];
	struct dirent *entry;
	uint32_t count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", process->pid);
	directory = opendir(path);
	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if (++count <= FD_LISTING_MAX)
			one_emit(collect, process, dirfd(directory), atoi(entry->d_name), end.ts_ns);
	}
	closedir(directory);
	end.u.fd_count.open = count;
	end.u.fd_count.peak = count > peak ? count : peak;
	end.u.fd_count.soft = limits.soft;
	end.u.fd_count.hard = limits.hard;
	/* An FD_COUNT of the same time says that the list is complete. */
	if (count > FD_LISTING_MAX)
		end.ts_ns++;
	later_add(collect, &end);
	return (int)count;
}
