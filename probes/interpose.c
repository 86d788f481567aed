/* interpose.c: calls.def as exported wrappers. The only text of a wrapper is here, once per phase. */
#include "handlers.h"
#include "real.h"
#include "stack.h"

static bool is_zero(const struct timespec *time)
{
	return time && time->tv_sec == 0 && time->tv_nsec == 0;
}

/* In AROUND rows handlers find errno untouched: nothing on the way there changes it. */
#define err errno

#define FD_OF(fd, object, after) (fd)
#define OBJECT_OF(fd, object, after) (object)
#define AFTER_OF(fd, object, after) after

/* Handlers of transfers are called too often to be told where the call was made; those few that want it ask the board.
 */
#define SITE_INPUT(t) (void)0
#define SITE_OUTPUT(t) (void)0
#define SITE_LOCK(t) (void)0
#define SITE_POLL(t) (void)0
#define SITE_SLEEP(t) (void)0
#define SITE_WAIT(t) (void)0
#define SITE_OTHER(t) (t)->th->own.site = SITE

/* clang-format off */
#define WRAP_AROUND(class_, ret, fail, name, params, args, handler)                                                    \
	EXPORT ret name params                                                                                         \
	{                                                                                                              \
		struct probe_tls *t = probe_thread();                                                                  \
		struct span span;                                                                                      \
		ret r;                                                                                                 \
		if (unlikely(!t))                                                                                      \
			return UNSEEN_##class_(FD_OF handler) REAL(name) args;                                         \
		BEGIN_##class_(&span, t, CALL_##name, FD_OF handler, (uint64_t)(OBJECT_OF handler), SITE);             \
		r = REAL(name) args;                                                                                   \
		END_##class_(&span, t, CALL_##name, CLASS_##class_, FD_OF handler, (uint64_t)(OBJECT_OF handler), (int64_t)r); \
		if (likely(t->th != NULL)) {                                                                           \
			SITE_##class_(t);                                                                              \
			AFTER_OF handler;                                                                              \
		}                                                                                                      \
		return r;                                                                                              \
	}

/* What says that a call asks reads through pointers only what libc itself reads there. */
#define ASKING_FD(fd, object, after, asks) (fd)
#define ASKING_OBJECT(fd, object, after, asks) (object)
#define ASKING_AFTER(fd, object, after, asks) after
#define ASKING_ASKS(fd, object, after, asks) (asks)

#define WRAP_ASKING(class_, ret, fail, name, params, args, handler)                                                    \
	EXPORT ret name params                                                                                         \
	{                                                                                                              \
		struct probe_tls *t = probe_thread();                                                                  \
		struct span span;                                                                                      \
		bool asks;                                                                                             \
		ret r;                                                                                                 \
		if (unlikely(!t))                                                                                      \
			return REAL(name) args;                                                                        \
		asks = ASKING_ASKS handler;                                                                            \
		if (!asks)                                                                                             \
			span_begin_shared(&span, t, CALL_##name, ASKING_FD handler, (uint64_t)(ASKING_OBJECT handler), SITE); \
		r = REAL(name) args;                                                                                   \
		if (!asks)                                                                                             \
			span_end_shared(&span, t, CALL_##name, CLASS_##class_, ASKING_FD handler, (uint64_t)(ASKING_OBJECT handler), (int64_t)r); \
		else if (likely(t->th != NULL))                                                                        \
			count_add(&t->th->count.calls, 1);                                                             \
		if (likely(t->th != NULL)) {                                                                           \
			ASKING_AFTER handler;                                                                          \
		}                                                                                                      \
		return r;                                                                                              \
	}

#define WRAP_AFTER(class_, ret, fail, name, params, args, handler)                                                     \
	EXPORT ret name params                                                                                         \
	{                                                                                                              \
		ret r = REAL(name) args;                                                                               \
		int saved = errno;                                                                                     \
		struct probe_tls *t = probe_thread();                                                                  \
		if (likely(t != NULL)) {                                                                               \
			t->th->own.site = SITE;                                                                                \
			handler;                                                                                       \
		}                                                                                                      \
		errno_restore(saved);                                                                                         \
		return r;                                                                                              \
	}

#define WRAP_BEFORE(class_, ret, fail, name, params, args, handler)                                                    \
	EXPORT ret name params                                                                                         \
	{                                                                                                              \
		int saved = errno;                                                                                     \
		struct probe_tls *t = probe_thread();                                                                  \
		if (likely(t != NULL)) {                                                                               \
			t->th->own.site = SITE;                                                                                \
			handler;                                                                                       \
		}                                                                                                      \
		errno_restore(saved);                                                                                         \
		return REAL(name) args;                                                                                \
	}

/* A call that must not be seen goes straight through; only libunwind's reads of the pipe that it believes to have are answered. */
#define UNSEEN_INPUT(fd) unlikely(probe_tls.unwinding && (fd) == STACK_FAKE_FD) ? (__typeof__(r))stack_fake_read() :
#define UNSEEN_OUTPUT(fd)
#define UNSEEN_LOCK(fd)
#define UNSEEN_POLL(fd)
#define UNSEEN_SLEEP(fd)
#define UNSEEN_WAIT(fd)
#define UNSEEN_OTHER(fd)

/* Only transfers are called so often that the frame around the call must be inline; the rest shares one copy of it. */
static __attribute__((noinline)) void span_begin_shared(struct span *span, struct probe_tls *t, uint32_t call, int fd,
	uint64_t object, const void *site)
{
	span_begin(span, t, call, fd, object, site);
}

static __attribute__((noinline)) void span_end_shared(struct span *span, struct probe_tls *t, uint32_t call,
	enum call_class class_, int fd, uint64_t object, int64_t result)
{
	span_end(span, t, call, class_, fd, object, result);
}

#define BEGIN_INPUT span_begin
#define BEGIN_OUTPUT span_begin
#define BEGIN_LOCK span_begin_shared
#define BEGIN_POLL span_begin_shared
#define BEGIN_SLEEP span_begin_shared
#define BEGIN_WAIT span_begin_shared
#define BEGIN_OTHER span_begin_shared
#define END_INPUT span_end
#define END_OUTPUT span_end
#define END_LOCK span_end_shared
#define END_POLL span_end_shared
#define END_SLEEP span_end_shared
#define END_WAIT span_end_shared
#define END_OTHER span_end_shared

EXPORT ssize_t read(int fd, void *buffer, size_t size)
{
	struct probe_tls *t = probe_thread();
	struct span span;
	ssize_t r;

	if (unlikely(!t))
		return UNSEEN_INPUT(fd) REAL(read)(fd, buffer, size);
	if (waits_rest(t, fd, size)) {
		r = REAL(read)(fd, buffer, size);
		span.took = 0;
		if (likely(t->th != NULL)) {
			count_add(&t->th->count.calls, 1);
			moved_in(t, fd, r);
			t->th->own.rest = 0;
			t->th->own.left_out++; /* of the time spent moving data: the next that is measured stands for it */
		}
		return r;
	}
	span_begin(&span, t, CALL_read, fd, 0, SITE);
	r = REAL(read)(fd, buffer, size);
	span_end(&span, t, CALL_read, CLASS_INPUT, fd, 0, r);
	if (likely(t->th != NULL)) {
		moved_in(t, fd, r);
		waits_length(t, fd, buffer, size, r);
	}
	return r;
}

#define CALL(phase, class_, ret, fail, name, params, args, handler) WRAP_##phase(class_, ret, fail, name, params, args, handler)
#define HAND(class_, name, note)
#define SKIP(name, reason)
#include "wire/calls.def"
/* clang-format on */
