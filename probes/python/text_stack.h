/* text_stack.h: a Python stack from the text of a traceback: all that is left of an exception of another process. */
#ifndef MPW_PROBE_PYTHON_TEXT_STACK_H
#define MPW_PROBE_PYTHON_TEXT_STACK_H

#include "python/api.h"

/* Id of the stack, 0 if the text (a str) has no places or they could not be told. */
uint32_t text_stack(pyobject *text);

#endif
