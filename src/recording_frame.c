/* recording_frame.c: see recording_frame.h. */
#include "recording_frame.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32.h"

/* A byte that is no ASCII, both line ends and an end-of-file mark: what spoils files in transfer spoils this visibly.
 */
static const uint8_t start_magic[8] = {0x8d, 'm', 'p', 'w', '\r', '\n', 0x1a, '\n'};
static const uint8_t end_magic[8] = {'m', 'p', 'w', '-', 'e', 'n', 'd', '\n'};
static const uint8_t frame_mark[2] = {0xf5, 'm'};

enum {
	AT_KIND = 2,
	AT_FLAGS = 3,
	AT_RAW = 4,
	AT_PACKED = 8,
	AT_EVENTS = 12,
	AT_CRC = 16,
	AT_TIME = 20,
	AT_HEAD_CRC = 28
};

void preamble_put(uint8_t out[PREAMBLE_SIZE])
{
	memcpy(out, start_magic, sizeof(start_magic));
	put_le32(out + 8, RECORDING_FORMAT);
	put_le32(out + 12, 0);
}

uint32_t preamble_format(const uint8_t *bytes, size_t count)
{
	if (count < PREAMBLE_SIZE || memcmp(bytes, start_magic, sizeof(start_magic)) != 0)
		return 0;
	return get_le32(bytes + 8);
}

void frame_head_put(uint8_t out[FRAME_HEAD_SIZE], const struct frame_head *head)
{
	memcpy(out, frame_mark, sizeof(frame_mark));
	out[AT_KIND] = head->kind;
	out[AT_FLAGS] = head->flags;
	put_le32(out + AT_RAW, head->raw_size);
	put_le32(out + AT_PACKED, head->packed_size);
	put_le32(out + AT_EVENTS, head->events);
	put_le32(out + AT_CRC, head->packed_crc);
	put_le64(out + AT_TIME, head->first_ts);
	put_le32(out + AT_HEAD_CRC, crc32c(out, AT_HEAD_CRC));
}

int frame_head_get(const uint8_t bytes[FRAME_HEAD_SIZE], struct frame_head *out)
{
	if (memcmp(bytes, frame_mark, sizeof(frame_mark)) != 0 ||
		get_le32(bytes + AT_HEAD_CRC) != crc32c(bytes, AT_HEAD_CRC))
		return -EBADMSG;
	*out = (struct frame_head){
		.kind = bytes[AT_KIND],
		.flags = bytes[AT_FLAGS],
		.raw_size = get_le32(bytes + AT_RAW),
		.packed_size = get_le32(bytes + AT_PACKED),
		.events = get_le32(bytes + AT_EVENTS),
		.packed_crc = get_le32(bytes + AT_CRC),
		.first_ts = get_le64(bytes + AT_TIME),
	};
	return out->raw_size <= FRAME_MAX_RAW && out->packed_size <= FRAME_MAX_PACKED ? 0 : -EBADMSG;
}

void trailer_put(uint8_t out[TRAILER_SIZE], uint64_t index_offset)
{
	put_le64(out, index_offset);
	memcpy(out + 8, end_magic, sizeof(end_magic));
}

uint64_t trailer_get(const uint8_t bytes[TRAILER_SIZE])
{
	return memcmp(bytes + 8, end_magic, sizeof(end_magic)) == 0 ? get_le64(bytes) : 0;
}
