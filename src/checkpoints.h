/* checkpoints.h: the model of a stored run as it was at any moment, without building it from the first event each time:
 * while the run is read, images of the model are put aside now and then; to go somewhere the nearest one before it is
 * brought back and the few events since are read again. */
#ifndef MPW_CHECKPOINTS_H
#define MPW_CHECKPOINTS_H

#include "model/model.h"
#include "source.h"

struct checkpoints;

/* `path`: of the run, to open it once more when somebody goes back. */
struct checkpoints *checkpoints_new(const char *path);
void checkpoints_free(struct checkpoints *checkpoints);

/* Takes the event that `source` has just given. Whoever asks the model in between asks checkpoints_model. More events
 * may be taken at any time, also after checkpoints_go. */
void checkpoints_take(struct checkpoints *checkpoints, const struct source *source, const struct event *event);
/* The model of all events taken so far. */
struct model *checkpoints_model(struct checkpoints *checkpoints);

uint64_t checkpoints_events(const struct checkpoints *checkpoints);

/* The model at ts_ns: every event until then, none later; only names (modules, stacks, symbols, source lines) are all
 * there, as what happened early may be named late. Time stands at ts_ns. Valid until the next call of any of these. 0,
 * or negative errno when the file cannot be read again. */
int checkpoints_go(struct checkpoints *checkpoints, uint64_t ts_ns, struct model **out);

/* For tests and the benchmark. */
size_t checkpoints_count(const struct checkpoints *checkpoints);
size_t checkpoints_bytes(const struct checkpoints *checkpoints);
/* An image after so many events, at most so many bytes of images: 0 means the usual. Before the first event. */
void checkpoints_tune(struct checkpoints *checkpoints, uint64_t gap, size_t bytes);

#endif
