/* fdtable.h: the descriptors of one process as a value that is copied by a pointer.
 * fork copies a table of any size for the price of a counter; pages of 64 numbers are copied when one side writes. */
#ifndef MPW_MODEL_FDTABLE_H
#define MPW_MODEL_FDTABLE_H

#include <stdbool.h>
#include <stdint.h>

/* What open(2) made: shared by every descriptor that was duplicated or inherited from it. Counted by the slots that
 * hold it. */
struct open_file {
	uint32_t refs;
	uint32_t kind;     /* enum fd_kind */
	uint32_t flags;    /* O_* as opened; the access mode tells the end of a pipe */
	uint32_t proc;     /* process that opened it, 0 not known */
	uint32_t stack;    /* where, 0 not known */
	uint32_t call;     /* enum call_id, 0 not known: found by the kernel's list */
	uint64_t dev, ino; /* 0: not known */
	uint64_t opened_ns;
	uint64_t closed_ns; /* the last time a process closed a descriptor of it; 0 never */
	bool used;          /* bytes went through it */
	const char *name;   /* interned, or NULL */
};

struct fd_slot {
	struct open_file *file; /* NULL: closed */
	uint64_t since_ns;
	uint32_t proc;  /* process that made this descriptor; another than the table's owner: inherited from it */
	uint32_t stack; /* where */
	bool cloexec;
};

struct fdtable;

/* A zeroed file with one reference, the caller's. */
struct open_file *open_file_new(void);
void open_file_release(struct open_file *file);

/* An empty table; one reference. */
struct fdtable *fdtable_new(void);
/* Another reference to the same contents: the fork of a table. NULL gives an empty one. */
struct fdtable *fdtable_share(struct fdtable *table);
void fdtable_free(struct fdtable *table);

/* Puts a descriptor at `fd`, replacing what was there. Takes its own reference to slot->file. *table may be replaced by
 * a private copy. Negative numbers are ignored. */
void fdtable_set(struct fdtable **table, int32_t fd, const struct fd_slot *slot);
/* Removes fd; false if nothing was there. */
bool fdtable_remove(struct fdtable **table, int32_t fd);
void fdtable_set_cloexec(struct fdtable **table, int32_t fd, bool on);
/* NULL if closed. Valid until the next change. */
const struct fd_slot *fdtable_get(const struct fdtable *table, int32_t fd);
uint32_t fdtable_count(const struct fdtable *table);

/* The first open descriptor >= fd in *fd; NULL at the end. */
const struct fd_slot *fdtable_next(const struct fdtable *table, int32_t *fd);

#endif
