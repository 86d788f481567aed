/* failure.h: exceptions of the program as PYFAIL records. */
#ifndef MPW_PROBE_PYTHON_FAILURE_H
#define MPW_PROBE_PYTHON_FAILURE_H

#include "python/api.h"
#include "wire/kinds.h"

/* The current exception, which stays as it is. `sent`: the object that pickle was given, or NULL. `looked_up`: module
 * and name of the class that unpickling looked up last ("module.name") and the class, or "" and NULL. The GIL is held.
 */
void failure_current(enum pyfail_what what, pyobject *sent, const char *looked_up, pyobject *class_);
/* An exception that nobody caught. Any of the three may be NULL. */
void failure_uncaught(enum pyfail_what what, pyobject *type, pyobject *value, pyobject *traceback);
/* Once in a process: what __main__ is in it. */
void failure_tell_main(void);

#endif
