/* recording_tables.h: the tables of events.def and calls.def as a recording carries them, and how a file's own tables
 * map to those of this build: by name, so that either may be the older one. */
#ifndef MPW_RECORDING_TABLES_H
#define MPW_RECORDING_TABLES_H

#include <stdint.h>

#include "base/bytes.h"
#include "recording_context.h"
#include "wire/event.h"

/* How many leading fields of a type choose its context: 1 for totals kept per descriptor or lock. Stored in the file.
 */
unsigned tables_keys_of(unsigned type);

void tables_put(struct bytes *out);

struct file_field {
	uint8_t is_text;
	uint8_t is_call;  /* a call's number, to be mapped by name */
	uint8_t is_known; /* exists in this build */
	struct field_desc ours;
};

struct file_type {
	uint16_t type; /* of this build, 0: unknown here */
	uint8_t keys, field_count;
	struct file_field *fields;
};

struct file_tables {
	unsigned type_count; /* types are numbered from 1 in the file; types[0] is never used */
	unsigned max_fields;
	struct file_type *types;
	unsigned call_count;
	uint16_t *calls; /* file's number -> ours; 0: unknown here */
};

/* 0, or -EBADMSG if the bytes are no tables. */
int tables_get(const uint8_t *bytes, size_t count, struct file_tables *out);
void tables_free(struct file_tables *tables);

#endif
