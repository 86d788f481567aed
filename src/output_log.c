#include "output_log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define REPLAY_MAX (1u << 20) /* more is told by its last lines */
#define TAIL_LINES 200
#define TAIL_BYTES (256u << 10)
#define HOLE_STEP (4u << 20)

/* --- the file --- */

static const char *folder(void)
{
	const char *name = getenv("TMPDIR");

	return name && *name == '/' ? name : "/tmp";
}

int output_log_open(struct output_log *log)
{
	*log = (struct output_log){.fd = open(folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
	if (log->fd >= 0)
		return 0;
	log->name = str_make("%s/mpwatch-output-XXXXXX", folder());
	log->fd = mkostemp(log->name, O_CLOEXEC);
	if (log->fd >= 0)
		return 0;
	free(log->name);
	log->name = NULL;
	return -errno;
}

/* Of a program that never stops printing the beginning goes: its blocks are given back, offsets stay. */
static void forget_beginning(struct output_log *log, uint64_t before)
{
	uint64_t end = log->size > OUTPUT_LOG_KEPT ? (log->size - OUTPUT_LOG_KEPT) / HOLE_STEP * HOLE_STEP : 0;

	if (end > 0 && before <= end + OUTPUT_LOG_KEPT)
		fallocate(log->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)end);
}

void output_log_append(struct output_log *log, const char *bytes, size_t count)
{
	uint64_t before = log->size;

	while (count && log->fd >= 0) {
		ssize_t done = pwrite(log->fd, bytes, count, (off_t)log->size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		bytes += done;
		count -= (size_t)done;
		log->size += (uint64_t)done;
	}
	log->lost += count;
	if (log->size / HOLE_STEP != before / HOLE_STEP)
		forget_beginning(log, before);
}

/* Gives the file a name that stays. NULL: it cannot have one. */
static char *keep(struct output_log *log)
{
	char source[40], *name = log->name;

	log->name = NULL;
	if (name)
		return name;
	name = str_make("%s/mpwatch-output-%d.txt", folder(), getpid());
	snprintf(source, sizeof(source), "/proc/self/fd/%d", log->fd);
	if (linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
		return name;
	free(name);
	return NULL;
}

void output_log_close(struct output_log *log)
{
	if (log->name)
		unlink(log->name);
	free(log->name);
	if (log->fd >= 0)
		close(log->fd);
	*log = (struct output_log){.fd = -1};
}

/* --- the filter --- */

enum { TEXT, ESCAPE, BRACKET, STRING, STRING_ESCAPE, SHORT };

/* Colours, erasing in a line and going up or down are of lines; all else is of screens, or asks the terminal. */
static bool is_harmless(char last, const char *parameters)
{
	return last == 'm' ? !strchr("<=>?", *parameters ? *parameters : 'x') : strchr("KABCDGP@", last) != NULL;
}

static size_t end_bracket(struct output_filter *filter, char last, char *out)
{
	size_t length = filter->length;

	filter->state = TEXT;
	filter->sequence[length] = 0;
	if (strcmp(filter->sequence, "?1049") == 0 || strcmp(filter->sequence, "?47") == 0 ||
		strcmp(filter->sequence, "?1047") == 0)
		filter->other_screen = last == 'h' ? true : last == 'l' ? false : filter->other_screen;
	if (filter->other_screen || length + 1 >= sizeof(filter->sequence) || !is_harmless(last, filter->sequence))
		return 0;
	memcpy(out, "\033[", 2);
	memcpy(out + 2, filter->sequence, length);
	out[2 + length] = last;
	return length + 3;
}

static size_t filter_one(struct output_filter *filter, char c, char *out)
{
	unsigned char byte = (unsigned char)c;

	switch (filter->state) {
	case ESCAPE:
		filter->length = 0;
		filter->state = c == '['                       ? BRACKET
				: c && strchr("]PX^_", c)      ? STRING
				: byte >= 0x20 && byte <= 0x2f ? SHORT
							       : TEXT;
		return 0;
	case SHORT: /* ESC ( B */
		if (byte >= 0x30)
			filter->state = TEXT;
		return 0;
	case BRACKET:
		if (byte >= 0x40 && byte <= 0x7e)
			return end_bracket(filter, c, out);
		if (byte == 27)
			filter->state = ESCAPE;
		else if (filter->length + 2 < sizeof(filter->sequence))
			filter->sequence[filter->length++] = c;
		else
			filter->sequence[0] = '?'; /* too long for anything that we pass on */
		return 0;
	case STRING:
	case STRING_ESCAPE:
		if (c == '\a' || (filter->state == STRING_ESCAPE && c == '\\'))
			filter->state = TEXT;
		else
			filter->state = byte == 27 ? STRING_ESCAPE : STRING;
		return 0;
	default:
		if (byte == 27)
			filter->state = ESCAPE;
		else if (!filter->other_screen && (byte >= 0x20 ? byte != 127 : c && strchr("\n\r\t\b", c))) {
			*out = c;
			return 1;
		}
		return 0;
	}
}

size_t output_filter_pass(struct output_filter *filter, const char *bytes, size_t count, char *out)
{
	size_t length = 0;

	/* What a sequence puts out were its own bytes: `out` is never ahead of what was taken, but for a sequence that
	 * began in an earlier call. */
	for (size_t i = 0; i < count; i++)
		length += filter_one(filter, bytes[i], out + length);
	return length;
}

/* --- the replay --- */

static int write_all(int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t done = write(fd, bytes, count);

		if (done < 0 && errno == EAGAIN) {
			struct pollfd writable = {.fd = fd, .events = POLLOUT};

			poll(&writable, 1, -1);
			continue;
		}
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		bytes += done;
		count -= (size_t)done;
	}
	return 0;
}

/* Where the last lines begin. */
static uint64_t tail_start(const struct output_log *log, uint64_t from)
{
	uint64_t start = log->size - from > TAIL_BYTES ? log->size - TAIL_BYTES : from;
	char *bytes = mem_alloc(TAIL_BYTES);
	ssize_t got = pread(log->fd, bytes, log->size - start, (off_t)start), at = got - 1;
	unsigned lines = 0;

	for (; at > 0; at--)
		if (bytes[at - 1] == '\n' && ++lines == TAIL_LINES)
			break;
	free(bytes);
	return start + (at > 0 ? (uint64_t)at : 0);
}

/* The terminal makes \r\n of \n itself, as the program's own did. Whether a \r at the end goes is known with the next
 * bytes: *held. `out` has room for one more. */
static size_t without_doubled_returns(const char *bytes, size_t count, bool *held, char *out)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		if (*held && bytes[i] != '\n')
			out[length++] = '\r';
		*held = bytes[i] == '\r';
		if (!*held)
			out[length++] = bytes[i];
	}
	return length;
}

static void print_from(const struct output_log *log, uint64_t at, int fd)
{
	struct output_filter filter = {0};
	char bytes[16384], text[16384 + 64], out[16384 + 65];
	char last = '\n';
	bool held = false;

	while (at < log->size) {
		ssize_t got = pread(log->fd, bytes, sizeof(bytes), (off_t)at);
		size_t length;

		if (got <= 0)
			break;
		at += (uint64_t)got;
		length = output_filter_pass(&filter, bytes, (size_t)got, text);
		length = without_doubled_returns(text, length, &held, out);
		if (length)
			last = out[length - 1];
		if (write_all(fd, out, length) != 0)
			return;
	}
	if (last != '\n') /* ours begins on a line of its own */
		write_all(fd, "\033[0m\n", 5);
}

void output_log_replay(struct output_log *log, enum output_replay how, uint64_t from, int fd, char **path)
{
	uint64_t start = from;

	*path = NULL;
	if (log->fd < 0 || log->size <= from)
		return;
	if (how == REPLAY_NONE)
		start = log->size;
	else if (how == REPLAY_TAIL || (how == REPLAY_AUTO && log->size - from > REPLAY_MAX))
		start = tail_start(log, from);
	print_from(log, start, fd);
	if (start > from)
		*path = keep(log);
}
