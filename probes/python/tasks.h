/* tasks.h: which task a process is in, and what its tasks cost. State and counters lie in the arena (struct
 * python_block), so that they are right when the process is killed. */
#ifndef MPW_PROBE_PYTHON_TASKS_H
#define MPW_PROBE_PYTHON_TASKS_H

#include "python/api.h"
#include "python/label.h"
#include "wire/kinds.h"

/* What a task's message says; undefined if it is none. */
struct task_found {
	enum task_kind kind;
	uint64_t job;
	int64_t index;
	pyobject *function, *args;
};

/* Is this object, which came from or goes to a worker, a task or the answer of one? executor: an executor's own code
 * sends or receives it. */
bool task_is(pyobject *o, enum message_kind kind, bool executor, struct task_found *out);
bool answer_is(pyobject *o, enum message_kind kind, bool executor, bool *failed);

/* The process begins a task of this function, and has done it. */
void task_begins(
	struct probe_tls *t, const struct task_found *task, const struct function_found *function, uint64_t now);
void task_ends(struct probe_tls *t, bool failed, uint64_t now);
/* Stack id of the function of the task that the process is in, or 0. */
uint32_t task_function(const struct probe_tls *t);

/* In a new process of multiprocessing: its Process object. method: "fork", "spawn" or "". */
void task_of_process(struct probe_tls *t, pyobject *process, const char *method);
/* The process of a Process ends by itself. */
void task_process_ends(struct probe_tls *t, bool failed);

#endif
