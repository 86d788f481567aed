/* dump.h: one moment of a run as text: who waits where, who waits for whom, what was found. */
#ifndef MPW_DUMP_H
#define MPW_DUMP_H

#include "base/str.h"
#include "base/text.h"
#include "snapshot.h"

/* Threads that wait at the same place are one block. Foreign text is cleaned in this mode. */
void dump_write(const struct snapshot *picture, enum text_mode mode, struct str *out);

#endif
