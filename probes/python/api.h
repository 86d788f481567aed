/* api.h: what the helper uses of CPython's C API, found in the loaded objects: no Python.h, no link to libpython.
 * Objects are looked at with care: nothing here runs code of the program. */
#ifndef MPW_PROBE_PYTHON_API_H
#define MPW_PROBE_PYTHON_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct python_object pyobject; /* never complete: an object of the program */

/* Without one of these the helper does not start. All are called with the GIL held. */
/* clang-format off */
#define PYTHON_FUNCTIONS(X)                                                             \
	X(int, Py_IsInitialized, (void))                                                \
	X(pyobject *, PyImport_GetModuleDict, (void))                                     \
	X(pyobject *, PyDict_GetItemString, (pyobject *, const char *))                     \
	X(pyobject *, PyDict_GetItem, (pyobject *, pyobject *))                               \
	X(int, PyDict_Next, (pyobject *, ptrdiff_t *, pyobject **, pyobject **))              \
	X(void, PyErr_Fetch, (pyobject **, pyobject **, pyobject **))                         \
	X(void, PyErr_Restore, (pyobject *, pyobject *, pyobject *))                          \
	X(pyobject *, PyErr_Occurred, (void))                                             \
	X(void, PyErr_Clear, (void))                                                    \
	X(void, Py_DecRef, (pyobject *))                                                  \
	X(pyobject *, PyLong_FromUnsignedLong, (unsigned long))                           \
	X(long, PyLong_AsLong, (pyobject *))                                              \
	X(pyobject *, PyUnicode_InternFromString, (const char *))                         \
	X(pyobject *, _PyType_Lookup, (pyobject *, pyobject *))                               \
	X(pyobject *, PyObject_GenericGetDict, (pyobject *, void *))                        \
	X(pyobject **, _PyObject_GetDictPtr, (pyobject *))                                  \
	X(unsigned long, PyThread_get_thread_ident, (void))                             \
	X(pyobject *, PyInterpreterState_Head, (void))                                    \
	X(pyobject *, PyInterpreterState_Next, (pyobject *))                                \
	X(pyobject *, PyInterpreterState_ThreadHead, (pyobject *))                          \
	X(pyobject *, PyThreadState_Next, (pyobject *))                                     \
	X(pyobject *, PyGILState_GetThisThreadState, (void))

#define PYTHON_TYPES(X)                                                                 \
	X(PyType_Type) X(PyBaseObject_Type) X(PyUnicode_Type) X(PyBytes_Type) X(PyLong_Type) X(PyFloat_Type) X(PyBool_Type) \
	X(PyTuple_Type) X(PyList_Type) X(PyDict_Type) X(PyFunction_Type) X(PyMethod_Type) X(PyCFunction_Type) X(PyModule_Type) \
	X(PyMemoryView_Type) X(PyMethodDescr_Type) X(PyMemberDescr_Type) X(_Py_NoneStruct) \
	X(_Py_FalseStruct) X(_Py_TrueStruct)
/* clang-format on */

struct python_api {
#define X(result, name, parameters) result(*name) parameters;
	PYTHON_FUNCTIONS(X)
#undef X
#define X(name) pyobject *name;
	PYTHON_TYPES(X)
#undef X
	int (*PyGC_Disable)(void); /* 3.10 */
	int (*PyGC_Enable)(void);
	pyobject *(*PyFrame_GetCode)(pyobject *); /* 3.9 */
	pyobject *PyExc_BaseException, *PyExc_OSError;
};

extern struct python_api py __attribute__((visibility("hidden")));

/* Finds all of it, once. false: this is no CPython that we know. */
bool api_find(void);

/* --- fields, at offsets that all of 3.6 to 3.13 share (builds without Py_TRACE_REFS; who checks a type sees to that)
 * --- */
static inline pyobject *object_at(const void *base, size_t offset)
{
	pyobject *value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

static inline ptrdiff_t size_at(const void *base, size_t offset)
{
	ptrdiff_t value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

static inline pyobject *type_of(const pyobject *o)
{
	return object_at(o, 8);
}

static inline ptrdiff_t items_of(const pyobject *o) /* of a tuple or list */
{
	return size_at(o, 16);
}

#define TYPE_NAME 24
#define TYPE_BASIC_SIZE 32
#define TYPE_FLAGS 168
#define TYPE_DICT 264
#define TYPE_MRO 344
#define TYPE_IS_HEAP (1ul << 9)
#define TYPE_IS_LIST (1ul << 25)
#define TYPE_IS_TUPLE (1ul << 26)
#define TYPE_IS_STR (1ul << 28)
#define TYPE_IS_DICT (1ul << 29)
#define TYPE_IS_EXCEPTION (1ul << 30)
#define TYPE_IS_TYPE (1ul << 31)

static inline bool type_has(const pyobject *type, unsigned long flag)
{
	return ((unsigned long)size_at(type, TYPE_FLAGS) & flag) != 0;
}

static inline bool is_a(const pyobject *o, unsigned long flag)
{
	return o && type_has(type_of(o), flag);
}

static inline pyobject *tuple_item(const pyobject *tuple, ptrdiff_t index)
{
	return object_at(tuple, 24 + 8 * (size_t)index);
}

/* By its exact type. */
static inline bool is_tuple_of(const pyobject *o, ptrdiff_t count)
{
	return o && type_of(o) == py.PyTuple_Type && items_of(o) == count;
}

static inline pyobject *list_item(const pyobject *list, ptrdiff_t index)
{
	return object_at(object_at(list, 24), 8 * (size_t)index);
}

/* Name of a type without its module: "RLock". */
const char *type_short_name(const pyobject *type);
static inline const char *type_name(const pyobject *type)
{
	return (const char *)object_at(type, TYPE_NAME);
}

/* sys.modules[name], borrowed, NULL if it is not there or not a module. No error is set. */
pyobject *module_find(const char *name);
/* An entry of a module's dictionary, borrowed or NULL. */
pyobject *module_entry(pyobject *module, const char *name);
/* An entry of an object's own __dict__, borrowed or NULL. */
pyobject *instance_entry(pyobject *o, const char *name);
/* The object's own __dict__, borrowed from it, or NULL. */
pyobject *instance_dict(pyobject *o);

#endif
