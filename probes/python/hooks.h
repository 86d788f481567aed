/* hooks.h: the C functions of CPython through which messages and uncaught exceptions pass, with ours in front. */
#ifndef MPW_PROBE_PYTHON_HOOKS_H
#define MPW_PROBE_PYTHON_HOOKS_H

#include "python/api.h"

/* Puts them in place as soon as `_pickle` has been imported. true: done, or impossible for good. The GIL is held, no
 * exception is set. */
bool hooks_install(void);

/* Some belong to modules that are imported later: true as long as there are any that were not found yet. */
bool hooks_later(void);

/* Those that are of use to every program: what ends its main thread and its other threads. */
void hooks_for_all(void);

/* Does sys.excepthook lead to our hook? Not if the program has replaced it: then only the audit event tells. */
bool hooks_main_is_ours(void);

/* That event: sys.excepthook is about to be called. */
void hooks_main_uncaught(pyobject *type, pyobject *value, pyobject *traceback);

#endif
