/* path.h: how pickle came from the object it was given to the one it could not take: "Validator.check -> self:
 * Validator -> .model: Model -> .cache_lock". */
#ifndef MPW_PROBE_PYTHON_PATH_H
#define MPW_PROBE_PYTHON_PATH_H

#include "python/api.h"

struct path_found {
	char sent[96];  /* what was sent, without the library's own envelope: "Validator.check" */
	char path[320]; /* "" when no way was found */
	char leaf[64];  /* type of the object at its end */
};

/* Looks where pickle looks: containers, and attributes of objects that pickle takes apart itself. Calls nothing of the
 * program, allocates nothing it can see, ends after a bounded number of objects. `message`: of pickle's exception,
 * which names the culprit. No exception may be set; none is set afterwards. */
void path_find(pyobject *root, const char *message, struct path_found *out);

/* The same for the first object that is_it() says yes to; path "" when there is none. */
void path_find_where(pyobject *root, bool (*is_it)(pyobject *o), struct path_found *out);

/* The object as people would name it: "Validator.check", "Result", "dict". */
void path_label(pyobject *o, char *out, size_t room);

#endif
