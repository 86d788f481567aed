/* regular.c: see regular.h. */
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without /proc the name is opened again; NONBLOCK and the second look keep a fifo put there meanwhile from holding us
 * up. */
static int open_again(int handle, int at, const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	char name[40];
	struct stat first, second;
	int fd;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", handle);
	fd = open(name, flags);
	if (fd >= 0 || errno == EACCES)
		return fd >= 0 ? fd : -errno;
	fd = openat(at, path, flags);
	if (fd < 0)
		return -errno;
	if (fstat(handle, &first) != 0 || fstat(fd, &second) != 0 || first.st_dev != second.st_dev ||
		first.st_ino != second.st_ino) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int open_regular(int at, const char *path)
{
	int handle = openat(at, path, O_PATH | O_CLOEXEC);
	struct stat status;
	int fd = -EINVAL;

	if (handle < 0)
		return -errno;
	if (fstat(handle, &status) == 0 && S_ISREG(status.st_mode))
		fd = open_again(handle, at, path);
	close(handle);
	return fd;
}
