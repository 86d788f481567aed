/* failure.h: exceptions of the program as PYFAIL records. */
#ifndef MPW_PROBE_PYTHON_FAILURE_H
#define MPW_PROBE_PYTHON_FAILURE_H

#include "python/api.h"
#include "wire/kinds.h"

/* The current exception, which stays as it is. `sent`, `message`: the object that pickle was given, and for what, or
 * NULL. `looked_up`: module and name of the class that unpickling looked up last ("module.name") and the class, or ""
 * and NULL. The GIL is held. false: not told, there were many before. */
struct message;
bool failure_current(
	enum pyfail_what what, pyobject *sent, struct message *message, const char *looked_up, pyobject *class_);
/* An exception that nobody caught. Any of the three may be NULL. */
void failure_uncaught(enum pyfail_what what, pyobject *type, pyobject *value, pyobject *traceback);
/* An exception that is known only as an object (NULL: none), with the stack that is known of it. */
void failure_told(enum pyfail_what what, pyobject *value, uint32_t stack);
/* Something that is no exception, here and now: what it is called, and its argument as an exception's. */
void failure_here(enum pyfail_what what, const char *type, pyobject *value);
/* No exception at all, but something was found on the way that says it will go wrong. */
struct path_found;
void failure_path(enum pyfail_what what, const struct path_found *path);
/* A file of the program itself, not of an installed library. */
bool is_program_file(const char *file);
/* threading's name of the calling thread; "" not known. */
void failure_thread_name(char *out, size_t room);
/* What __main__ is in this process, if that was not told yet. */
void failure_tell_main(void);

#endif
