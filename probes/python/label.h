/* label.h: functions and objects of the program as people name them: "Validator.check", "list of numpy.ndarray". Keys
 * are made of addresses, for each message; texts only when a key is new. */
#ifndef MPW_PROBE_PYTHON_LABEL_H
#define MPW_PROBE_PYTHON_LABEL_H

#include "probe.h"
#include "python/api.h"

static inline uint64_t label_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0xff51afd7ed558ccdu;
	return hash ^ hash >> 32;
}

/* What a task calls in the end: the library's wrappers are taken off. */
struct function_found {
	pyobject *function; /* NULL: unknown */
	const char *code;   /* its code object, NULL: not a Python function */
	uint64_t key;
	uint32_t items;  /* calls in this task */
	bool is_program; /* false: a function of a library that has no wrapped one */
};

/* `args`: the tuple it will be called with, or NULL. */
void function_find(pyobject *function, pyobject *args, struct function_found *out);
/* Number of its name (PYNAME), and the id of its first line as a stack; 0 if not to be had. t->busy is not set. */
uint32_t function_name(struct probe_tls *t, const struct function_found *found);
uint32_t function_place(struct probe_tls *t, const struct function_found *found);

uint64_t object_key(pyobject *o);
/* Number of what the object is. */
uint32_t object_name(struct probe_tls *t, pyobject *o);

/* Number of a text, which is told once; at most 180 bytes of it. */
uint32_t name_tell(struct probe_tls *t, const char *text);

#endif
