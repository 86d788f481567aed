/* hooks.h: the C functions of CPython through which messages and uncaught exceptions pass, with ours in front. */
#ifndef MPW_PROBE_PYTHON_HOOKS_H
#define MPW_PROBE_PYTHON_HOOKS_H

#include "python/api.h"

/* Puts them in place as soon as `_pickle` has been imported. true: done, or impossible for good. The GIL is held, no
 * exception is set. */
bool hooks_install(void);

/* Some belong to modules that are imported later: true as long as there are any that were not found yet. */
bool hooks_later(void);

/* While a message is being rebuilt: the class it looks up next. */
void hooks_class_looked_up(pyobject *module, pyobject *name);

#endif
