/* kinds.c: names of the small enumerations of wire/kinds.h. */
#include "model/model.h"

#include <stddef.h>

#define KIND_NAME(id, number, text) [number] = text,
#define KIND_LOOKUP(function, list)                                                                                    \
	const char *function(uint32_t kind)                                                                            \
	{                                                                                                              \
		static const char *const names[] = {list(KIND_NAME)};                                                  \
                                                                                                                       \
		return kind < sizeof(names) / sizeof(names[0]) && names[kind] ? names[kind] : "?";                     \
	}

KIND_LOOKUP(kind_name_fd, FD_KIND)
KIND_LOOKUP(kind_name_lock, LOCK_KIND)
KIND_LOOKUP(kind_name_how, START_HOW)
KIND_LOOKUP(kind_name_unwatched, UNWATCHED_REASON)
KIND_LOOKUP(kind_name_loss, LOSS_REASON)
KIND_LOOKUP(kind_name_exit, EXIT_SOURCE)
KIND_LOOKUP(kind_name_python, PYTHON_STATE)
KIND_LOOKUP(kind_name_pyfail, PYFAIL_WHAT)
KIND_LOOKUP(kind_name_message, MESSAGE_KIND)
KIND_LOOKUP(kind_name_task, TASK_KIND)
