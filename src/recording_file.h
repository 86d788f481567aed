/* recording_file.h: frames of a recording's file as its reader finds them: checked, but not understood. The file may be
 * cut, damaged, hostile, or still growing. Nothing here remembers where it was: offsets are the caller's. */
#ifndef MPW_RECORDING_FILE_H
#define MPW_RECORDING_FILE_H

#include <sys/types.h>

#include "base/bytes.h"
#include "recording_frame.h"

/* Reads up to `count` bytes; fewer at the end of the file. Number of bytes or negative errno. */
ssize_t file_read(int fd, void *out, size_t count, uint64_t offset);

/* The frame at `offset`: 1 and its head; 0 if the file ends before the frame does; -EBADMSG if none starts there. */
int file_peek_frame(int fd, uint64_t offset, struct frame_head *out);

static inline uint64_t frame_end(uint64_t offset, const struct frame_head *head)
{
	return offset + FRAME_HEAD_SIZE + head->packed_size;
}

/* The packed bytes of that frame: 1; 0 if the file became shorter; -EBADMSG if they are damaged. */
int file_read_packed(int fd, uint64_t offset, const struct frame_head *head, struct bytes *packed);

/* Looks for the next frame from *offset on: 1 and *offset is where it starts; 0 if there is none, and *offset is where
 * one might still start when the file grows. */
int file_find_frame(int fd, uint64_t *offset);

/* Is there nothing behind `end`? */
int file_ends_at(int fd, uint64_t end);

/* The index frame that ends the file: 1 and its bytes; 0 if the file does not end with a whole one. */
int file_read_index(int fd, struct frame_head *head, struct bytes *packed);

#endif
