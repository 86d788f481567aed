/* process.c: exec, spawn, exit, kill, wait. The probe follows the program into every new image: its environment is
 * checked at each exec, because programs clean it. */
#include <linux/seccomp.h>
#include <stdarg.h>
#include <string.h>

#include "attach.h"
#include "birth.h"
#include "environment.h"
#include "handlers.h"
#include "real.h"
#include "stack.h"

/* --- exec
 * ---------------------------------------------------------------------------------------------------------------------------
 */
static void exec_begin(uint32_t call, struct environment *environment, const char *path, char *const *envp)
{
	struct probe_tls *t = child_is_mute(&probe_tls) ? NULL : probe_thread();
	struct rec_exec record = {.call = call};

	environment_make(environment, path, envp);
	if (environment->mapped && probe_tls.vfork_depth) {
		probe_tls.vfork_env = environment->mapped;
		probe_tls.vfork_env_size = environment->size;
	}
	if (t) {
		__atomic_store_n(&t->pc->proc.execing, 1, __ATOMIC_RELEASE);
		emit(t, EV_EXEC, 0, probe_now(), &record, sizeof(record));
	}
}

/* Only reached when the exec failed. */
static int exec_failed(uint32_t call, struct environment *environment)
{
	int saved = errno;
	struct probe_tls *t = probe_thread();
	struct rec_exec_fail record = {.call = call, .err = saved};

	environment_drop(environment);
	if (probe_tls.vfork_depth)
		probe_tls.vfork_env = NULL;
	if (t) {
		t->pc->proc.execing = 0;
		emit(t, EV_EXEC_FAIL, 0, probe_now(), &record, sizeof(record));
	}
	errno_restore(saved);
	return -1;
}

#define EXEC(call, path, envp, expression)                                                                             \
	do {                                                                                                           \
		struct environment environment;                                                                        \
                                                                                                                       \
		ENVIRONMENT_ROOM(&environment, envp);                                                                  \
		exec_begin(call, &environment, path, envp);                                                            \
		expression;                                                                                            \
		return exec_failed(call, &environment);                                                                \
	} while (0)

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	EXEC(CALL_execve, path, envp, REAL(execve)(path, argv, environment.use));
}

EXPORT int execv(const char *path, char *const argv[])
{
	EXEC(CALL_execv, path, environ, REAL(execve)(path, argv, environment.use));
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	char room[512];

	EXEC(CALL_execvpe, environment_search(file, room, sizeof(room)), envp,
		REAL(execvpe)(file, argv, environment.use));
}

EXPORT int execvp(const char *file, char *const argv[])
{
	char room[512];

	EXEC(CALL_execvp, environment_search(file, room, sizeof(room)), environ,
		REAL(execvpe)(file, argv, environment.use));
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	EXEC(CALL_fexecve, NULL, envp, REAL(fexecve)(fd, argv, environment.use));
}

EXPORT int execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags)
{
	EXEC(CALL_execveat, path && path[0] == '/' ? path : NULL, envp,
		REAL(execveat)(dir, path, argv, environment.use, flags));
}

/* The variadic ones count their arguments and build the vector on the stack, as libc's own do. */
static size_t count_arguments(va_list list)
{
	size_t count = 1;

	while (va_arg(list, char *))
		count++;
	return count;
}

#define EXECL(name, call, path, searched, target)                                                                      \
	EXPORT int name(const char *path, const char *arg, ...)                                                        \
	{                                                                                                              \
		size_t count = 1;                                                                                      \
		char *const *envp = environ;                                                                           \
		va_list list;                                                                                          \
                                                                                                                       \
		va_start(list, arg);                                                                                   \
		if (arg)                                                                                               \
			count += count_arguments(list);                                                                \
		va_end(list);                                                                                          \
		{                                                                                                      \
			char **argv = __builtin_alloca((count + 1) * sizeof(*argv));                                   \
                                                                                                                       \
			argv[0] = (char *)(uintptr_t)arg;                                                              \
			va_start(list, arg);                                                                           \
			for (size_t i = 1; i < count; i++)                                                             \
				argv[i] = va_arg(list, char *);                                                        \
			argv[count] = NULL;                                                                            \
			if (CALL_##name == CALL_execle)                                                                \
				envp = va_arg(list, char *const *);                                                    \
			va_end(list);                                                                                  \
			return target;                                                                                 \
		}                                                                                                      \
	}

static int exec_path(uint32_t call, const char *path, char *const argv[], char *const envp[])
{
	EXEC(call, path, envp, REAL(execve)(path, argv, environment.use));
}

static int exec_search(uint32_t call, const char *file, char *const argv[], char *const envp[])
{
	char room[512];

	EXEC(call, environment_search(file, room, sizeof(room)), envp, REAL(execvpe)(file, argv, environment.use));
}

EXECL(execl, CALL_execl, path, path, exec_path(CALL_execl, path, argv, envp))
EXECL(execle, CALL_execle, path, path, exec_path(CALL_execle, path, argv, envp))
EXECL(execlp, CALL_execlp, path, path, exec_search(CALL_execlp, path, argv, envp))

/* --- posix_spawn: two versions; the old one runs a file that is no program with the shell
 * --------------------------------------- */
typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
	char *const[], char *const[]);

static spawn_function *spawn_old(const char *name)
{
	const struct link_map *self = elf_self();

	return self ? (spawn_function *)elf_find(self->l_next, name, "GLIBC_2.2.5") : NULL;
}

static int spawn(uint32_t call, spawn_function *real, pid_t *child, const char *path,
	const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const argv[],
	char *const envp[], const void *site)
{
	struct probe_tls *t = probe_thread();
	struct environment environment;
	char room[512];
	pid_t pid = 0;
	uint64_t ticks;
	uint32_t stack = t ? birth_stack(t, site) : 0;
	int result;

	ENVIRONMENT_ROOM(&environment, envp);
	environment_make(
		&environment, call == CALL_posix_spawnp ? environment_search(path, room, sizeof(room)) : path, envp);
	ticks = probe_now();
	result = real(&pid, path, actions, attributes, argv, environment.use);
	if (child && result == 0)
		*child = pid;
	environment_drop(&environment);
	if (t && t->th && (result == 0 || result == EAGAIN || result == ENOMEM || result == EMFILE))
		birth_tell(t, call, START_SPAWN, result ? -1 : pid, stack, ticks, result);
	return result;
}

EXPORT int posix_spawn(pid_t *restrict child, const char *restrict path,
	const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attributes,
	char *const argv[restrict], char *const envp[restrict])
{
	return spawn(CALL_posix_spawn, REAL(posix_spawn), child, path, actions, attributes, argv, envp, SITE);
}

EXPORT int posix_spawnp(pid_t *restrict child, const char *restrict file,
	const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attributes,
	char *const argv[restrict], char *const envp[restrict])
{
	return spawn(CALL_posix_spawnp, REAL(posix_spawnp), child, file, actions, attributes, argv, envp, SITE);
}

EXPORT spawn_function probe_posix_spawn_old, probe_posix_spawnp_old;

EXPORT int probe_posix_spawn_old(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	spawn_function *real = spawn_old("posix_spawn");

	return spawn(
		CALL_posix_spawn, real ? real : REAL(posix_spawn), child, path, actions, attributes, argv, envp, SITE);
}

EXPORT int probe_posix_spawnp_old(pid_t *child, const char *file, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	spawn_function *real = spawn_old("posix_spawnp");

	return spawn(CALL_posix_spawnp, real ? real : REAL(posix_spawnp), child, file, actions, attributes, argv, envp,
		SITE);
}

__asm__(".symver probe_posix_spawn_old, posix_spawn@GLIBC_2.2.5, remove");
__asm__(".symver probe_posix_spawnp_old, posix_spawnp@GLIBC_2.2.5, remove");

/* --- system and popen: the exec inside libc takes environ
 * --------------------------------------------------------------------------- */
EXPORT int system(const char *command)
{
	struct probe_tls *t = probe_thread();
	struct environment environment;
	char **before = environ;
	struct span span;
	int result;

	if (!t || !command)
		return REAL(system)(command);
	birth_tell(t, CALL_system, START_SHELL, 0, birth_stack(t, SITE), probe_now(), 0);
	ENVIRONMENT_ROOM(&environment, before);
	environment_make(&environment, "/bin/sh", before);
	if (environment.use != before)
		environ = (char **)(uintptr_t)environment.use;
	span_begin(&span, t, CALL_system, -1, 0, SITE);
	result = REAL(system)(command);
	span_end(&span, t, CALL_system, CLASS_WAIT, -1, 0, result);
	if (environment.use != before && environ == environment.use)
		environ = before;
	environment_drop(&environment);
	return result;
}

EXPORT FILE *popen(const char *command, const char *mode)
{
	struct probe_tls *t = probe_thread();
	struct environment environment;
	char **before = environ;
	FILE *result;
	int saved;

	if (!t)
		return REAL(popen)(command, mode);
	ENVIRONMENT_ROOM(&environment, before);
	environment_make(&environment, "/bin/sh", before);
	if (environment.use != before)
		environ = (char **)(uintptr_t)environment.use;
	result = REAL(popen)(command, mode);
	saved = errno;
	if (environment.use != before && environ == environment.use)
		environ = before;
	environment_drop(&environment);
	birth_tell(t, CALL_popen, START_SHELL, result ? 0 : -1, birth_stack(t, SITE), probe_now(), saved);
	after_fd(t, CALL_popen, result ? fileno(result) : -1, FD_PIPE, O_CLOEXEC, saved);
	errno_restore(saved);
	return result;
}

EXPORT int pclose(FILE *stream)
{
	struct probe_tls *t = probe_thread();
	struct span span;
	int result;

	if (!t)
		return REAL(pclose)(stream);
	before_close(t, stream_fd(stream));
	span_begin(&span, t, CALL_pclose, -1, 0, SITE);
	result = REAL(pclose)(stream);
	span_end(&span, t, CALL_pclose, CLASS_WAIT, -1, 0, result);
	return result;
}

/* --- ends
 * ---------------------------------------------------------------------------------------------------------------------------
 */
static void exiting(uint32_t call, int status)
{
	struct probe_tls *t = child_is_mute(&probe_tls) ? NULL : probe_thread();

	if (t)
		process_exits(t, call, status);
}

#define EXIT(name)                                                                                                     \
	EXPORT void name(int status)                                                                                   \
	{                                                                                                              \
		exiting(CALL_##name, status);                                                                          \
		REAL(name)(status);                                                                                    \
		__builtin_unreachable();                                                                               \
	}

EXIT(_exit)
EXIT(_Exit)
EXIT(quick_exit)

static void killing(uint32_t call, int target, int sig, const void *site)
{
	struct probe_tls *t = sig ? probe_thread() : NULL;
	struct rec_kill record = {.target = target, .sig = sig, .call = call};

	if (t)
		emit(t, EV_KILL, birth_stack(t, site), probe_now(), &record, sizeof(record));
}

EXPORT int kill(pid_t target, int sig)
{
	killing(CALL_kill, target, sig, SITE);
	return REAL(kill)(target, sig);
}

EXPORT int killpg(pid_t group, int sig)
{
	killing(CALL_killpg, group ? -group : 0, sig, SITE);
	return REAL(killpg)(group, sig);
}

EXPORT int tgkill(pid_t group, pid_t tid, int sig)
{
	killing(CALL_tgkill, group, sig, SITE);
	return REAL(tgkill)(group, tid, sig);
}

EXPORT int sigqueue(pid_t target, int sig, const union sigval value)
{
	killing(CALL_sigqueue, target, sig, SITE);
	return REAL(sigqueue)(target, sig, value);
}

/* How the child ended is known even where the program does not want to know it. `asks`: it does not wait for that. */
#define WAIT(name, params, object, asks, expression)                                                                   \
	EXPORT pid_t name params                                                                                       \
	{                                                                                                              \
		struct probe_tls *t = probe_thread();                                                                  \
		int own = 0, *status = s ? s : &own;                                                                   \
		struct span span;                                                                                      \
		pid_t r;                                                                                               \
                                                                                                                       \
		if (unlikely(!t))                                                                                      \
			return expression;                                                                             \
		if (!(asks))                                                                                           \
			span_begin(&span, t, CALL_##name, -1, (uint64_t)(int64_t)(object), SITE);                      \
		r = expression;                                                                                        \
		if (!(asks))                                                                                           \
			span_end(&span, t, CALL_##name, CLASS_WAIT, -1, (uint64_t)(int64_t)(object), r);               \
		else if (t->th)                                                                                        \
			count_add(&t->th->count.calls, 1);                                                             \
		if (t->th && r > 0)                                                                                    \
			waited_for(t, CALL_##name, r, *status);                                                        \
		return r;                                                                                              \
	}

static void waited_for(struct probe_tls *t, uint32_t call, pid_t child, int status)
{
	struct rec_waited record = {.child = child, .status = status, .call = call};

	emit(t, EV_WAITED, 0, probe_now(), &record, sizeof(record));
}

WAIT(wait, (int *s), 0, false, REAL(wait)(status))
WAIT(waitpid, (pid_t p, int *s, int f), p, f &WNOHANG, REAL(waitpid)(p, status, f))
WAIT(wait3, (int *s, int f, struct rusage *u), 0, f &WNOHANG, REAL(wait3)(status, f, u))
WAIT(wait4, (pid_t p, int *s, int f, struct rusage *u), p, f &WNOHANG, REAL(wait4)(p, status, f, u))

void after_waitid(struct probe_tls *t, int r, const siginfo_t *info, int flags)
{
	struct rec_waited record = {.call = CALL_waitid};

	if (r != 0 || !info || info->si_pid == 0 || (flags & WNOWAIT))
		return;
	record.child = info->si_pid;
	if (info->si_code == CLD_EXITED)
		record.status = (info->si_status & 0xff) << 8;
	else if (info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED)
		record.status = (info->si_status & 0x7f) | (info->si_code == CLD_DUMPED ? 0x80 : 0);
	else
		return;
	emit(t, EV_WAITED, 0, probe_now(), &record, sizeof(record));
}

/* --- prctl and seccomp: what may be forbidden next
 * ------------------------------------------------------------------------------------ */
void syscall_seccomp(long operation);

void syscall_seccomp(long operation)
{
	probe_thread(); /* a child that has not spoken yet says who it is while it still may */
	if (operation == SECCOMP_SET_MODE_STRICT)
		probe_silence(UNWATCHED_SILENT);
	else if (operation == SECCOMP_SET_MODE_FILTER)
		probe.restricted = 1;
}

EXPORT int prctl(int option, ...)
{
	unsigned long a, b, c, d;
	va_list list;

	va_start(list, option);
	a = va_arg(list, unsigned long);
	b = va_arg(list, unsigned long);
	c = va_arg(list, unsigned long);
	d = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_TSC && a == PR_TSC_SIGSEGV && probe.tsc)
		probe_silence(UNWATCHED_SILENT);
	if (option == PR_SET_SECCOMP)
		syscall_seccomp(a == SECCOMP_MODE_STRICT ? SECCOMP_SET_MODE_STRICT : SECCOMP_SET_MODE_FILTER);
	return REAL(prctl)(option, a, b, c, d);
}
