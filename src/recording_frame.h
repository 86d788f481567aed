/* recording_frame.h: the outermost layer of a recording's file: what it starts with, the head of a frame, how it ends.
 * Used by the recording's writer and reader only. All numbers little-endian.
 *
 *   preamble  16 bytes: magic, u32 format, u32 0
 *   frame     head of 32 bytes, then `packed_size` bytes of zstd data:
 *             u16 mark, u8 kind, u8 flags, u32 raw_size, u32 packed_size, u32 events, u32 crc of the packed bytes,
 *             u64 time of the first event, u32 crc of the 28 bytes before
 *   ...       the first frame holds the tables, then frames of events
 *   index     a frame, then 16 bytes: u64 offset of that frame, end magic
 *
 * Frames of events come in groups: a FRAME_KEY frame starts one with an empty memory (strings, contexts, zstd's
 * window), the others of the group go on with it. So commits stay small, and damage costs at most the rest of its
 * group. */
#ifndef MPW_RECORDING_FRAME_H
#define MPW_RECORDING_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define RECORDING_FORMAT 1u
#define PREAMBLE_SIZE 16u
#define FRAME_HEAD_SIZE 32u
#define TRAILER_SIZE 16u

/* Both sides' bounds. The writer stays well below what the reader accepts. */
#define FRAME_MAX_RAW (4u << 20)
#define FRAME_MAX_PACKED (FRAME_MAX_RAW + (64u << 10))
#define GROUP_MAX_RAW (16u << 20)
#define FRAME_WINDOW_LOG 19
#define TEXT_MAX 65535u

enum frame_kind { FRAME_TABLES = 1, FRAME_EVENTS = 2, FRAME_INDEX = 3 };
#define FRAME_KEY 1u /* flag: starts a group */

struct frame_head {
	uint8_t kind, flags;
	uint32_t raw_size, packed_size, events, packed_crc;
	uint64_t first_ts;
};

void preamble_put(uint8_t out[PREAMBLE_SIZE]);
/* The format number; 0 if `count` bytes do not start a recording. */
uint32_t preamble_format(const uint8_t *bytes, size_t count);

void frame_head_put(uint8_t out[FRAME_HEAD_SIZE], const struct frame_head *head);
/* 0, or -EBADMSG if these are not a head within the bounds above. */
int frame_head_get(const uint8_t bytes[FRAME_HEAD_SIZE], struct frame_head *out);

void trailer_put(uint8_t out[TRAILER_SIZE], uint64_t index_offset);
/* Offset of the index frame, 0 if this is no trailer. */
uint64_t trailer_get(const uint8_t bytes[TRAILER_SIZE]);

#endif
