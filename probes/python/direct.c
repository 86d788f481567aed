/* direct.c: see direct.h. */
#include "python/direct.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#include "probe.h"
#include "raw.h"
#include "real.h"

/* Nothing, if it is not us that the object calls: another library may stand before us, or have put itself there. */
static void slot_exchange(const struct link_map *object, const char *name, unsigned call)
{
	void **slot = elf_slot(object, name), *ours = elf_find(elf_self(), name, NULL);

	if (slot && ours && ((uintptr_t)slot & 7) == 0 && __atomic_load_n(slot, __ATOMIC_RELAXED) == ours &&
		raw_is_writable(slot))
		__atomic_store_n(slot, real_find(call), __ATOMIC_RELEASE);
}

/* A library, or python itself; a program with an interpreter in it may share semaphores that were made in any way. */
static bool is_interpreter_alone(const struct link_map *object)
{
	char path[256];
	const char *name;
	long length;

	if (*object->l_name)
		return true;
	length = raw_call4(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)path, sizeof(path) - 1);
	if (length <= 0)
		return false;
	path[length] = 0;
	name = strrchr(path, '/');
	return name && strncmp(name, "/python", 7) == 0;
}

#define EXCHANGE(name) slot_exchange(object, #name, CALL_##name)

void direct_begin(void)
{
	const struct link_map *object = elf_object("Py_GetVersion");

	/* Who makes shared mutexes, or has multiprocessing's module built in, uses them by the same addresses. */
	if (!object || elf_imports(object, "pthread_mutexattr_setpshared"))
		return;
	EXCHANGE(pthread_mutex_lock);
	EXCHANGE(pthread_mutex_unlock);
	if (elf_imports(object, "sem_open") || !is_interpreter_alone(object))
		return;
	EXCHANGE(sem_trywait);
	EXCHANGE(sem_post);
}
