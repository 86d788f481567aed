/* code_role.h: whose code is it? Found out once for each code object. */
#ifndef MPW_PROBE_PYTHON_CODE_ROLE_H
#define MPW_PROBE_PYTHON_CODE_ROLE_H

#include "python/frames.h"

enum code_role {
	CODE_UNKNOWN,
	CODE_LIBRARY,
	CODE_PROGRAM,
	CODE_TRANSPORT, /* what every message passes: reduction.py, connection.py, cloudpickle */
	CODE_QUEUE,     /* queues.py */
	CODE_QUEUE_PUT,
	CODE_FEEDER, /* Queue's thread that sends */
	CODE_POOL,   /* pool.py, but for: */
	CODE_POOL_WORKER,
	CODE_POOL_TASKS,
	CODE_POOL_RESULTS,
	CODE_POOL_CHUNK, /* calls the program's function for each item of a chunk */
	CODE_POOL_STAR,  /* the same with several arguments */
	CODE_EXECUTOR,
	CODE_EXECUTOR_CHUNK,
	CODE_SUBMIT,
	CODE_MANAGER,
	CODE_LAUNCH,    /* makes the process of a Process by fork */
	CODE_BOOTSTRAP, /* first function of a Process */
};

enum code_role code_role(const char *code);
/* The same for who has asked for its python_code_id(). */
enum code_role code_role_of(const char *code, uint32_t id);
/* From 3.11 on names of functions come with those of their classes. */
bool is_function(const char *name, const char *wanted);

/* The innermost frame of the program's own code: its index, or -1. */
int frame_of_program(const struct python_frame *frames, int count);

#endif
