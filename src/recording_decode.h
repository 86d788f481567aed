/* recording_decode.h: bytes back to events (format: recording_encode.c), by the file's own tables. The reader's half of
 * the codec: whatever the bytes say, it stays inside them and inside its own tables. */
#ifndef MPW_RECORDING_DECODE_H
#define MPW_RECORDING_DECODE_H

#include "base/bytes.h"
#include "recording_tables.h"

struct decoder;

/* `tables` must outlive the decoder. */
struct decoder *decoder_new(const struct file_tables *tables);
/* Forgets everything: a group of frames starts. */
void decoder_reset(struct decoder *decoder);
/* The next event: 1 and *out, whose text lives until the next call; 0 for one of a type that this build does not know;
 * -EBADMSG when the bytes are no event. */
int decoder_get(struct decoder *decoder, struct cursor *in, struct event *out);
void decoder_free(struct decoder *decoder);

#endif
