/* detector.h: what detectors share. Inside of detect/ only. */
#ifndef MPW_DETECT_DETECTOR_H
#define MPW_DETECT_DETECTOR_H

#include "base/format.h"
#include "base/str.h"
#include "detect/detect.h"
#include "model/model.h"

struct detection {
	struct model *model;
	bool redact;
	struct findings *findings;
};

/* One per family of rules; each adds what it finds. Listed in detect.c. */
typedef void detector(struct detection *detection);
detector detect_descriptors, detect_deaths, detect_starting, detect_sending, detect_receiving, detect_exceptions,
	detect_semaphores, detect_pools, detect_unwatched, detect_helper, detect_losses, detect_symbols, detect_texts,
	detect_hangs;

/* A finding with this key: a new one (count 1, *is_new true), or the one that is there, counted once more. `key` is
 * taken over. */
struct finding *finding_add(
	struct detection *detection, enum finding_code code, char *key, uint64_t ts_ns, bool *is_new);
/* One more observed fact; text is taken over. Dropped when there are too many. */
void finding_seen(struct finding *finding, char *text);
/* A number for machines; the same name again adds to it. */
void finding_fact(struct finding *finding, const char *name, uint64_t value);
/* The process joins the list of names. */
void finding_who(struct detection *detection, struct finding *finding, const struct process *process);
/* The user's frame of this stack becomes the place, unless there is a better one (with a line) already. */
void finding_place(struct detection *detection, struct finding *finding, uint32_t stack);

/* "popen.c:64 make_pipe <- main.c:12 main": up to `limit` frames from the innermost; "" when nothing is known. */
void put_stack(struct detection *detection, struct str *text, uint32_t stack, unsigned limit);
/* "main.c:12 main()". */
void put_frame(struct str *text, const struct frame *frame);
/* "w3 (pid 4711)". */
void put_process(struct detection *detection, struct str *text, const struct process *process);
/* The path, or its last part when folders must not be shown. NULL gives "?". */
const char *shown_path(const struct detection *detection, const char *path);

#endif
