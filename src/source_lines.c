/* source_lines.c: see source_lines.h. */
#include "source_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/regular.h"

enum { PIECE = 64 << 10 };

static int open_source(const char *directory, const char *file)
{
	int at = AT_FDCWD, fd;

	if (directory && file[0] != '/') {
		at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (at < 0)
			return -errno;
	}
	fd = open_regular(at, file);
	if (at != AT_FDCWD)
		close(at);
	return fd;
}

/* Adds the part of the wanted line in these bytes to the text; 1 once the line has ended. *line counts down to 1, the
 * wanted line. */
static int take_piece(const char *bytes, size_t count, unsigned *line, char *text, size_t *length)
{
	const char *end = bytes + count;

	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline ? newline : end;

		if (*line == 1) {
			size_t part = (size_t)(stop - bytes), room = SOURCE_TEXT_MAX - 1 - *length;

			if (part > room)
				part = room;
			memcpy(text + *length, bytes, part);
			*length += part;
			if (newline)
				return 1;
		} else if (newline) {
			--*line;
		}
		bytes = stop + 1;
	}
	return 0;
}

/* 1 if the line was there. */
static int read_line(int fd, unsigned line, char *text)
{
	char piece[PIECE];
	size_t length = 0, done = 0;
	int ended = 0;

	while (!ended && done < SOURCE_FILE_MAX) {
		ssize_t got = pread(fd, piece, sizeof(piece), (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		ended = take_piece(piece, (size_t)got, &line, text, &length);
		done += (size_t)got;
	}
	if (length && text[length - 1] == '\r')
		length--;
	text[length] = '\0';
	return ended || (line == 1 && length > 0);
}

static uint64_t modified_ns(const struct stat *status)
{
	return (uint64_t)status->st_mtim.tv_sec * 1000000000u + (uint64_t)status->st_mtim.tv_nsec;
}

enum source_state source_line_read(
	const char *directory, const char *file, unsigned line, uint64_t started_unix_ns, char *text)
{
	enum source_state state = SOURCE_UNREADABLE;
	struct stat status;
	int fd = line ? open_source(directory, file) : -EINVAL;

	text[0] = '\0';
	if (fd < 0)
		return state;
	if (fstat(fd, &status) == 0 && modified_ns(&status) > started_unix_ns)
		state = SOURCE_CHANGED;
	else if (read_line(fd, line, text))
		state = SOURCE_READ;
	close(fd);
	return state;
}
