/* recording_encode.h: events as bytes, told by their differences (format: recording_encode.c). The writer's half of the
 * codec. */
#ifndef MPW_RECORDING_ENCODE_H
#define MPW_RECORDING_ENCODE_H

#include "base/bytes.h"
#include "wire/event.h"

struct encoder;

struct encoder *encoder_new(void);
/* Forgets everything: a group of frames starts. */
void encoder_reset(struct encoder *encoder);
/* Appends the event, whose type must be one of this build's, to `out`. Text longer than TEXT_MAX bytes is cut there. */
void encoder_put(struct encoder *encoder, const struct event *event, struct bytes *out);
void encoder_free(struct encoder *encoder);

#endif
