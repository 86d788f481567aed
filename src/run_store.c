#include "run_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

char *run_file_name(const char *program)
{
	const char *base = strrchr(program, '/');
	struct timespec now;
	struct tm parts;
	struct str name = {0};
	char when[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &parts);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &parts);
	str_puts(&name, "mpwatch-");
	/* a program may be called anything */
	for (const char *at = base ? base + 1 : program; *at && name.length < 64; at++) {
		char c = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
					 *at == '.' || *at == '_' || *at == '-' || *at == '+'
				 ? *at
				 : '_';

		str_put(&name, &c, 1);
	}
	str_printf(&name, "-%s.mpw", when);
	return str_take(&name);
}

int run_file_create(struct run_file *file, const char *path)
{
	struct stat info;

	file->asked_for = true;
	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	if (file->fd < 0)
		return -errno;
	if (fstat(file->fd, &info) < 0 || !S_ISREG(info.st_mode) || ftruncate(file->fd, 0) < 0) {
		int rc = S_ISREG(info.st_mode) ? -errno : -EINVAL;

		close(file->fd);
		file->fd = -1;
		return rc;
	}
	file->path = mem_copy_text(path);
	return 0;
}

char *runs_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return str_make("%s/mpwatch", state);
	if (home && *home == '/')
		return str_make("%s/.local/state/mpwatch", home);
	return NULL;
}

/* Only the last three parts of the path are ours to make. */
static int folder_make(const char *folder)
{
	struct stat info;
	char *copy = mem_copy_text(folder);
	size_t length = strlen(copy);
	int depth = 0;

	while (depth < 3 && mkdir(copy, 0700) < 0 && errno == ENOENT) {
		char *slash = strrchr(copy, '/');

		if (!slash || slash == copy)
			break;
		*slash = 0;
		depth++;
	}
	while (strlen(copy) < length) {
		copy[strlen(copy)] = '/';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			break;
	}
	free(copy);
	/* somebody else's folder is none of ours (HOME kept by su or sudo) */
	if (stat(folder, &info) < 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid())
		return -EACCES;
	return 0;
}

static int keep_on_disk(struct run_file *file, const char *program)
{
	char *folder = runs_folder(), *name, *base;
	int rc = folder ? folder_make(folder) : -ENOENT;

	if (rc == 0) {
		base = run_file_name(program);
		base[strlen(base) - 4] = 0;
		name = str_make("%s/%s-%d.mpw", folder, base, getpid());
		file->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		rc = file->fd < 0 ? -errno : 0;
		if (rc == 0) {
			flock(file->fd, LOCK_EX | LOCK_NB); /* runs_prune() of another run leaves it alone */
			file->path = name;
		} else {
			free(name);
		}
		free(base);
	}
	free(folder);
	return rc;
}

int run_file_keep(struct run_file *file, const char *program, bool save)
{
	memset(file, 0, sizeof(*file));
	if (save && keep_on_disk(file, program) == 0)
		return 0;
	file->fd = memfd_create("mpwatch-recording", MFD_CLOEXEC);
	return file->fd < 0 ? -errno : 0;
}

struct kept {
	char *name;
	struct timespec time;
};

static int newest_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->time.tv_sec != y->time.tv_sec)
		return x->time.tv_sec > y->time.tv_sec ? -1 : 1;
	return x->time.tv_nsec > y->time.tv_nsec ? -1 : x->time.tv_nsec < y->time.tv_nsec;
}

static bool is_run(const char *name)
{
	size_t length = strlen(name);

	return length > 12 && strncmp(name, "mpwatch-", 8) == 0 && strcmp(name + length - 4, ".mpw") == 0;
}

static void remove_if_idle(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, name, 0);
	close(fd);
}

void runs_prune(void)
{
	char *folder = runs_folder();
	DIR *directory = folder ? opendir(folder) : NULL;
	struct kept *kept = NULL;
	size_t count = 0;
	struct dirent *entry;
	struct stat info;

	while (directory && (entry = readdir(directory))) {
		if (!is_run(entry->d_name) ||
			fstatat(dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISREG(info.st_mode))
			continue;
		kept = mem_resize(kept, (count + 1) * sizeof(*kept));
		kept[count++] = (struct kept){mem_copy_text(entry->d_name), info.st_mtim};
	}
	if (count > 1)
		qsort(kept, count, sizeof(*kept), newest_first);
	for (size_t i = 0; i < count; i++) {
		if (i >= RUNS_KEPT)
			remove_if_idle(dirfd(directory), kept[i].name);
		free(kept[i].name);
	}
	free(kept);
	if (directory)
		closedir(directory);
	free(folder);
}

char *runs_latest(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *folder, *best = NULL;
	struct timespec best_time = {0};
	struct dirent *entry;
	DIR *directory;

	/* Looking makes no folder. */
	if (state && *state)
		folder = str_make("%s/mpwatch", state);
	else if (home && *home)
		folder = str_make("%s/.local/state/mpwatch", home);
	else
		return NULL;
	directory = opendir(folder);
	while (directory && (entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);
		struct stat stat;

		if (length < 5 || strcmp(entry->d_name + length - 4, ".mpw") != 0 ||
			fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(stat.st_mode))
			continue;
		if (best &&
			(stat.st_mtim.tv_sec < best_time.tv_sec ||
				(stat.st_mtim.tv_sec == best_time.tv_sec && stat.st_mtim.tv_nsec < best_time.tv_nsec)))
			continue;
		free(best);
		best = str_make("%s/%s", folder, entry->d_name);
		best_time = stat.st_mtim;
	}
	if (directory)
		closedir(directory);
	free(folder);
	return best;
}
