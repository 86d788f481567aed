/* noticed.h: failures that do not pass through pickle's own errors: a task that raised, a worker that is told to exit
 * by its task, a message too long for its head, a lock that its receiver can not use. */
#ifndef MPW_PROBE_PYTHON_NOTICED_H
#define MPW_PROBE_PYTHON_NOTICED_H

#include "python/api.h"

/* Functions in front of CPython's own (hooks.c puts them there), and the originals. */
extern void *noticed_real_exit, *noticed_real_os_exit, *noticed_real_pack;
pyobject *noticed_exit_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *noticed_exit_tuple(pyobject *self, pyobject *args);
pyobject *noticed_os_exit(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *noticed_pack_fast(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *noticed_pack_tuple(pyobject *self, pyobject *args);

/* A message was made of this object: is it the answer of a task that raised? A few loads if not. */
void noticed_sent(pyobject *sent);
/* A Process object was made into bytes for a fresh interpreter: does it take a lock along that exists in this process
 * only? Python 3.11.5 and later refuse that themselves. */
void noticed_started(pyobject *process);

#endif
