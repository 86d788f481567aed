/* locks.c: semaphores, mutexes, rwlocks and conditions that several processes share. Private ones (CPython takes
 * thousands a second) must cost one compare: glibc keeps the word "shared" in the object itself (sem_t:
 * nptl/internaltypes.h struct new_sem; mutex kind bit 128: nptl/pthreadP.h PTHREAD_MUTEX_PSHARED_BIT; rwlock __shared;
 * condition __wrefs bit 0). locks_check() proves that at the first use; where it does not hold, nothing is watched. */
#include <stdarg.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>

#include "handlers.h"
#include "python/frames.h"
#include "real.h"

/* Which lock an address is. Private memory: forked children inherit it with the mappings. */
#define KNOWN 512
static struct known_lock {
	uint64_t addr, dev, ino, off;
	uint32_t kind, generation;
} known[KNOWN];

static int layout; /* 0 not checked, 1 as expected, -1 not */

static bool layout_is_known(void)
{
	sem_t semaphore;
	pthread_mutexattr_t mutex_attributes;
	pthread_mutex_t mutex;

	if (likely(layout))
		return layout > 0;
	memset(&semaphore, 0, sizeof(semaphore));
	memset(&mutex, 0, sizeof(mutex));
	REAL(sem_init)(&semaphore, 1, 3);
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&mutex, &mutex_attributes);
	layout = ((uint32_t *)&semaphore)[2] == 128 && (mutex.__data.__kind & 128) ? 1 : -1;
	return layout > 0;
}

static inline bool sem_is_shared(const sem_t *semaphore)
{
	return unlikely(((const uint32_t *)semaphore)[2] == 128);
}

static inline bool mutex_is_shared(const pthread_mutex_t *mutex)
{
	return unlikely(mutex->__data.__kind & 128);
}

static inline bool rwlock_is_shared(const pthread_rwlock_t *lock)
{
	return unlikely(lock->__data.__shared);
}

static inline bool cond_is_shared(const pthread_cond_t *cond)
{
	return unlikely(cond->__data.__wrefs & 1);
}

static uint32_t lock_hash(uint64_t addr)
{
	return (uint32_t)((addr >> 3) * 0x9e3779b97f4a7c15u >> 40);
}

static struct known_lock *lock_known(uint64_t addr)
{
	struct known_lock *entry = &known[lock_hash(addr) % KNOWN];

	return entry->addr == addr ? entry : NULL;
}

static void lock_remember(uint64_t addr, uint64_t dev, uint64_t ino, uint64_t off, uint32_t kind)
{
	struct known_lock *entry = &known[lock_hash(addr) % KNOWN];

	entry->dev = dev;
	entry->ino = ino;
	entry->off = off;
	entry->kind = kind;
	entry->addr = addr;
}

static struct lock_counters *table_find(
	struct lock_counters *table, uint32_t size, uint64_t addr, bool create, bool *fresh)
{
	for (uint32_t i = 0, at = lock_hash(addr); i < 8; i++, at++) {
		struct lock_counters *entry = &table[at % size];
		uint64_t none = 0;

		if (__atomic_load_n(&entry->addr, __ATOMIC_ACQUIRE) == addr)
			return entry;
		if (create && __atomic_compare_exchange_n(
				      &entry->addr, &none, addr, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			*fresh = true;
			return entry;
		}
		if (none == addr)
			return entry;
	}
	return NULL;
}

/* The overflow table of a process with many locks. */
static struct lock_counters *table_more(struct probe_tls *t)
{
	struct locks_chunk *chunk;
	uint32_t number;

	if (t->pc != probe.own->self || probe.own->lock_chunk || t->pc->proc.lock_chunk == UINT32_MAX)
		return t->pc == probe.own->self ? probe.own->lock_chunk : NULL;
	t->th->own.busy++;
	chunk = chunk_claim(t->pc->main.head.owner, t->pc->main.head.serial, &number);
	if (chunk) {
		chunk_publish(chunk, CHUNK_LOCKS);
		t->pc->proc.lock_chunk = number;
		__atomic_store_n(&probe.own->lock_chunk, chunk->locks, __ATOMIC_RELEASE);
	} else {
		t->pc->proc.lock_chunk = UINT32_MAX;
	}
	t->th->own.busy--;
	return probe.own->lock_chunk;
}

static void lock_announce(struct probe_tls *t, uint64_t addr, uint32_t kind, uint32_t value, const char *name)
{
	struct known_lock *entry = lock_known(addr);
	struct rec_lock_open record = {.addr = addr, .kind = kind, .value = value};

	if (!entry) {
		uint64_t dev = 0, ino = 0, off = 0;

		memory_identify(addr, &dev, &ino, &off);
		lock_remember(addr, dev, ino, off, kind);
		entry = lock_known(addr);
	}
	record.dev = entry->dev;
	record.ino = entry->ino;
	record.off = entry->off;
	record.kind = entry->kind;
	emit_text(t, EV_LOCK_OPEN, stack_capture_kept(t, STACK_IF_LOADED), probe_now(), &record, sizeof(record), name);
}

static __attribute__((noinline)) struct lock_counters *lock_look_up(struct probe_tls *t, uint64_t addr, uint32_t kind)
{
	bool fresh = false;
	struct lock_counters *entry = table_find(t->pc->locks, PROC_LOCKS, addr, true, &fresh);

	if (!entry) {
		struct lock_counters *more = table_more(t);

		entry = more ? table_find(more, LOCKS_PER_CHUNK, addr, true, &fresh) : NULL;
	}
	if (entry && fresh) {
		entry->kind = kind;
		lock_announce(t, addr, kind, 0, NULL);
	}
	return entry;
}

/* Counters of a lock in this process; at its first use here it is announced. NULL if the tables are full. */
static inline struct lock_counters *lock_counters(struct probe_tls *t, uint64_t addr, uint32_t kind)
{
	uint32_t at = lock_hash(addr);

	/* The second place as well: with some locks in use two of them soon share their first. */
	for (int i = 0; i < 2; i++) {
		struct lock_counters *entry = &t->pc->locks[(at + i) % PROC_LOCKS];

		if (likely(__atomic_load_n(&entry->addr, __ATOMIC_ACQUIRE) == addr))
			return entry;
	}
	return lock_look_up(t, addr, kind);
}

/* Returns what it was. */
static inline uint32_t count32(uint32_t *counter)
{
	uint32_t before = *(volatile uint32_t *)counter;

	if (unlikely(!*probe.single_threaded))
		return __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
	__asm__ volatile("incl %0" : "+m"(*counter) : : "cc");
	return before;
}

/* Also of a wait that ended without the lock: by its time, or by a signal. */
static void lock_waited(struct lock_counters *entry, const struct span *span)
{
	if (!entry || span->took == 0)
		return;
	count32(&entry->waits);
	__atomic_fetch_add(&entry->waited, span->took, __ATOMIC_RELAXED);
	if (span->took > entry->longest)
		entry->longest = span->took;
}

static void lock_taken(struct probe_tls *t, struct lock_counters *entry)
{
	uint32_t before;

	if (!entry)
		return;
	before = count32(&entry->takes);
	__atomic_store_n(&entry->holder, t->th->tid, __ATOMIC_RELAXED);
	/* 0: what was begun before has no release of its own, as when another process posts */
	entry->since = unlikely(before < LOCK_HELD_EXACT || before % LOCK_HELD_EVERY == 0) ? probe_now() : 0;
}

/* Of a semaphore that several threads may hold, or that one takes and another one posts, nothing is measured. */
static void lock_held(const struct probe_tls *t, struct lock_counters *entry)
{
	int64_t held = (int64_t)(probe_now() - entry->since);
	uint32_t weight = entry->takes > LOCK_HELD_EXACT ? LOCK_HELD_EVERY : 1;

	entry->since = 0;
	if (held > 0 && entry->holder == t->th->tid)
		__atomic_fetch_add(&entry->held, (uint64_t)held * weight, __ATOMIC_RELAXED);
}

static void lock_released(const struct probe_tls *t, struct lock_counters *entry)
{
	if (!entry)
		return;
	if (unlikely(entry->since))
		lock_held(t, entry);
	count32(&entry->releases);
	__atomic_store_n(&entry->holder, 0, __ATOMIC_RELAXED);
}

/* The lock's address stops meaning this lock: its totals go out. */
static void lock_gone(struct probe_tls *t, uint64_t addr, uint32_t kind)
{
	bool fresh = false;
	struct lock_counters *entry = table_find(t->pc->locks, PROC_LOCKS, addr, false, &fresh);
	struct rec_lock_close closed = {.addr = addr, .kind = kind};
	struct known_lock *identity = lock_known(addr);

	if (!entry && probe.own->lock_chunk && t->pc == probe.own->self)
		entry = table_find(probe.own->lock_chunk, LOCKS_PER_CHUNK, addr, false, &fresh);
	if (entry) {
		struct rec_lock_stat stat = {.addr = addr,
			.takes = entry->takes,
			.releases = entry->releases,
			.waits = entry->waits,
			.holder = (uint32_t)entry->holder,
			.waited = entry->waited,
			.held = entry->held,
			.longest = entry->longest};

		if (stat.takes | stat.releases | stat.waits)
			emit(t, EV_LOCK_STAT, 0, probe_now(), &stat, sizeof(stat));
		memset(&entry->waited, 0, sizeof(*entry) - offsetof(struct lock_counters, waited));
		__atomic_store_n(&entry->addr, 0, __ATOMIC_RELEASE);
	}
	if (identity)
		identity->addr = 0;
	emit(t, EV_LOCK_CLOSE, 0, probe_now(), &closed, sizeof(closed));
}

/* --- semaphores
 * --------------------------------------------------------------------------------------------------------------------
 */

/* A named semaphore is the file sem.<name> in /dev/shm: Python unlinks it at once, so its inode must be asked for now.
 */
static void sem_identify(const char *name, uint64_t *dev, uint64_t *ino)
{
	char path[300] = "/dev/shm/sem.";
	size_t length;
	struct stat info;

	while (*name == '/')
		name++;
	length = strnlen(name, 255);
	memcpy(path + 13, name, length);
	path[13 + length] = 0;
	if (!probe.restricted && raw_call4(SYS_newfstatat, AT_FDCWD, (long)path, (long)&info, 0) == 0) {
		*dev = info.st_dev;
		*ino = info.st_ino;
	}
}

/* Free bytes where semaphores are made, or the error that asking for it gives. */
static int64_t shm_free(void)
{
	struct statfs info;
	long r = probe.restricted ? -EPERM : raw_call3(SYS_statfs, (long)"/dev/shm", (long)&info, 0);

	return r < 0 ? r : (int64_t)info.f_bavail * info.f_bsize;
}

static void after_sem_open(
	struct probe_tls *t, sem_t *semaphore, const char *name, bool make, unsigned value, int error)
{
	uint64_t dev = 0, ino = 0;
	bool fresh = false;

	if (semaphore == SEM_FAILED) {
		if (error != EEXIST && (error != ENOENT || make))
			fd_failed(t, CALL_sem_open, error, shm_free(), 0, name);
		return;
	}
	if (!layout_is_known())
		return;
	sem_identify(name, &dev, &ino);
	lock_remember((uint64_t)semaphore, dev, ino, 0, LOCK_SEM_NAMED);
	if (table_find(t->pc->locks, PROC_LOCKS, (uint64_t)semaphore, true, &fresh))
		lock_announce(t, (uint64_t)semaphore, LOCK_SEM_NAMED, value, name);
	else
		lock_counters(t, (uint64_t)semaphore, LOCK_SEM_NAMED);
}

EXPORT sem_t *sem_open(const char *name, int flags, ...)
{
	struct probe_tls *t;
	unsigned value = 0;
	mode_t mode = 0;
	va_list list;
	sem_t *result;
	int saved;

	va_start(list, flags);
	if (flags & O_CREAT) {
		mode = va_arg(list, mode_t);
		value = va_arg(list, unsigned);
	}
	va_end(list);
	result = REAL(sem_open)(name, flags, mode, value);
	saved = errno;
	t = probe_thread();
	if (t) {
		t->th->own.site = SITE;
		after_sem_open(t, result, name, flags & O_CREAT, value, saved);
	}
	errno_restore(saved);
	return result;
}

EXPORT int sem_close(sem_t *semaphore)
{
	struct probe_tls *t = probe_thread();

	if (t)
		lock_gone(t, (uint64_t)semaphore, LOCK_SEM_NAMED);
	return REAL(sem_close)(semaphore);
}

EXPORT int sem_init(sem_t *semaphore, int shared, unsigned value)
{
	int result = REAL(sem_init)(semaphore, shared, value);
	struct probe_tls *t;

	if (shared && result == 0 && (t = probe_thread()) && layout_is_known()) {
		struct known_lock *identity = lock_known((uint64_t)semaphore);

		if (identity)
			identity->addr = 0;
		t->th->own.site = SITE;
		lock_counters(t, (uint64_t)semaphore, LOCK_SEM_SHARED);
	}
	return result;
}

EXPORT int sem_destroy(sem_t *semaphore)
{
	struct probe_tls *t;

	if (sem_is_shared(semaphore) && (t = probe_thread()) && layout_is_known())
		lock_gone(t, (uint64_t)semaphore, LOCK_SEM_SHARED);
	return REAL(sem_destroy)(semaphore);
}

/* A take of a shared lock that may wait. `succeeded` says which results mean success. */
#define TAKE(call, kind, object, expression, succeeded)                                                                \
	do {                                                                                                           \
		struct probe_tls *t = layout_is_known() ? probe_thread() : NULL;                                       \
		struct lock_counters *entry;                                                                           \
		struct span span;                                                                                      \
		int r;                                                                                                 \
                                                                                                                       \
		if (!t)                                                                                                \
			return expression;                                                                             \
		t->th->own.site = site;                                                                                \
		entry = lock_counters(t, (uint64_t)(object), kind);                                                    \
		span_begin(&span, t, call, -1, (uint64_t)(object), site);                                              \
		r = expression;                                                                                        \
		span_end(&span, t, call, CLASS_LOCK, -1, (uint64_t)(object), r);                                       \
		if (t->th && t->pc) {                                                                                  \
			lock_waited(entry, &span);                                                                     \
			if (succeeded)                                                                                 \
				lock_taken(t, entry);                                                                  \
		}                                                                                                      \
		return r;                                                                                              \
	} while (0)

/* A take that never waits, and a release: no board. */
#define TRY(kind, object, expression)                                                                                  \
	do {                                                                                                           \
		struct probe_tls *t = layout_is_known() ? probe_thread() : NULL;                                       \
		int r = expression;                                                                                    \
                                                                                                                       \
		if (t && r == 0) {                                                                                     \
			t->th->own.site = site;                                                                        \
			lock_taken(t, lock_counters(t, (uint64_t)(object), kind));                                     \
		}                                                                                                      \
		return r;                                                                                              \
	} while (0)

#define RELEASE(kind, object, expression)                                                                              \
	do {                                                                                                           \
		struct probe_tls *t = layout_is_known() ? probe_thread() : NULL;                                       \
                                                                                                                       \
		if (t) {                                                                                               \
			t->th->own.site = site;                                                                        \
			lock_released(t, lock_counters(t, (uint64_t)(object), kind));                                  \
		}                                                                                                      \
		return expression;                                                                                     \
	} while (0)

/* A private lock that looks taken: the thread will most likely wait, which costs so much that the board does not count.
 * An interpreter's own locks, and conditions, are how its threads wait for each other: no lock of the program's. */
#define WAIT_PRIVATE(site_, call, is_lock, object, expression)                                                         \
	do {                                                                                                           \
		struct probe_tls *t = probe_thread();                                                                  \
		bool lock = (is_lock) && !python_is_ready();                                                           \
		int fd = lock ? -1 : BOARD_OTHER_THREAD, r;                                                            \
		struct span span;                                                                                      \
                                                                                                                       \
		if (!t)                                                                                                \
			return expression;                                                                             \
		span_begin(&span, t, call, fd, (uint64_t)(object), site_);                                             \
		r = expression;                                                                                        \
		span_end(&span, t, call, lock ? CLASS_LOCK : CLASS_OTHER, fd, (uint64_t)(object), r);                  \
		return r;                                                                                              \
	} while (0)

static inline bool sem_looks_free(const sem_t *semaphore)
{
	return *(const volatile uint32_t *)semaphore != 0; /* value in the low half of the first word */
}

/* One that this thread may take again is not waited for either. */
static inline bool mutex_looks_free(const pthread_mutex_t *mutex)
{
	if (likely(*(const volatile int *)&mutex->__data.__lock == 0))
		return true;
	return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE_NP && probe_tls.th &&
	       mutex->__data.__owner == probe_tls.th->tid;
}

/* A private one that is free costs some compares and a jump: the rest stands apart, so that no register is saved for it
 * and no frame is left. `plain`: nothing is to be seen of this call. */
#define BARE(...) __VA_ARGS__
#define LOCK_FUNCTION(name, plain, parameters, arguments, rest)                                                        \
	static __attribute__((noinline)) int name##_rare(const void *site, BARE parameters)                            \
	{                                                                                                              \
		if (plain)                                                                                             \
			return REAL(name) arguments;                                                                   \
		rest;                                                                                                  \
	}                                                                                                              \
                                                                                                                       \
	EXPORT int name parameters                                                                                     \
	{                                                                                                              \
		if (likely((plain) && REAL_KNOWN(name)))                                                               \
			return REAL_KNOWN(name) arguments;                                                             \
		return name##_rare(SITE, BARE arguments);                                                              \
	}

#define TAKE_FUNCTION(name, family, kind, succeeded, object, parameters, arguments)                                    \
	LOCK_FUNCTION(name, !family##_is_shared(object) && family##_looks_free(object), parameters, arguments,         \
		      if (!family##_is_shared(object))                                                                 \
			      WAIT_PRIVATE(site, CALL_##name, true, object, REAL(name) arguments);                     \
		      TAKE(CALL_##name, kind, object, REAL(name) arguments, succeeded))

TAKE_FUNCTION(sem_wait, sem, LOCK_SEM_SHARED, r == 0, s, (sem_t * s), (s))
TAKE_FUNCTION(sem_timedwait, sem, LOCK_SEM_SHARED, r == 0, s,
	(sem_t *restrict s, const struct timespec *restrict until), (s, until))
TAKE_FUNCTION(sem_clockwait, sem, LOCK_SEM_SHARED, r == 0, s,
	(sem_t *restrict s, clockid_t clock, const struct timespec *restrict until), (s, clock, until))
LOCK_FUNCTION(sem_trywait, !sem_is_shared(s), (sem_t * s), (s), TRY(LOCK_SEM_SHARED, s, REAL(sem_trywait)(s)))
LOCK_FUNCTION(sem_post, !sem_is_shared(s), (sem_t * s), (s), RELEASE(LOCK_SEM_SHARED, s, REAL(sem_post)(s)))

/* --- mutexes, rwlocks, conditions
 * ---------------------------------------------------------------------------------------------------- */
#define MUTEX_TAKEN (r == 0 || r == EOWNERDEAD)

TAKE_FUNCTION(pthread_mutex_lock, mutex, LOCK_MUTEX, MUTEX_TAKEN, m, (pthread_mutex_t * m), (m))
TAKE_FUNCTION(pthread_mutex_timedlock, mutex, LOCK_MUTEX, MUTEX_TAKEN, m,
	(pthread_mutex_t *restrict m, const struct timespec *restrict until), (m, until))
TAKE_FUNCTION(pthread_mutex_clocklock, mutex, LOCK_MUTEX, MUTEX_TAKEN, m,
	(pthread_mutex_t *restrict m, clockid_t clock, const struct timespec *restrict until), (m, clock, until))
LOCK_FUNCTION(pthread_mutex_trylock, !mutex_is_shared(m), (pthread_mutex_t * m), (m),
	TRY(LOCK_MUTEX, m, REAL(pthread_mutex_trylock)(m)))
LOCK_FUNCTION(pthread_mutex_unlock, !mutex_is_shared(m), (pthread_mutex_t * m), (m),
	RELEASE(LOCK_MUTEX, m, REAL(pthread_mutex_unlock)(m)))
LOCK_FUNCTION(pthread_rwlock_rdlock, !rwlock_is_shared(l), (pthread_rwlock_t * l), (l),
	TAKE(CALL_pthread_rwlock_rdlock, LOCK_RWLOCK, l, REAL(pthread_rwlock_rdlock)(l), r == 0))
LOCK_FUNCTION(pthread_rwlock_wrlock, !rwlock_is_shared(l), (pthread_rwlock_t * l), (l),
	TAKE(CALL_pthread_rwlock_wrlock, LOCK_RWLOCK, l, REAL(pthread_rwlock_wrlock)(l), r == 0))
LOCK_FUNCTION(pthread_rwlock_unlock, !rwlock_is_shared(l), (pthread_rwlock_t * l), (l),
	RELEASE(LOCK_RWLOCK, l, REAL(pthread_rwlock_unlock)(l)))

/* A wait on a condition holds nothing afterwards: the board and the time only. */
#define COND_WAIT(call, expression)                                                                                    \
	do {                                                                                                           \
		struct probe_tls *t = layout_is_known() ? probe_thread() : NULL;                                       \
		struct span span;                                                                                      \
		int r;                                                                                                 \
                                                                                                                       \
		if (!t)                                                                                                \
			return expression;                                                                             \
		span_begin(&span, t, call, -1, (uint64_t)c, SITE);                                                     \
		r = expression;                                                                                        \
		span_end(&span, t, call, CLASS_LOCK, -1, (uint64_t)c, r);                                              \
		return r;                                                                                              \
	} while (0)

EXPORT int pthread_cond_wait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m)
{
	if (!cond_is_shared(c))
		WAIT_PRIVATE(SITE, CALL_pthread_cond_wait, false, c, REAL(pthread_cond_wait)(c, m));
	COND_WAIT(CALL_pthread_cond_wait, REAL(pthread_cond_wait)(c, m));
}

EXPORT int pthread_cond_timedwait(
	pthread_cond_t *restrict c, pthread_mutex_t *restrict m, const struct timespec *restrict until)
{
	if (!cond_is_shared(c))
		WAIT_PRIVATE(SITE, CALL_pthread_cond_timedwait, false, c, REAL(pthread_cond_timedwait)(c, m, until));
	COND_WAIT(CALL_pthread_cond_timedwait, REAL(pthread_cond_timedwait)(c, m, until));
}

EXPORT int pthread_cond_clockwait(
	pthread_cond_t *restrict c, pthread_mutex_t *restrict m, clockid_t clock, const struct timespec *restrict until)
{
	if (!cond_is_shared(c))
		WAIT_PRIVATE(
			SITE, CALL_pthread_cond_clockwait, false, c, REAL(pthread_cond_clockwait)(c, m, clock, until));
	COND_WAIT(CALL_pthread_cond_clockwait, REAL(pthread_cond_clockwait)(c, m, clock, until));
}
