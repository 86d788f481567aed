/* sent_from.h: where the program asked for a message that a thread of the library makes later. */
#ifndef MPW_PROBE_PYTHON_SENT_FROM_H
#define MPW_PROBE_PYTHON_SENT_FROM_H

#include "python/api.h"
#include "python/frames.h"

/* Functions in front of CPython's own (hooks.c puts them there), and the originals. */
extern void *sent_real_put, *sent_real_get, *sent_real_acquire, *sent_real_write, *sent_real_fork;
pyobject *sent_put(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *sent_get(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *sent_get_method(pyobject *self, pyobject *class_, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *sent_acquire_tuple(pyobject *self, pyobject *args, pyobject *keywords);
pyobject *sent_acquire(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *sent_write(pyobject *self, pyobject *const *args, ptrdiff_t count, pyobject *keywords);
pyobject *sent_fork(pyobject *self, pyobject *unused);

/* Stack id of the place where this object was put into a queue; 0 not known. */
uint32_t sent_from(const pyobject *o);
/* The same for a function and its arguments that were handed to an executor. */
uint32_t sent_from_submit(const pyobject *function, const pyobject *args);
/* The same for what Pool's thread sends: its frame is given. */
uint32_t sent_from_job(const void *handler);
/* 3.6: submit() wakes its thread by a message. */
void sent_by_submit(void);
/* Tells the calling thread's Python name. */
void thread_tell(struct probe_tls *t);

#endif
