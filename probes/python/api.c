/* api.c: CPython's C API as the helper finds it. */
#include "python/api.h"

#include "python/frames.h"
#include "real.h"

struct python_api py;

bool api_find(void)
{
	static int found; /* 1 yes, 2 no */

	if (found)
		return found == 1;
	found = 2;
	if (!python_is_ready())
		return false;
#define X(result, name, parameters)                                                                                    \
	py.name = (__typeof__(py.name))elf_find(NULL, #name, NULL);                                                    \
	if (!py.name)                                                                                                  \
		return false;
	PYTHON_FUNCTIONS(X)
#undef X
#define X(name)                                                                                                        \
	py.name = elf_find(NULL, #name, NULL);                                                                         \
	if (!py.name)                                                                                                  \
		return false;
	PYTHON_TYPES(X)
#undef X
	py.PyGC_Disable = (int (*)(void))elf_find(NULL, "PyGC_Disable", NULL);
	py.PyGC_Enable = (int (*)(void))elf_find(NULL, "PyGC_Enable", NULL);
	py.PyFrame_GetCode = (pyobject * (*)(pyobject *)) elf_find(NULL, "PyFrame_GetCode", NULL);
	{
		pyobject **base = elf_find(NULL, "PyExc_BaseException", NULL);

		py.PyExc_BaseException = base ? *base : NULL;
		base = elf_find(NULL, "PyExc_OSError", NULL);
		py.PyExc_OSError = base ? *base : NULL;
	}
	/* A build that keeps all objects in a list has two more words in front of each: its types do not say they are
	 * types. */
	if (type_of(py.PyType_Type) != py.PyType_Type || type_of(py.PyTuple_Type) != py.PyType_Type)
		return false;
	found = 1;
	return true;
}

const char *type_short_name(const pyobject *type)
{
	const char *name = type_name(type), *dot = name ? strrchr(name, '.') : NULL;

	return dot ? dot + 1 : name ? name : "?";
}

pyobject *instance_dict(pyobject *o)
{
	pyobject **slot, *dict;

	if (python_minor() < 11) {
		slot = py._PyObject_GetDictPtr(o);
		return slot ? *slot : NULL;
	}
	dict = py.PyObject_GenericGetDict(o, NULL);
	if (dict)
		py.Py_DecRef(dict); /* the object has it */
	else
		py.PyErr_Clear();
	return dict;
}

pyobject *module_find(const char *name)
{
	/* without an interpreter the question itself would be fatal */
	pyobject *modules = py.Py_IsInitialized() ? py.PyImport_GetModuleDict() : NULL, *module;

	if (!is_a(modules, TYPE_IS_DICT))
		return NULL;
	module = py.PyDict_GetItemString(modules, name);
	return module && type_of(module) == py.PyModule_Type ? module : NULL;
}

/* A module keeps its dictionary behind its head in all versions (moduleobject.c). */
pyobject *module_entry(pyobject *module, const char *name)
{
	pyobject *dict = module ? object_at(module, 16) : NULL;

	return is_a(dict, TYPE_IS_DICT) ? py.PyDict_GetItemString(dict, name) : NULL;
}

pyobject *instance_entry(pyobject *o, const char *name)
{
	pyobject *dict = o ? instance_dict(o) : NULL;

	return dict && is_a(dict, TYPE_IS_DICT) ? py.PyDict_GetItemString(dict, name) : NULL;
}
