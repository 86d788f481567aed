/* label.c: see label.h. It reads, it never calls. */
#include "python/label.h"

#include <stdio.h>

#include "python/code_role.h"
#include "python/path.h"
#include "stack.h"

#define WRAPPERS 6 /* deep at most */
#define PARTS 3    /* of a tuple that are named */

/* func_code (funcobject.h) */
static const char *code_of(const pyobject *function)
{
	return (const char *)object_at(function, python_minor() < 10 ? 16 : 48);
}

static bool is_named(const pyobject *o, const char *name)
{
	return strcmp(type_short_name(type_of(o)), name) == 0;
}

static bool is_partial(const pyobject *o)
{
	return strcmp(type_name(type_of(o)), "functools.partial") == 0 && !type_has(type_of(o), TYPE_IS_TYPE);
}

static ptrdiff_t length_of(const pyobject *o)
{
	return is_a(o, TYPE_IS_TUPLE) || is_a(o, TYPE_IS_LIST) ? items_of(o) : -1;
}

static pyobject *item_of(const pyobject *o, ptrdiff_t index)
{
	bool tuple = is_a(o, TYPE_IS_TUPLE);

	if ((!tuple && !is_a(o, TYPE_IS_LIST)) || index >= items_of(o))
		return NULL;
	return tuple ? tuple_item(o, index) : list_item(o, index);
}

/* mapstar((function, chunk)) */
static pyobject *unwrap_chunk(const pyobject *first, struct function_found *out)
{
	const pyobject *items = first ? item_of(first, 1) : NULL;
	ptrdiff_t count = items ? length_of(items) : 0;

	if (count > 0)
		out->items = (uint32_t)count;
	return first ? item_of(first, 0) : NULL;
}

/* concurrent.futures' partial(_process_chunk, function)(chunk), joblib's BatchedCalls and their relatives. */
static pyobject *unwrap_object(pyobject *function, const pyobject *first, struct function_found *out)
{
	if (is_partial(function)) {
		pyobject *inner = object_at(function, 16);

		if (!inner || type_of(inner) != py.PyFunction_Type || code_role(code_of(inner)) != CODE_EXECUTOR_CHUNK)
			return inner;
		if (first && length_of(first) > 0)
			out->items = (uint32_t)length_of(first);
		return item_of(object_at(function, 24), 0);
	}
	if (is_named(function, "BatchedCalls")) {
		pyobject *items = instance_entry(function, "items");

		first = items ? item_of(items, 0) : NULL;
		if (items && length_of(items) > 0)
			out->items = (uint32_t)length_of(items);
		return first ? item_of(first, 0) : NULL;
	}
	if (is_named(function, "CloudpickledObjectWrapper") || is_named(function, "CloudpickledCallable"))
		return instance_entry(function, "_obj");
	if (is_named(function, "SafeFunction"))
		return instance_entry(function, "func");
	if (is_named(function, "_FuncWrapper")) /* scikit-learn's around what joblib calls */
		return instance_entry(function, "function");
	return NULL;
}

/* The next function inside, or NULL; *args: what that is called with, if known. */
static pyobject *unwrap(pyobject *function, enum code_role role, pyobject **args, struct function_found *out)
{
	const pyobject *type = type_of(function), *first = *args ? item_of(*args, 0) : NULL;
	pyobject *inner = NULL;

	if (role == CODE_POOL_CHUNK || role == CODE_POOL_STAR)
		inner = unwrap_chunk(first, out);
	else if (type != py.PyFunction_Type && type != py.PyMethod_Type && type != py.PyCFunction_Type)
		inner = unwrap_object(function, first, out);
	if (inner)
		*args = NULL;
	return inner;
}

static void code_find(pyobject *function, struct function_found *out)
{
	pyobject *inner = function;

	if (type_of(function) == py.PyMethod_Type)
		inner = object_at(function, 16);
	out->function = function;
	out->code = inner && type_of(inner) == py.PyFunction_Type ? code_of(inner) : NULL;
}

/* Id and role of the code of a function that was found; 0 if it has none. */
static uint32_t code_what(const struct function_found *found, enum code_role *role)
{
	uint32_t id;

	*role = CODE_UNKNOWN;
	if (!found->code)
		return 0;
	id = python_code_id(found->code);
	*role = code_role_of(found->code, id);
	return id;
}

/* The last task of Pool.map() and its like of the thread: mapstar((function, chunk)), for each task with the same
 * functions. cloudpickle makes functions anew for each task, at addresses of the one before: the id tells them apart.
 * mapstar itself stays where it is. */
static __thread struct last_chunk {
	const pyobject *outer; /* mapstar */
	const char *outer_code;
	struct function_found found; /* but for its object, which may be another one of the same code */
	uint32_t id;
} last_chunk;

static bool chunk_is_known(pyobject *function, const pyobject *args, struct function_found *out)
{
	const struct last_chunk *last = &last_chunk;
	pyobject *first, *inner;
	ptrdiff_t count;

	if (function != last->outer || type_of(function) != py.PyFunction_Type ||
		code_of(function) != last->outer_code || !is_tuple_of(args, 1))
		return false;
	first = tuple_item(args, 0);
	inner = is_tuple_of(first, 2) ? tuple_item(first, 0) : NULL;
	if (!inner || type_of(inner) != py.PyFunction_Type || code_of(inner) != last->found.code ||
		python_code_id(last->found.code) != last->id)
		return false;
	count = tuple_item(first, 1) ? length_of(tuple_item(first, 1)) : 0;
	*out = last->found;
	out->function = inner;
	out->items = count > 0 ? (uint32_t)count : 1;
	return true;
}

static void chunk_keep(const pyobject *outer, const struct function_found *found, uint32_t id)
{
	last_chunk.outer = outer;
	last_chunk.outer_code = code_of(outer);
	last_chunk.found = *found;
	last_chunk.id = id;
}

void function_find(pyobject *function, pyobject *args, struct function_found *out)
{
	enum code_role role = CODE_UNKNOWN, first_role = CODE_UNKNOWN;
	const pyobject *outer = function;
	uint32_t id = 0;
	int deep = 0;

	if (function && chunk_is_known(function, args, out))
		return;
	out->function = NULL;
	out->code = NULL;
	out->key = 0;
	out->is_program = false;
	out->items = 1;
	for (; function && deep < WRAPPERS; deep++) {
		code_find(function, out);
		id = code_what(out, &role);
		first_role = deep ? first_role : role;
		function = unwrap(function, role, &args, out);
	}
	if (!out->function)
		return;
	out->is_program = out->code ? role == CODE_PROGRAM : true;
	if (out->code)
		out->key = label_mix(id, type_of(out->function) == py.PyMethod_Type
						 ? (uint64_t)(uintptr_t)type_of(object_at(out->function, 24))
						 : 0);
	else
		out->key = label_mix((uint64_t)(uintptr_t)out->function, (uint64_t)(uintptr_t)type_of(out->function));
	if (deep == 2 && (first_role == CODE_POOL_CHUNK || first_role == CODE_POOL_STAR) &&
		type_of(outer) == py.PyFunction_Type && type_of(out->function) == py.PyFunction_Type)
		chunk_keep(outer, out, id);
}

uint32_t name_tell(struct probe_tls *t, const char *text)
{
	struct rec_pyname record = {.id = 2166136261u};
	char copy[181];
	uint64_t ticks = probe_now();

	snprintf(copy, sizeof(copy), "%s", text);
	for (const char *at = copy; *at; at++)
		record.id = (record.id ^ (unsigned char)*at) * 16777619u;
	record.id = record.id ? record.id : 1;
	if (stack_is_known(record.id ^ 0x5bd1e995u))
		return record.id;
	t->th->own.busy++;
	emit_pieces(t, ticks, copy);
	if (emit_record(t, EV_PYNAME, 0, 0, ticks, &record, sizeof(record)) == 0)
		stack_now_known(record.id ^ 0x5bd1e995u);
	t->th->own.busy--;
	return record.id;
}

uint32_t function_name(struct probe_tls *t, const struct function_found *found)
{
	char text[128];

	if (!found->function)
		return 0;
	if (type_of(found->function) == py.PyCFunction_Type) {
		const char *const *method = (const char *const *)(const void *)object_at(found->function, 16);

		snprintf(text, sizeof(text), "%s", method && *method ? *method : "?");
	} else {
		path_label(found->function, text, sizeof(text));
	}
	return name_tell(t, text);
}

uint32_t function_place(struct probe_tls *t, const struct function_found *found)
{
	struct python_frame frame = {.code = found->code};
	uint32_t id;

	if (!found->code)
		return 0;
	frame.line = python_code_line(found->code);
	t->th->own.busy++;
	id = frame.line > 0 ? python_stack_of(t, 0, &frame, 1) : 0;
	t->th->own.busy--;
	return id;
}

/* --- objects --- */

static uint64_t type_key(const pyobject *o)
{
	const pyobject *type = type_of(o);

	return (uint64_t)(uintptr_t)type ^ (uint64_t)(uintptr_t)type_name(type) << 20;
}

static bool is_exactly_tuple(const pyobject *o)
{
	return type_of(o) == py.PyTuple_Type;
}

uint64_t object_key(pyobject *o)
{
	uint64_t key = type_key(o);
	ptrdiff_t count;

	if (type_of(o) != py.PyList_Type && !is_exactly_tuple(o))
		return key;
	count = items_of(o);
	for (ptrdiff_t i = 0; i < count && i < (is_exactly_tuple(o) ? PARTS : 1); i++)
		key = label_mix(key, item_of(o, i) ? type_key(item_of(o, i)) : 0);
	return label_mix(key, is_exactly_tuple(o) && count > PARTS);
}

uint32_t object_name(struct probe_tls *t, pyobject *o)
{
	char text[181];
	size_t used = (size_t)snprintf(text, sizeof(text), "%.80s", type_name(type_of(o)));
	ptrdiff_t count = 0, most = PARTS;

	if (type_of(o) == py.PyList_Type || is_exactly_tuple(o)) {
		count = items_of(o);
		most = is_exactly_tuple(o) ? PARTS : 1;
	}
	for (ptrdiff_t i = 0; i < count && i < most && used < sizeof(text) - 40; i++) {
		const pyobject *item = item_of(o, i);

		if (item)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.36s", i ? ", " : " of ",
				type_name(type_of(item)));
	}
	if (count > most && is_exactly_tuple(o))
		snprintf(text + used, sizeof(text) - used, ", ...");
	return name_tell(t, text);
}
