/* recording_file.c: see recording_file.h. */
#include "recording_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32.h"

enum { SCAN_PIECE = 64 << 10 };

ssize_t file_read(int fd, void *out, size_t count, uint64_t offset)
{
	size_t got = 0;

	while (got < count) {
		ssize_t part = pread(fd, (char *)out + got, count - got, (off_t)(offset + got));

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -errno;
		if (part == 0)
			break;
		got += (size_t)part;
	}
	return (ssize_t)got;
}

/* Size of the file, 0 if even that is refused. */
static uint64_t file_size(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

int file_ends_at(int fd, uint64_t end)
{
	return file_size(fd) <= end;
}

int file_peek_frame(int fd, uint64_t offset, struct frame_head *out)
{
	uint8_t bytes[FRAME_HEAD_SIZE];
	ssize_t got = file_read(fd, bytes, sizeof(bytes), offset);

	if (got < 0)
		return (int)got;
	if ((size_t)got < sizeof(bytes))
		return 0;
	if (frame_head_get(bytes, out) != 0)
		return -EBADMSG;
	return file_size(fd) >= frame_end(offset, out);
}

int file_read_packed(int fd, uint64_t offset, const struct frame_head *head, struct bytes *packed)
{
	ssize_t got;

	packed->length = 0;
	got = file_read(fd, bytes_reserve(packed, head->packed_size), head->packed_size, offset + FRAME_HEAD_SIZE);
	if (got < 0)
		return (int)got;
	if ((size_t)got < head->packed_size)
		return 0;
	packed->length = head->packed_size;
	return crc32c(packed->data, packed->length) == head->packed_crc ? 1 : -EBADMSG;
}

int file_find_frame(int fd, uint64_t *offset)
{
	uint8_t piece[SCAN_PIECE];
	struct frame_head head;

	for (;;) {
		ssize_t got = file_read(fd, piece, sizeof(piece), *offset);

		if (got < (ssize_t)FRAME_HEAD_SIZE)
			return got < 0 ? (int)got : 0;
		for (size_t at = 0; at + FRAME_HEAD_SIZE <= (size_t)got; at++) {
			if (frame_head_get(piece + at, &head) == 0) {
				*offset += at;
				return 1;
			}
		}
		*offset += (size_t)got - FRAME_HEAD_SIZE + 1;
	}
}

int file_read_index(int fd, struct frame_head *head, struct bytes *packed)
{
	uint8_t bytes[TRAILER_SIZE];
	uint64_t end = file_size(fd), start;

	if (end < sizeof(bytes))
		return 0;
	end -= sizeof(bytes);
	if (file_read(fd, bytes, sizeof(bytes), end) != sizeof(bytes))
		return 0;
	start = trailer_get(bytes);
	if (start < PREAMBLE_SIZE || start >= end)
		return 0;
	return file_peek_frame(fd, start, head) == 1 && head->kind == FRAME_INDEX && frame_end(start, head) == end &&
	       file_read_packed(fd, start, head, packed) == 1;
}
