/* recording_index.h: where the groups of frames start: from the index that ends a recording, or, when that is missing
 * or wrong, from the heads of its frames. */
#ifndef MPW_RECORDING_INDEX_H
#define MPW_RECORDING_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct group {
	uint64_t offset, first_ts;
};

struct recording_index {
	uint64_t events, thinned, dropped; /* what the writer counted; 0 when the index was rebuilt */
	struct group *groups;
	size_t count, capacity;
};

void index_add(struct recording_index *index, struct group group);
void index_put(const struct recording_index *index, struct bytes *out);
/* Reads what index_put wrote. 0 or -EBADMSG. */
int index_get(const uint8_t *bytes, size_t count, struct recording_index *out);

/* The index of the file on `fd`, whose frames start at `first`. 0 or negative errno. */
int index_load(int fd, uint64_t first, struct recording_index *out);
/* Offset of the group that a reader of events from `ts_ns` on must start with; `first` if there is none. */
uint64_t index_find(const struct recording_index *index, uint64_t ts_ns, uint64_t first);
void index_free(struct recording_index *index);

#endif
