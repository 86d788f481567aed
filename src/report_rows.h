/* report_rows.h: the facts of a report, folded to what a person reads; the text and the JSON are two prints of the same
 * rows. Inside of the report only. Texts are not cleaned yet. */
#ifndef MPW_REPORT_ROWS_H
#define MPW_REPORT_ROWS_H

#include "detect/detect.h"
#include "model/exchange.h"
#include "model/model.h"

struct worker_row {
	char *name;     /* "main", "w3", "cc1", "w9-w240" */
	int32_t pid;    /* of the first */
	unsigned count; /* processes in this row */
	bool known;     /* the shares are: somebody watched inside */
	struct shares shares;
};

struct channel_row;
struct report_rows;
/* Messages as people count them: objects where they are known, else calls. */
uint64_t report_channel_messages(const struct channel_row *row);
/* What the program calls it; false: not known, or these are several. */
bool report_channel_variable(const struct report_rows *rows, const struct channel_row *row, char out[VARIABLE_SIZE]);

struct channel_row {
	enum channel_kind kind;
	unsigned count;   /* channels in this row; 0: only the objects are known */
	char *from, *to;  /* writers and readers */
	const char *name; /* fifo */
	const char *use;  /* "Pool tasks", or NULL: not known */
	uint32_t stack;   /* where the first was made */
	struct channel_end total;
	const struct exchange *objects; /* all objects of this use; NULL: not known, or other rows share them */
};

/* Tasks of one function. */
struct task_row {
	uint32_t kind, stack; /* enum task_kind */
	const char *name;
	uint64_t done, failed, items, run_ns, longest_ns;
	const struct process **who; /* each once for each of its images */
	size_t who_count;
};

/* A line at which Python threads were seen running. */
struct run_row {
	struct frame frame;
	uint64_t samples;
	const struct process **who;
	size_t who_count;
};

struct descriptor_row {
	char *name;
	int32_t pid;
	uint32_t peak;
	uint64_t limit, peak_ns;
};

struct segment_row {
	const char *name; /* NULL: none */
	char *maker;
	uint64_t size;
	unsigned count, mappers;
	bool left_behind;
};

struct lock_row {
	const struct lock *lock;
	uint64_t waits, waited_ns, longest_ns; /* with those that go on */
};

struct exit_row {
	char *who;      /* "w1, w4" */
	unsigned count; /* processes */
	int sig, status;
	const char *cause; /* in words, or NULL */
};

struct exception_row {
	uint32_t what, stack; /* enum pyfail_what */
	const char *type, *message;
	char *who; /* "w1, w4" */
	unsigned count;
};

/* Threads that waited for the same at the same place when the program was asked to stop. */
struct waiting_row {
	uint32_t call, stack;
	int32_t fd;
	const char *use;         /* of the channel, or NULL */
	uint32_t made;           /* stack that made that; 0: not known */
	const struct lock *lock; /* or NULL */
	const char *thread;      /* name of a thread that is not the main one; NULL: main threads */
	bool is_main;
	uint64_t longest_ns;
	const struct process **who;
	size_t who_count;
};

struct loss_row {
	char *text;
	uint64_t records;
};

struct report_rows {
	struct model *model;
	const struct finding **findings; /* shown ones, worst first */
	size_t finding_count;
	unsigned muted, levels[3];
	struct worker_row *workers;
	size_t worker_count;
	unsigned workers_more; /* processes in no row */
	struct channel_row *channels;
	size_t channel_count;
	struct exchange *objects; /* one for each enum message_kind */
	struct task_row *tasks;   /* most time first */
	size_t task_count;
	struct run_row *runs; /* most samples first */
	size_t run_count;
	uint64_t run_samples; /* those of lines too many to tell included */
	struct descriptor_row *descriptors;
	size_t descriptor_count;
	struct segment_row *segments;
	size_t segment_count;
	struct lock_row *locks;
	size_t lock_count;
	struct exit_row *exits;
	size_t exit_count;
	struct exception_row *exceptions;
	size_t exception_count;
	uint64_t stop_ns; /* 0: the program ended by itself */
	int32_t stop_sig;
	struct waiting_row *waiting; /* in order of time */
	size_t waiting_count;
	struct loss_row *losses;
	size_t loss_count;
	bool damaged; /* parts of the recording could not be read */
	bool redact;
};

void rows_make(struct report_rows *rows);
void rows_free(struct report_rows *rows);

void rows_make_workers(struct report_rows *rows);
void rows_make_channels(struct report_rows *rows);
void rows_make_tasks(struct report_rows *rows);
void rows_make_runs(struct report_rows *rows);
void rows_make_waiting(struct report_rows *rows);
void rows_make_exits(struct report_rows *rows);
void rows_make_exceptions(struct report_rows *rows);

/* One more element at the end of an array, zeroed. */
void *rows_grow(void *list, size_t *count, size_t size);

#endif
