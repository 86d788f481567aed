/* frames.h: Python stacks of the calling thread, read from CPython's own frame structs without the GIL: a thread's
 * stack can not change while it is inside our C call, and what its frames refer to is alive. */
#ifndef MPW_PROBE_PYTHON_FRAMES_H
#define MPW_PROBE_PYTHON_FRAMES_H

#include "probe.h"

/* Finds the interpreter's symbols and picks the layout for its version; an unknown version stays without Python stacks.
 */
void python_start(void);

bool python_is_ready(void);

/* PyThreadState of the calling thread, which it may have without the GIL, and of the one that has the GIL. */
struct python_states {
	void *(*of_thread)(void), *(*that_runs)(void);
};
extern struct python_states python_states __attribute__((visibility("hidden")));

/* A place in Python code, innermost first. line 0: to be found from the offset. */
struct python_frame {
	const char *code; /* code object */
	int offset;       /* bytes into the code */
	int line;
	const char *at; /* the frame itself, while it runs */
};

/* Frames of a thread that can not run now: the calling one (state NULL), or any other while the caller holds the GIL.
 */
int python_walk(const char *state, struct python_frame *frames, int most);
/* The innermost frame of the thread that has the GIL, which the caller is; false: it is none of a Python function. */
bool python_innermost(struct python_frame *out);
/* Code of the innermost frame of a thread that can not run now, NULL: it is none of a Python function. */
const char *python_innermost_code(const char *state);
/* Is it this one? By the address alone. */
bool python_innermost_is(const char *state, const char *code);
/* The callers of a frame that runs. */
int python_walk_on(const struct python_frame *after, struct python_frame *frames, int most);
/* Frames from one to another that called it, those of no function among them, which python_key_on() counts, too. */
unsigned python_distance(const struct python_frame *from, const struct python_frame *to);
/* The address of the frame so many of those steps away, NULL: there are not so many. */
const char *python_out(const struct python_frame *from, unsigned steps);
/* The innermost frames of a thread, kept to be recognized, by addresses alone: their functions (of the innermost one
 * whatever it does in there), and where they call each other. Of a program's function, whose address may be another's
 * soon (cells of a notebook), the file is compared, too. */
#define PYTHON_PATH_FRAMES 8u
struct python_path {
	unsigned count; /* 0: nothing is kept */
	int position[PYTHON_PATH_FRAMES];
	const char *code[PYTHON_PATH_FRAMES];
	uint64_t file; /* of the outermost, a part of its name; 0: it does not matter */
};
/* Keeps the frame and so many of its callers, the end of the stack among them; nothing if those are too many. */
void python_path_keep(struct python_path *path, const struct python_frame *from, unsigned steps, bool file);
/* Are the frames of the thread that has the GIL, which the caller is, those of the path? Then *out is the innermost. */
bool python_path_is(const struct python_path *path, struct python_frame *out);
/* Code of the first function of a process that was forked: what is below has no part in keys and ids, as that are the
 * frames of its parent. No address: none has been seen. */
extern const char *python_bottom __attribute__((visibility("hidden")));
/* `key` and where the callers of this frame are, at most so many of them: the same for the same places. */
uint64_t python_key_on(const struct python_frame *after, unsigned most, uint64_t key);
/* The same number for the same frames, without a look at what they are of; at most so many, empty ones counted. */
uint32_t python_walk_id(const char *state, unsigned most);
/* File (its end, if it is long) and name of a code object. */
void python_code_names(const char *code, char *file, size_t file_room, char *name, size_t name_room);
int python_code_line(const char *code); /* the first */
/* A local variable of a running frame by its number: parameters come first. Borrowed, or NULL. The GIL is held. */
const char *python_local(const struct python_frame *frame, unsigned number);
/* The same number for the same function, another for another one at the same address. */
uint32_t python_code_id(const char *code);
/* Where the bytes of a str are, if it is one of ASCII, and how many; NULL: it is another one. */
const char *python_ascii(const char *object, size_t *length);
/* A str as UTF-8, NUL at the end: its end or its begin, at most `room` bytes with the NUL. Control characters become
 * spaces. */
size_t python_text(const char *object, char *out, size_t room, bool end_of_it);
/* Id of these frames as a stack, 0 if they could not be told. t->busy is set by the caller. */
uint32_t python_stack_of(struct probe_tls *t, uint32_t native, const struct python_frame *frames, int count);
/* Tells them under this id, which is made of them alone; false: there was no room. Likewise. */
bool python_stack_tell(struct probe_tls *t, uint32_t id, uint32_t native, const struct python_frame *frames, int count);
/* So much of the ring that takes, at most. */
uint32_t python_stack_units(const struct python_frame *frames, int count);
/* 6 to 13; 0: a version that is not known. */
extern int python_minor_known __attribute__((visibility("hidden")));
static inline int python_minor(void)
{
	return python_minor_known;
}

/* Id of the calling thread's Python stack on top of the native stack `native`; `native` itself when the thread runs no
 * Python code. t->busy is set by the caller. */
uint32_t python_stack(struct probe_tls *t, uint32_t native);

#endif
