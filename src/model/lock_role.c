/* lock_role.c: locks that a queue of multiprocessing has for itself. Who waits for them waits for the queue: for input
 * at its read lock, for room at its write lock. Known by the functions that made them; of the two locks of one queue
 * the one that is made in the earlier line is for reading. */
#include "model/internal.h"

#include <string.h>

#include "base/text.h"

/* Where a queue made it, and for whom. */
struct queue_place {
	uint32_t line;
	bool bounded; /* counts the free places of a queue of limited length */
	struct frame outer;
};

static bool is_maker(const struct frame *frame)
{
	return text_ends_with(frame->file, "/multiprocessing/synchronize.py") ||
	       text_ends_with(frame->file, "/multiprocessing/context.py") ||
	       text_ends_with(frame->file, "/loky/backend/synchronize.py") ||
	       text_ends_with(frame->file, "/loky/backend/context.py");
}

static bool is_queue(const struct frame *frame)
{
	return text_ends_with(frame->file, "/multiprocessing/queues.py") ||
	       text_ends_with(frame->file, "/loky/backend/queues.py");
}

/* A Condition of a queue, or the Semaphore that counts what is to be done, is for join(): none of these. */
static bool queue_place(const struct model *model, const struct lock *lock, struct queue_place *out)
{
	struct frame frame;
	bool is_lock = false;
	unsigned i = 0;

	memset(out, 0, sizeof(*out));
	while (lock->stack && model_frame(model, lock->stack, i, &frame) && frame.python && is_maker(&frame)) {
		if (frame.function && strstr(frame.function, "Condition"))
			return false;
		is_lock |= text_ends_with(frame.function, "Lock"); /* of the context; SemLock.__init__ is of all */
		out->bounded |= frame.function && strstr(frame.function, "BoundedSemaphore");
		i++;
	}
	if (i == 0 || !model_frame(model, lock->stack, i, &frame) || !frame.python || !is_queue(&frame))
		return false;
	out->line = frame.line;
	if (!model_frame(model, lock->stack, i + 1, &out->outer))
		memset(&out->outer, 0, sizeof(out->outer));
	return is_lock || out->bounded;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Is there a lock of the same queue that was made in an earlier line? */
static bool has_earlier(const struct model *model, const struct lock *lock, const struct queue_place *place)
{
	struct queue_place other;

	for (const struct lock *l = model_locks(model); l; l = lock_next(l))
		if (l != lock && l->maker == lock->maker && queue_place(model, l, &other) && !other.bounded &&
			other.line < place->line && other.outer.line == place->outer.line &&
			is_same_text(other.outer.file, place->outer.file))
			return true;
	return false;
}

enum lock_role lock_role(const struct model *model, const struct lock *lock)
{
	struct lock *known = (struct lock *)(uintptr_t)lock; /* the answer is kept */
	struct queue_place place;
	struct frame frame;

	if (lock->role_known)
		return lock->role;
	if (!lock->stack || !model_frame(model, lock->stack, 0, &frame))
		return LOCK_ROLE_OWN; /* it may become known */
	known->role_known = true;
	if (!queue_place(model, lock, &place))
		known->role = LOCK_ROLE_OWN;
	else
		known->role = place.bounded || has_earlier(model, lock, &place) ? LOCK_ROLE_OUTPUT : LOCK_ROLE_INPUT;
	return known->role;
}
