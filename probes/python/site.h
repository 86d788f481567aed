/* site.h: where a message is made or read: which layer called pickle, for what, and the program's own line. Found out
 * once for the same frames. */
#ifndef MPW_PROBE_PYTHON_SITE_H
#define MPW_PROBE_PYTHON_SITE_H

#include "python/frames.h"
#include "wire/kinds.h"

enum caller {
	CALLER_UNKNOWN,
	CALLER_OTHER,
	CALLER_SEND,
	CALLER_START,
	CALLER_RECEIVE,
	CALLER_BEGIN,
	CALLER_PRINT,
	CALLER_FORMAT,
	CALLER_CLOUD, /* cloudpickle, on behalf of whom? */
	CALLER_LOG,
	CALLER_FORKSERVER
};

#define SITE_FRAMES 8

struct site {
	enum caller caller;     /* CALLER_OTHER: the rest is not filled */
	enum message_kind kind; /* by the frames alone */
	bool executor;
	int program;    /* frame of the program's own code, -1: none */
	unsigned job;   /* so many frames further out is that of Pool's thread that sends tasks, 0: none */
	uint64_t place; /* tells lines of the program apart; one line may have several */
	int count;      /* that have been read */
	struct python_frame frames[SITE_FRAMES];
};

/* For the function of Python's that runs now. */
enum caller caller_find(void);
/* out: one is made. */
void site_find(struct site *site, bool out);
/* One of the frames of a site that was found, as long as they run. */
const struct python_frame *site_frame(struct site *site, int number);
/* Is it this function, of a file whose name ends so? */
bool code_is(const char *code, const char *file_end, const char *function);

#endif
