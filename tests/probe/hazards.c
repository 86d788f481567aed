/* hazards: programs that are easy to break from inside, one per name. Each prints what it saw; a test runs every one of
 * them with and without the probe and compares output and exit status, and that it ends at all. usage: hazards NAME |
 * hazards --list */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

extern char **environ;
static char *self;

/* --- errno and results are what the kernel said
 * ------------------------------------------------------------------------------- */
static void case_errno(void)
{
	char byte;
	int fds[2];
	struct {
		const char *what;
		long result;
		int error;
	} seen[12];
	int n = 0;

#define SEE(expression)                                                                                                \
	(errno = 0, seen[n].what = #expression, seen[n].result = (long)(expression), seen[n].error = errno, n++)
	SEE(read(-1, &byte, 1));
	SEE(write(9999, &byte, 1));
	SEE(close(9999));
	SEE(open("/no/such/file", O_RDONLY));
	SEE(dup2(-1, 5));
	SEE(fcntl(-1, F_DUPFD, 3));
	SEE(waitpid(-1, NULL, WNOHANG));
	SEE(kill(1 << 22, 0));
	SEE(execl("/no/such/program", "x", NULL));
	SEE(sem_open("/mpw-no-such", 0) == SEM_FAILED);
	SEE(mmap(NULL, 0, PROT_READ, MAP_SHARED, -1, 0) == MAP_FAILED);
	SEE(shm_unlink("/mpw-no-such"));
	for (int i = 0; i < n; i++)
		printf("%s = %ld errno %d\n", seen[i].what, seen[i].result, seen[i].error);
	errno = 77;
	if (pipe(fds) == 0 && write(fds[1], "x", 1) == 1 && read(fds[0], &byte, 1) == 1)
		close(fds[0]);
	check(errno == 77, "a successful call leaves errno alone");
}

/* --- leaving blocked calls by other doors
 * ------------------------------------------------------------------------------------------ */
static sigjmp_buf escape;

static void jump(int sig)
{
	(void)sig;
	siglongjmp(escape, 1);
}

static void case_longjmp(void)
{
	struct itimerval soon = {.it_value = {0, 2000}};
	volatile int left = 0;
	int fds[2];
	char byte;

	if (pipe(fds) < 0)
		return;
	signal(SIGALRM, jump);
	for (volatile int i = 0; i < 50; i++) {
		if (sigsetjmp(escape, 1)) {
			left++;
			continue;
		}
		setitimer(ITIMER_REAL, &soon, NULL);
		if (i % 3 == 0)
			(void)!read(fds[0], &byte, 1);
		else if (i % 3 == 1)
			poll(NULL, 0, -1);
		else
			pause();
	}
	printf("left %d\n", left);
	check(write(fds[1], "x", 1) == 1 && read(fds[0], &byte, 1) == 1 && byte == 'x', "pipe works afterwards");
}

static int cancel_pipe[2];

static void *cancel_read(void *arg)
{
	char byte;

	(void)arg;
	(void)!read(cancel_pipe[0], &byte, 1);
	return NULL;
}

static void *cancel_sleep(void *arg)
{
	struct timespec hour = {3600, 0};

	(void)arg;
	nanosleep(&hour, NULL);
	return NULL;
}

static void *cancel_sem(void *arg)
{
	sem_wait(arg);
	return NULL;
}

static void case_cancel(void)
{
	void *(*const bodies[])(void *) = {cancel_read, cancel_sleep, cancel_sem};
	sem_t *semaphore = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int cancelled = 0;

	sem_init(semaphore, 1, 0);
	(void)!pipe(cancel_pipe);
	for (int i = 0; i < 60; i++) {
		pthread_t thread;
		void *result;

		pthread_create(&thread, NULL, bodies[i % 3], semaphore);
		if (i % 2)
			usleep(500);
		pthread_cancel(thread);
		pthread_join(thread, &result);
		cancelled += result == PTHREAD_CANCELED;
	}
	printf("cancelled %d\n", cancelled);
}

static void *short_thread(void *arg)
{
	int fds[2];
	char byte;

	(void)arg;
	if (pipe(fds) == 0) {
		(void)!write(fds[1], "x", 1);
		(void)!read(fds[0], &byte, 1);
		close(fds[0]);
		close(fds[1]);
	}
	return NULL;
}

static void case_threads(void)
{
	for (int round = 0; round < 100; round++) {
		pthread_t threads[20];

		for (int i = 0; i < 20; i++)
			if (pthread_create(&threads[i], NULL, short_thread, NULL) != 0)
				abort();
		for (int i = 0; i < 20; i++)
			pthread_join(threads[i], NULL);
	}
	check(1, "2000 threads");
}

static void *small_thread(void *arg)
{
	stack_t stack = {.ss_sp = malloc(MINSIGSTKSZ), .ss_size = MINSIGSTKSZ};

	sigaltstack(&stack, NULL);
	short_thread(arg);
	raise(SIGUSR2);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	free(stack.ss_sp);
	return NULL;
}

static volatile int handled;

static void handle_write(int sig)
{
	(void)sig;
	(void)!write(cancel_pipe[1], "h", 1);
	handled = 1;
}

static void case_small_stacks(void)
{
	struct sigaction action = {.sa_handler = handle_write, .sa_flags = SA_ONSTACK};
	pthread_attr_t attributes;
	pthread_t thread;
	int failed = 0;

	(void)!pipe(cancel_pipe);
	sigaction(SIGUSR2, &action, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
	for (int i = 0; i < 20; i++) {
		failed += pthread_create(&thread, &attributes, i % 2 ? small_thread : short_thread, NULL) != 0;
		pthread_join(thread, NULL);
	}
	printf("failed %d handled %d\n", failed, handled);
}

/* --- handlers that make calls
 * ---------------------------------------------------------------------------------------------------------- */
static void handle_io(int sig)
{
	int saved = errno, fds[2];
	char byte;

	(void)sig;
	if (pipe(fds) == 0) {
		(void)!write(fds[1], "s", 1);
		(void)!read(fds[0], &byte, 1);
		close(fds[0]);
		close(fds[1]);
	}
	handled++;
	errno = saved;
}

static void case_handlers(void)
{
	struct itimerval often = {{0, 500}, {0, 500}};
	struct sigaction action = {.sa_handler = handle_io, .sa_flags = SA_RESTART};
	struct timespec start, now;
	unsigned long rounds = 0, bad = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		int fds[2];
		char byte = 0;

		bad += pipe(fds) != 0;
		bad += write(fds[1], "m", 1) != 1;
		bad += read(fds[0], &byte, 1) != 1 || byte != 'm';
		close(fds[0]);
		close(fds[1]);
		rounds++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < 2);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	check(bad == 0 && rounds > 100 && handled > 100, "no byte went astray");
}

/* --- processes
 * ----------------------------------------------------------------------------------------------------------------------
 */
static void *vfork_thread(void *arg)
{
	long wrong = 0;

	(void)arg;
	for (int i = 0; i < 50; i++) {
		pid_t child = vfork();

		if (child == 0) {
			execl("/bin/sh", "sh", "-c", "exit 7", NULL);
			_exit(1);
		}
		wrong += child < 0 || status_of(child) != 7 << 8;
	}
	return (void *)wrong;
}

static void case_vfork(void)
{
	pthread_t threads[4];
	long wrong = 0;
	pid_t child;

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, vfork_thread, NULL);
	for (int i = 0; i < 4; i++) {
		void *result;

		pthread_join(threads[i], &result);
		wrong += (long)result;
	}
	printf("wrong %ld\n", wrong);
	child = vfork();
	if (child == 0)
		_exit(5);
	check(status_of(child) == 5 << 8, "vfork and _exit");
}

static int clone_body(void *arg)
{
	(void)!write(*(int *)arg, "c", 1);
	return 9;
}

static void case_clone(void)
{
	static char stack[65536];
	int fds[2];
	char byte = 0;
	pid_t child;

	(void)!pipe(fds);
	child = clone(clone_body, stack + sizeof(stack), SIGCHLD, &fds[1]);
	check(status_of(child) == 9 << 8 && read(fds[0], &byte, 1) == 1, "clone like fork");
	child = clone(clone_body, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &fds[1]);
	check(status_of(child) == 9 << 8 && read(fds[0], &byte, 1) == 1, "clone like vfork");
	child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (child == 0) {
		(void)!write(fds[1], "r", 1);
		_exit(4);
	}
	check(status_of(child) == 4 << 8 && read(fds[0], &byte, 1) == 1 && byte == 'r', "raw clone");
	child = _Fork();
	if (child == 0) {
		(void)!write(fds[1], "F", 1);
		_exit(3);
	}
	check(status_of(child) == 3 << 8 && read(fds[0], &byte, 1) == 1 && byte == 'F', "_Fork");
	child = clone(clone_body, stack + sizeof(stack), CLONE_VM | SIGCHLD, &fds[1]);
	check(status_of(child) == 9 << 8 && read(fds[0], &byte, 1) == 1, "clone that shares memory");
}

static void run_child(const char *how, pid_t child)
{
	printf("%s: %#x\n", how, status_of(child));
	fflush(stdout);
}

#define EXEC_CHILD(how, expression)                                                                                    \
	do {                                                                                                           \
		pid_t child = fork();                                                                                  \
		if (child == 0) {                                                                                      \
			expression;                                                                                    \
			_exit(99);                                                                                     \
		}                                                                                                      \
		run_child(how, child);                                                                                 \
	} while (0)

/* The program cleans its environment in every way; what the children print must not differ. */
static void case_exec(void)
{
	char *const none[] = {NULL};
	char *const one[] = {"MARK=1", NULL};
	char *const argv[] = {self, "exit3", NULL};
	posix_spawn_file_actions_t actions;
	pid_t child = 0;
	FILE *stream;
	int fd = open(self, O_RDONLY | O_CLOEXEC);

	EXEC_CHILD("execve", execve(self, argv, none));
	EXEC_CHILD("execve 1", execve(self, argv, one));
	EXEC_CHILD("execv", (clearenv(), execv(self, argv)));
	EXEC_CHILD("execvp", (clearenv(), execvp(self, argv)));
	EXEC_CHILD("execvpe", execvpe(self, argv, none));
	EXEC_CHILD("execl", (unsetenv("LD_PRELOAD"), execl(self, self, "exit3", NULL)));
	EXEC_CHILD("execlp", (setenv("LD_PRELOAD", "", 1), execlp(self, self, "exit3", NULL)));
	EXEC_CHILD("execle", execle(self, self, "exit3", NULL, none));
	EXEC_CHILD("fexecve", fexecve(fd, argv, none));
	EXEC_CHILD("execveat", execveat(AT_FDCWD, self, argv, none, 0));
	posix_spawn_file_actions_init(&actions);
	posix_spawn(&child, self, &actions, NULL, argv, none);
	run_child("posix_spawn", child);
	posix_spawnp(&child, self, NULL, NULL, argv, one);
	run_child("posix_spawnp", child);
	printf("missing: %d\n", posix_spawn(&child, "/no/such", NULL, NULL, argv, none));
	clearenv();
	printf("system %#x\n", system("exit 4"));
	stream = popen("echo from popen; exit 6", "r");
	if (stream) {
		char line[64] = "";

		(void)!fgets(line, sizeof(line), stream);
		printf("%s", line);
		printf("pclose %#x\n", pclose(stream));
	}
	check(environ == NULL || environ[0] == NULL, "environment still empty");
}

static void case_exit3(void)
{
	exit(3);
}

static void *busy_forker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 300; i++) {
		int fds[2];

		if (pipe(fds) == 0) {
			close(fds[0]);
			close(fds[1]);
		}
	}
	return NULL;
}

static void case_fork_threads(void)
{
	int wrong = 0;

	for (int round = 0; round < 20; round++) {
		pthread_t threads[3];

		for (int i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, busy_forker, NULL);
		for (int i = 0; i < 20; i++) {
			pid_t child = fork();

			if (child == 0) {
				busy_forker(NULL);
				_exit(8);
			}
			wrong += status_of(child) != 8 << 8;
		}
		for (int i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
	}
	printf("wrong %d\n", wrong);
}

static void case_daemon(void)
{
	int fds[2];
	char word[8] = "";

	(void)!pipe(fds);
	if (fork() == 0) {
		if (daemon(1, 1) == 0) {
			for (int fd = 0; fd < 1024; fd++)
				if (fd != fds[1])
					close(fd);
			(void)!write(fds[1], "alive", 5);
		}
		_exit(0);
	}
	close(fds[1]);
	(void)!read(fds[0], word, 5);
	wait(NULL);
	check(strcmp(word, "alive") == 0, "a daemon that closed everything");
}

/* --- descriptors
 * --------------------------------------------------------------------------------------------------------------------
 */
static void list_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	printf("descriptors %d\n", count);
	if (dir)
		closedir(dir);
}

static void case_descriptors(void)
{
	struct rlimit limit = {4096, 4096};
	char byte;
	int fds[2], taken = 0;

	list_descriptors();
	(void)!pipe(fds);
	for (int fd = fds[1] + 1; fd < 60; fd++)
		dup2(fds[1], fd);
	list_descriptors();
	setrlimit(RLIMIT_NOFILE, &limit);
	printf("high %d\n", dup2(fds[0], 4000));
	(void)!write(fds[1], "z", 1);
	check(read(4000, &byte, 1) == 1, "a high number works");
	close_range(10, ~0u, 0);
	list_descriptors();
	while (open("/dev/null", O_RDONLY) >= 0)
		taken++;
	printf("taken %d errno %d\n", taken, errno);
	run_child("fork with a full table", fork() ?: (_exit(2), 0));
	EXEC_CHILD("exec with a nearly full table",
		(close(50), close(51), close(52), close(53), close(54), execl(self, self, "exit3", NULL)));
	closefrom(3);
	list_descriptors();
}

/* --- restrictions
 * -------------------------------------------------------------------------------------------------------------------
 */
static void case_seccomp_strict(void)
{
	int fds[2];
	pid_t child;
	char byte = 0;

	(void)!pipe(fds);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		for (int i = 0; i < 100; i++)
			(void)!write(fds[1], "k", 1);
		syscall(SYS_exit, 5);
	}
	printf("strict %#x\n", status_of(child));
	check(read(fds[0], &byte, 1) == 1 && byte == 'k', "wrote under strict seccomp");
	child = fork();
	if (child == 0) {
		prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
		(void)!write(fds[1], "t", 1);
		(void)!read(fds[0], &byte, 1);
		_exit(6);
	}
	printf("no clock %#x\n", status_of(child));
}

static void case_memory(void)
{
	struct rlimit limit;
	pid_t child = fork();

	if (child == 0) {
		mlockall(MCL_CURRENT | MCL_FUTURE);
		short_thread(NULL);
		_exit(1);
	}
	printf("mlockall %#x\n", status_of(child));
	child = fork();
	if (child == 0) {
		limit.rlim_cur = limit.rlim_max = 1 << 20;
		setrlimit(RLIMIT_AS, &limit);
		short_thread(NULL);
		_exit(2);
	}
	printf("address space %#x\n", status_of(child));
}

/* --- locks
 * ---------------------------------------------------------------------------------------------------------------------------
 */
struct shared {
	sem_t semaphore;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_rwlock_t rwlock;
	long counter;
};

static void case_locks(void)
{
	struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t mutex_attributes;
	pthread_condattr_t cond_attributes;
	pthread_rwlockattr_t rwlock_attributes;
	sem_t *named = sem_open("/mpw-hazard", O_CREAT, 0600, 1), private;

	sem_unlink("/mpw-hazard");
	sem_init(&shared->semaphore, 1, 1);
	sem_init(&private, 0, 1);
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &mutex_attributes);
	pthread_condattr_init(&cond_attributes);
	pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shared->cond, &cond_attributes);
	pthread_rwlockattr_init(&rwlock_attributes);
	pthread_rwlockattr_setpshared(&rwlock_attributes, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&shared->rwlock, &rwlock_attributes);
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			for (int n = 0; n < 3000; n++) {
				sem_wait(n % 2 ? &shared->semaphore : named);
				pthread_mutex_lock(&shared->mutex);
				pthread_rwlock_wrlock(&shared->rwlock);
				shared->counter++;
				pthread_rwlock_unlock(&shared->rwlock);
				pthread_cond_signal(&shared->cond);
				pthread_mutex_unlock(&shared->mutex);
				sem_post(n % 2 ? &shared->semaphore : named);
				sem_wait(&private);
				sem_post(&private);
			}
			_exit(0);
		}
	pthread_mutex_lock(&shared->mutex);
	while (shared->counter < 9000) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		pthread_cond_timedwait(&shared->cond, &shared->mutex, &until);
	}
	pthread_mutex_unlock(&shared->mutex);
	while (wait(NULL) > 0)
		;
	printf("counter %ld\n", shared->counter);
}

static const struct named_case cases[] = {
	{"errno", case_errno},
	{"longjmp", case_longjmp},
	{"cancel", case_cancel},
	{"threads", case_threads},
	{"small_stacks", case_small_stacks},
	{"handlers", case_handlers},
	{"vfork", case_vfork},
	{"clone", case_clone},
	{"exec", case_exec},
	{"fork_threads", case_fork_threads},
	{"daemon", case_daemon},
	{"descriptors", case_descriptors},
	{"seccomp_strict", case_seccomp_strict},
	{"memory", case_memory},
	{"locks", case_locks},
	{"exit3", case_exit3},
};

int main(int argc, char **argv)
{
	static char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	self = length > 0 ? path : argv[0];
	return cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
