/* recording.h: the append-only recording, the only thing readers (report, screen, exports) ever see.
 * Owns the file format (docs/architecture.md, "Recording"). Knows nothing of rings, models or reports.
 *
 * The file (recording_frame.h): a magic and format number, the tables of events.def and calls.def that it was written
 * with, then frames with checksums; inside a frame: events, told by their differences (recording_encode.c). An index
 * ends the file; a file cut at any byte behind the tables opens and gives all complete frames. */
#ifndef MPW_RECORDING_H
#define MPW_RECORDING_H

#include <stdint.h>

#include "wire/event.h"

struct recording_writer;
struct recording_reader;

/* Starts a recording on `fd`, a regular file or memfd open for reading and writing. What it held is gone; on success
 * the writer owns the descriptor and closes it. `budget_bytes`: detail (BLOCK, THREAD_STATE, PROC_SAMPLE, FD_OPEN of
 * names) is thinned so that the file stays below it, by the rule in recording_budget.h; processes, failures and stacks
 * are always kept, and of totals that grow at least the last one (recording_totals.h). 0: no budget. 0 or negative
 * errno. A disk without room is no failure: the file then begins at the first commit that finds some. Under a file size
 * limit (ulimit -f) the same holds if the caller ignores SIGXFSZ.
 */
int recording_create(int fd, uint64_t budget_bytes, struct recording_writer **out);

/* Appends one event; text is copied (at most 65,535 bytes of it). Buffered until commit or a full frame. 0 or negative
 * errno, -EINVAL for a type that is not stored. After -ENOSPC and the like events wait in memory (1 MiB of detail, 3
 * MiB of what is never thinned) and are dropped and counted beyond that; the next commit tries again. */
int recording_append(struct recording_writer *writer, const struct event *event);

/* Ends the current frame, so that readers see everything so far. */
int recording_commit(struct recording_writer *writer);

/* Events that were thinned or could not be written, so far. */
uint64_t recording_thinned(const struct recording_writer *writer);
uint64_t recording_dropped(const struct recording_writer *writer);
uint64_t recording_bytes(const struct recording_writer *writer);

/* Commits, writes the index, closes the descriptor and frees. 0 or the first error of the writer's life. */
int recording_finish(struct recording_writer *writer);

/* Opens a recording for reading. 0 or negative errno with one line in *why (static text) that a person understands:
 * "not an mpwatch recording", "made by a newer mpwatch (format 3)", ... */
int recording_open(const char *path, struct recording_reader **out, const char **why);
/* The same on a descriptor, which stays the caller's: reads with pread from offset 0. For the live report. */
int recording_open_fd(int fd, struct recording_reader **out, const char **why);

/* Next event: 1 and *out (text valid until the next call), 0 at the end of the complete frames (a later call may return
 * more when the file has grown), negative errno when the file is damaged here; reading may go on at the next intact
 * frame. */
int recording_next(struct recording_reader *reader, struct event *out);

/* Goes to a place from which all events from `ts_ns` on follow, and some before it. By the index, or without one by the
 * frames' heads. 0 or negative errno. */
int recording_seek(struct recording_reader *reader, uint64_t ts_ns);

/* The event that recording_next gave last is the first of a group: 1 and where that begins in the file, for
 * recording_go; else 0. */
int recording_place(const struct recording_reader *reader, uint64_t *offset);
/* The next event is the first of the group that begins there. */
void recording_go(struct recording_reader *reader, uint64_t offset);

/* 1 if the recording ends with its index, 0 if it was cut or is still being written. */
int recording_is_complete(const struct recording_reader *reader);
void recording_close(struct recording_reader *reader);

#endif
