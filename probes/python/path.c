/* path.c: a breadth-first search over the objects that pickle would visit. It reads, it never calls: __reduce__,
 * properties and the like of the program must not run a second time. What it can not read (an object with its own
 * __reduce__ or __getstate__) it does not enter. */
#include "python/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "python/frames.h"
#include "raw.h"

#define NODES 8192u
#define SEEN (NODES * 4)
#define LOOKED_AT_MAX 400000u
#define DEPTH_MAX 60

enum step { STEP_ROOT, STEP_ATTRIBUTE, STEP_SLOT, STEP_SELF, STEP_KEY, STEP_INDEX, STEP_PARTIAL };

struct node {
	pyobject *o;
	int32_t parent;
	uint32_t step;
	union {
		pyobject *key;
		const char *name;
		uint64_t index;
	} by;
};

struct culprit {
	bool (*is_it)(pyobject *o); /* asked instead, if there is one */
	uint64_t address;           /* from "... at 0x7f...", 0: not known */
	char name[96];              /* of its type, or qualified name of a function or class */
};

struct search {
	struct node *nodes;
	pyobject **seen;
	uint32_t count, looked_at;
	int32_t found; /* node, -1 not yet */
	struct culprit culprit;
};

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static void copy_text(char *out, size_t room, const char *from, size_t length)
{
	if (length >= room)
		length = room - 1;
	memcpy(out, from, length);
	out[length] = 0;
}

/* "cannot pickle '_thread.RLock' object", "can't pickle _thread.RLock objects", "Can't pickle local object
 * 'f.<locals>.g'", "Can't pickle <function <lambda> at 0x7f1>: attribute lookup ...", "Can't pickle <class
 * '__main__.X'>: it's not ...". */
static bool culprit_read(const char *message, struct culprit *out)
{
	static const char *const begins[] = {
		"cannot pickle ", "can't pickle ", "Can't pickle ", "cannot serialize ", "Can't get local object "};
	const char *at = strstr(message, " at 0x"), *first, *last;
	bool known = false;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		known = known || strncmp(message, begins[i], strlen(begins[i])) == 0;
	if (!known)
		return false;
	if (at && strncmp(message, "Can't pickle <", 14) == 0)
		out->address = strtoull(at + 4, NULL, 16);
	if (out->address)
		return true;
	first = strchr(message, '\'');
	if (first && strncmp(first, "'t pickle ", 10) == 0) {
		const char *name = first + 10;

		last = strstr(name, " object");
		if (last && !memchr(name, '\'', (size_t)(last - name)) && strncmp(name, "local", 5) != 0) {
			copy_text(out->name, sizeof(out->name), name, (size_t)(last - name));
			return out->name[0] != 0;
		}
		first = strchr(name, '\'');
	} else if (first && first > message && strncmp(first, "'t get local", 12) == 0) {
		first = strchr(first + 1, '\'');
	}
	last = first ? strchr(first + 1, '\'') : NULL;
	if (!last)
		return false;
	copy_text(out->name, sizeof(out->name), first + 1, (size_t)(last - first - 1));
	return out->name[0] != 0;
}

/* func_qualname (funcobject.h). */
static pyobject *function_name(const pyobject *function)
{
	return object_at(function, python_minor() < 10 ? 104 : 40);
}

static void function_text(const pyobject *function, char *out, size_t room)
{
	pyobject *name = function_name(function);

	*out = 0;
	if (name && type_of(name) == py.PyUnicode_Type)
		python_text((const char *)name, out, room, false);
}

static bool is_culprit(const struct culprit *culprit, pyobject *o)
{
	pyobject *type = type_of(o);
	char name[96];

	if (culprit->is_it)
		return culprit->is_it(o);
	if (culprit->address)
		return (uint64_t)(uintptr_t)o == culprit->address;
	if (type == py.PyFunction_Type) {
		function_text(o, name, sizeof(name));
		return strcmp(name, culprit->name) == 0;
	}
	if (type_has(type, TYPE_IS_TYPE))
		return strcmp(type_short_name(o), last_part(culprit->name)) == 0;
	return strcmp(type_name(type), culprit->name) == 0 ||
	       strcmp(type_short_name(type), last_part(culprit->name)) == 0;
}

static bool is_atom(const pyobject *type)
{
	return type == py.PyUnicode_Type || type == py.PyBytes_Type || type == py.PyLong_Type ||
	       type == py.PyFloat_Type || type == py.PyBool_Type;
}

static bool seen_before(struct search *search, pyobject *o)
{
	uint64_t at = ((uint64_t)(uintptr_t)o >> 4) * 0x9e3779b97f4a7c15u >> 40;

	for (;; at++) {
		pyobject **slot = &search->seen[at % SEEN];

		if (*slot == o)
			return true;
		if (!*slot) {
			*slot = o;
			return false;
		}
	}
}

/* false: enough. */
static bool add(struct search *search, int32_t parent, enum step step, uint64_t by, pyobject *o)
{
	struct node *node = &search->nodes[search->count];

	if (search->found >= 0 || ++search->looked_at > LOOKED_AT_MAX || search->count == NODES)
		return false;
	if (!o || is_atom(type_of(o)) || o == py._Py_NoneStruct || seen_before(search, o))
		return true;
	node->o = o;
	node->parent = parent;
	node->step = step;
	node->by.index = by;
	if (is_culprit(&search->culprit, o))
		search->found = (int32_t)search->count;
	search->count++;
	return true;
}

static void add_dict(struct search *search, int32_t parent, enum step step, pyobject *dict)
{
	pyobject *key, *value;
	ptrdiff_t at = 0;

	while (py.PyDict_Next(dict, &at, &key, &value))
		if (!add(search, parent, step, (uint64_t)(uintptr_t)key, value) ||
			(step == STEP_KEY && !add(search, parent, STEP_KEY, (uint64_t)(uintptr_t)key, key)))
			return;
}

static void add_items(struct search *search, int32_t parent, const pyobject *o, bool tuple)
{
	ptrdiff_t count = items_of(o);

	for (ptrdiff_t i = 0; i < count; i++)
		if (!add(search, parent, STEP_INDEX, (uint64_t)i, tuple ? tuple_item(o, i) : list_item(o, i)))
			return;
}

static pyobject *special_names[3]; /* __reduce_ex__, __reduce__, __getstate__ */

/* Does pickle take this type's objects apart by the rules of object.__reduce_ex__? */
static bool is_taken_apart(pyobject *type)
{
	static const char *const names[] = {"__reduce_ex__", "__reduce__", "__getstate__"};
	/* exceptions have a __reduce__ of their own that we know */
	pyobject *base = type_has(type, TYPE_IS_EXCEPTION) ? py.PyExc_BaseException : py.PyBaseObject_Type;

	if (!type_has(type, TYPE_IS_HEAP) || !base)
		return false;
	for (unsigned i = 0; i < 3; i++) {
		if (!special_names[i])
			special_names[i] = py.PyUnicode_InternFromString(names[i]);
		if (!special_names[i]) {
			py.PyErr_Clear();
			return false;
		}
		if (py._PyType_Lookup(type, special_names[i]) != py._PyType_Lookup(base, special_names[i]))
			return false;
	}
	return true;
}

#define MEMBER_OBJECT_EX 16

static void add_slots(struct search *search, int32_t parent, pyobject *o)
{
	pyobject *mro = object_at(type_of(o), TYPE_MRO);

	if (!mro || type_of(mro) != py.PyTuple_Type)
		return;
	for (ptrdiff_t i = 0; i < items_of(mro); i++) {
		pyobject *base = tuple_item(mro, i), *dict, *key, *value;
		ptrdiff_t at = 0;

		dict = type_has(base, TYPE_IS_HEAP) ? object_at(base, TYPE_DICT) : NULL;
		if (!dict || !is_a(dict, TYPE_IS_DICT))
			continue;
		while (py.PyDict_Next(dict, &at, &key, &value)) {
			const pyobject *member;
			int32_t kind;

			if (type_of(value) != py.PyMemberDescr_Type)
				continue;
			member = object_at(value, 40); /* struct PyMemberDef: name, type, offset */
			memcpy(&kind, (const char *)member + 8, sizeof(kind));
			if (kind == MEMBER_OBJECT_EX && !add(search, parent, STEP_SLOT, (uint64_t)(uintptr_t)key,
								object_at(o, (size_t)size_at(member, 16))))
				return;
		}
	}
}

static void add_instance(struct search *search, int32_t parent, pyobject *o)
{
	pyobject *dict;

	/* joblib's batch of calls has a __reduce__ that gives its attributes */
	if (!is_taken_apart(type_of(o)) && strcmp(type_name(type_of(o)), "BatchedCalls") != 0)
		return;
	if (is_a(o, TYPE_IS_EXCEPTION))
		add(search, parent, STEP_ATTRIBUTE, 0, object_at(o, 24)); /* args */
	dict = instance_dict(o);
	if (dict && is_a(dict, TYPE_IS_DICT))
		add_dict(search, parent, STEP_ATTRIBUTE, dict);
	add_slots(search, parent, o);
}

static void expand(struct search *search, int32_t at)
{
	pyobject *o = search->nodes[at].o, *type = type_of(o);

	if (is_a(o, TYPE_IS_DICT))
		add_dict(search, at, STEP_KEY, o);
	else if (is_a(o, TYPE_IS_TUPLE))
		add_items(search, at, o, true);
	else if (is_a(o, TYPE_IS_LIST))
		add_items(search, at, o, false);
	if (type == py.PyMethod_Type) {
		add(search, at, STEP_SELF, 0, object_at(o, 24));
	} else if (strcmp(type_name(type), "functools.partial") == 0 && !type_has(type, TYPE_IS_TYPE)) {
		add(search, at, STEP_PARTIAL, (uint64_t)(uintptr_t) "func", object_at(o, 16));
		add(search, at, STEP_PARTIAL, (uint64_t)(uintptr_t) "args", object_at(o, 24));
		add(search, at, STEP_PARTIAL, (uint64_t)(uintptr_t) "keywords", object_at(o, 32));
	} else if (type != py.PyDict_Type && type != py.PyTuple_Type && type != py.PyList_Type &&
		   !type_has(type, TYPE_IS_TYPE)) {
		add_instance(search, at, o);
	}
}

/* --- the way as text --- */

void path_label(pyobject *o, char *out, size_t room)
{
	pyobject *type = type_of(o);
	char name[80];

	if (type == py.PyFunction_Type) {
		function_text(o, out, room);
	} else if (type == py.PyMethod_Type) {
		pyobject *function = object_at(o, 16);

		name[0] = 0;
		if (function && type_of(function) == py.PyFunction_Type)
			function_text(function, name, sizeof(name));
		snprintf(out, room, "%s.%s", type_short_name(type_of(object_at(o, 24))), last_part(name));
	} else {
		snprintf(out, room, "%s", type_short_name(type_has(type, TYPE_IS_TYPE) ? o : type));
	}
}

static bool is_plain(const pyobject *o)
{
	const pyobject *type = type_of(o);

	return type == py.PyTuple_Type || type == py.PyList_Type || type == py.PyDict_Type;
}

/* What the library wraps around what its caller gave it. */
static bool is_envelope(const pyobject *o)
{
	static const char *const names[] = {"_CallItem", "_ResultItem", "BatchedCalls", "SafeFunction", "Process",
		"ForkProcess", "SpawnProcess", "ForkServerProcess"};
	const pyobject *type = type_of(o);

	if (type == py.PyTuple_Type || type == py.PyList_Type)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(type_short_name(type), names[i]) == 0)
			return true;
	return false;
}

static size_t put(char *out, size_t room, size_t used, const char *text)
{
	size_t length = strlen(text);

	if (used + length + 1 > room)
		length = room - used - 1;
	memcpy(out + used, text, length);
	out[used + length] = 0;
	return used + length;
}

static size_t put_key(char *out, size_t room, size_t used, pyobject *key, const char *before, const char *after)
{
	char text[80] = "...";

	if (type_of(key) == py.PyUnicode_Type)
		python_text((const char *)key, text, sizeof(text), false);
	else if (type_of(key) == py.PyLong_Type) {
		snprintf(text, sizeof(text), "%ld", py.PyLong_AsLong(key));
		py.PyErr_Clear();
	}
	used = put(out, room, used, before);
	used = put(out, room, used, text);
	return put(out, room, used, after);
}

static size_t put_step(const struct node *node, char *out, size_t room, size_t used)
{
	char number[32];

	switch ((enum step)node->step) {
	case STEP_SELF:
		return put(out, room, used, " -> self");
	case STEP_ATTRIBUTE:
		if (!node->by.key)
			return put(out, room, used, " -> .args");
		return put_key(out, room, used, node->by.key, " -> .", "");
	case STEP_SLOT:
		return put_key(out, room, used, node->by.key, " -> .", "");
	case STEP_PARTIAL:
		return put(out, room, put(out, room, used, " -> ."), node->by.name);
	case STEP_KEY:
		return type_of(node->by.key) == py.PyUnicode_Type
			       ? put_key(out, room, used, node->by.key, " -> ['", "']")
			       : put_key(out, room, used, node->by.key, " -> [", "]");
	case STEP_INDEX:
		snprintf(number, sizeof(number), " -> [%lu]", (unsigned long)node->by.index);
		return put(out, room, used, number);
	default:
		return used;
	}
}

static void path_write(const struct search *search, struct path_found *out)
{
	int32_t way[DEPTH_MAX], depth = 0, first;
	size_t used;

	for (int32_t at = search->found; at >= 0; at = search->nodes[at].parent) {
		if (depth == DEPTH_MAX)
			return;
		way[depth++] = at;
	}
	for (first = depth - 1; first > 0 && is_envelope(search->nodes[way[first]].o); first--)
		;
	path_label(search->nodes[way[first]].o, out->sent, sizeof(out->sent));
	path_label(search->nodes[way[0]].o, out->leaf, sizeof(out->leaf));
	used = put(out->path, sizeof(out->path), 0, out->sent);
	for (int32_t i = first - 1; i >= 0; i--) {
		const struct node *node = &search->nodes[way[i]];

		used = put_step(node, out->path, sizeof(out->path), used);
		if (i > 0 && !is_plain(node->o) && type_of(node->o) != py.PyMethod_Type) {
			used = put(out->path, sizeof(out->path), used, ": ");
			used = put(out->path, sizeof(out->path), used, type_short_name(type_of(node->o)));
		}
	}
}

static void run(struct search *search, pyobject *root, struct path_found *out)
{
	size_t size = NODES * sizeof(struct node) + SEEN * sizeof(pyobject *);
	int collecting = 0;
	char *memory;

	if (probe.restricted)
		return;
	memory = (char *)raw_call6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if ((unsigned long)memory >= -4095UL)
		return;
	search->nodes = (struct node *)(void *)memory;
	search->seen = (pyobject **)(void *)(memory + NODES * sizeof(struct node));
	if (py.PyGC_Disable)
		collecting = py.PyGC_Disable();
	add(search, -1, STEP_ROOT, 0, root);
	for (uint32_t at = 0; at < search->count && search->found < 0; at++)
		expand(search, (int32_t)at);
	if (search->found >= 0)
		path_write(search, out);
	if (collecting)
		py.PyGC_Enable();
	raw_call3(SYS_munmap, (long)memory, (long)size, 0);
}

void path_find(pyobject *root, const char *message, struct path_found *out)
{
	struct search search = {.found = -1};

	memset(out, 0, sizeof(*out));
	path_label(root, out->sent, sizeof(out->sent));
	if (culprit_read(message, &search.culprit))
		run(&search, root, out);
}

void path_find_where(pyobject *root, bool (*is_it)(pyobject *o), struct path_found *out)
{
	struct search search = {.found = -1, .culprit = {.is_it = is_it}};

	memset(out, 0, sizeof(*out));
	run(&search, root, out);
}
