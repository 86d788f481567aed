/* recording_index.c: see recording_index.h. */
#include "recording_index.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/mem.h"
#include "recording_file.h"

void index_add(struct recording_index *index, struct group group)
{
	if (index->count == index->capacity) {
		index->capacity = index->capacity ? index->capacity * 2 : 16;
		index->groups = mem_resize(index->groups, index->capacity * sizeof(index->groups[0]));
	}
	index->groups[index->count++] = group;
}

void index_free(struct recording_index *index)
{
	free(index->groups);
	*index = (struct recording_index){0};
}

/* Counts, then the groups' offsets and times, each as the difference to the one before. */
void index_put(const struct recording_index *index, struct bytes *out)
{
	struct group before = {0};

	bytes_put_varint(out, index->events);
	bytes_put_varint(out, index->thinned);
	bytes_put_varint(out, index->dropped);
	bytes_put_varint(out, index->count);
	for (size_t i = 0; i < index->count; i++) {
		bytes_put_varint(out, index->groups[i].offset - before.offset);
		bytes_put_signed(out, (int64_t)(index->groups[i].first_ts - before.first_ts));
		before = index->groups[i];
	}
}

int index_get(const uint8_t *bytes, size_t count, struct recording_index *out)
{
	struct cursor in = cursor_of(bytes, count);
	struct group group = {0};
	uint64_t groups;

	*out = (struct recording_index){0};
	out->events = cursor_varint(&in);
	out->thinned = cursor_varint(&in);
	out->dropped = cursor_varint(&in);
	groups = cursor_varint(&in);
	for (uint64_t i = 0; i < groups && !in.failed;
		i++) { /* a group takes bytes: no more of them than there are bytes */
		group.offset += cursor_varint(&in);
		group.first_ts += (uint64_t)cursor_signed(&in);
		if (!in.failed)
			index_add(out, group);
	}
	if (!in.failed)
		return 0;
	index_free(out);
	return -EBADMSG;
}

static int unpack_index(const struct frame_head *head, const struct bytes *packed, struct recording_index *out)
{
	uint8_t *raw = mem_alloc(head->raw_size);
	size_t size = ZSTD_decompress(raw, head->raw_size, packed->data, packed->length);
	int rc = size == head->raw_size ? index_get(raw, size, out) : -EBADMSG;

	free(raw);
	return rc;
}

/* All key frames that can be found, damaged parts left out. */
static int rebuild(int fd, uint64_t offset, struct recording_index *out)
{
	struct frame_head head;

	for (;;) {
		int rc = file_peek_frame(fd, offset, &head);

		if (rc == -EBADMSG) {
			offset++;
			rc = file_find_frame(fd, &offset);
			if (rc > 0)
				continue;
		}
		if (rc <= 0)
			return rc;
		if (head.kind == FRAME_EVENTS && (head.flags & FRAME_KEY))
			index_add(out, (struct group){offset, head.first_ts});
		offset = frame_end(offset, &head);
	}
}

int index_load(int fd, uint64_t first, struct recording_index *out)
{
	struct frame_head head;
	struct bytes packed = {0};
	int rc = -EBADMSG;

	*out = (struct recording_index){0};
	if (file_read_index(fd, &head, &packed))
		rc = unpack_index(&head, &packed, out);
	bytes_free(&packed);
	if (rc)
		rc = rebuild(fd, first, out);
	return rc;
}

uint64_t index_find(const struct recording_index *index, uint64_t ts_ns, uint64_t first)
{
	/* Times of neighbouring groups may overlap a little, so the whole list is looked at from its end. */
	for (size_t i = index->count; i > 0; i--) {
		if (index->groups[i - 1].first_ts <= ts_ns && index->groups[i - 1].offset >= first)
			return index->groups[i - 1].offset;
	}
	return first;
}
