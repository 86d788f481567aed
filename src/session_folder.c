#include "session_folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

#define END ".sock"

int session_folder(char *out, size_t size, bool make)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat info;
	int n;

	if (runtime && *runtime == '/')
		n = snprintf(out, size, "%s/mpwatch", runtime);
	else
		n = snprintf(out, size, "/tmp/mpwatch-%u", geteuid());
	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	if (make && mkdir(out, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* In /tmp anybody may have been there before us. */
	if (lstat(out, &info) < 0)
		return -errno;
	if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || info.st_mode & 022)
		return -EACCES;
	return 0;
}

bool session_name_is_good(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > SESSION_NAME_MAX || *name == '.' || *name == '-')
		return false;
	for (; *name; name++)
		if (!(*name >= 'a' && *name <= 'z') && !(*name >= 'A' && *name <= 'Z') &&
			!(*name >= '0' && *name <= '9') && !strchr("._-", *name))
			return false;
	return true;
}

static int address_of(const char *name, struct sockaddr_un *address, bool make)
{
	char folder[PATH_MAX];
	int rc = session_folder(folder, sizeof(folder), make), n;

	if (rc < 0)
		return rc;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	n = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s" END, folder, name);
	return n > 0 && (size_t)n < sizeof(address->sun_path) ? 0 : -ENAMETOOLONG;
}

static int connect_to(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return fd;
	rc = -errno;
	close(fd);
	if (rc == -ECONNREFUSED) /* whoever had it was killed */
		unlink(address->sun_path);
	return rc;
}

int session_connect(const char *name)
{
	struct sockaddr_un address;
	int rc = session_name_is_good(name) ? address_of(name, &address, false) : -ENOENT;

	return rc < 0 ? rc : connect_to(&address);
}

int session_name_take(const char *name, int *fd, char **path)
{
	struct sockaddr_un address;
	int rc = address_of(name, &address, true), other;

	if (rc < 0)
		return rc;
	other = connect_to(&address);
	if (other >= 0) {
		close(other);
		return -EADDRINUSE;
	}
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return -errno;
	if (bind(*fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(*fd, 16) < 0) {
		rc = -errno;
		close(*fd);
		*fd = -1;
		return rc;
	}
	*path = str_make("%s", address.sun_path);
	return 0;
}

void session_each(void (*each)(void *context, const char *name, int socket), void *context)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	DIR *directory = session_folder(folder, sizeof(folder), false) == 0 ? opendir(folder) : NULL;

	while (directory && (entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);
		char name[sizeof(entry->d_name)];
		int fd;

		if (length <= strlen(END) || strcmp(entry->d_name + length - strlen(END), END) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(length - strlen(END)), entry->d_name);
		fd = session_connect(name);
		if (fd < 0)
			continue;
		each(context, name, fd);
		close(fd);
	}
	if (directory)
		closedir(directory);
}
