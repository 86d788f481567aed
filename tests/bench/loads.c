/* loads.c: the loads of tools/bench that are calls of libc.
 * usage: loads NAME COUNT. Prints the nanoseconds per round on stdout, measured inside, so that start-up does not
 * count. */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* A system call that the probe does not intercept: what is measured here is the noise. */
static void load_getppid(long count)
{
	while (count--)
		getppid();
}

static void load_read1(long count)
{
	char byte;
	int fd = open("/dev/zero", O_RDONLY);
	while (count--)
		if (read(fd, &byte, 1) != 1)
			fail("read");
}

static void load_write1(long count)
{
	int fd = open("/dev/null", O_WRONLY);
	while (count--)
		if (write(fd, "x", 1) != 1)
			fail("write");
}

/* COUNT calls: half of them lock, half unlock. */
static void load_mutex(long count)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	for (; count > 0; count -= 2) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
}

static void load_sem(long count)
{
	static sem_t sem;
	sem_init(&sem, 0, 1);
	for (; count > 0; count -= 2) {
		sem_wait(&sem);
		sem_post(&sem);
	}
}

static void *sleep_for_ever(void *unused)
{
	pause();
	return unused;
}

static void start_idle_thread(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, sleep_for_ever, NULL))
		fail("pthread_create");
}

static void load_mutex_threads(long count)
{
	start_idle_thread();
	load_mutex(count);
}

static void load_sem_threads(long count)
{
	start_idle_thread();
	load_sem(count);
}

static void load_pipe64(long count)
{
	int ends[2];
	char message[64] = "";
	if (pipe(ends))
		fail("pipe");
	while (count--)
		if (write(ends[1], message, 64) != 64 || read(ends[0], message, 64) != 64)
			fail("pipe");
}

static void load_fork(long count)
{
	while (count--) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			fail("fork");
	}
}

static void load_exec(long count)
{
	while (count--) {
		pid_t pid = fork();
		if (pid == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		int status = 1;
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			fail("exec");
	}
}

/* `count` children that live at once and sleep ten times a second for `seconds` of the environment's LOAD_SECONDS. */
static void load_sleepers(long count)
{
	const char *text = getenv("LOAD_SECONDS");
	int rounds = 10 * (text ? atoi(text) : 1);
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();
		if (pid < 0)
			fail("fork");
		if (pid == 0) {
			for (int round = 0; round < rounds; round++)
				usleep(100000);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

static const struct load {
	const char *name;
	void (*run)(long count);
} loads[] = {
	{"getppid", load_getppid},
	{"read1", load_read1},
	{"write1", load_write1},
	{"mutex", load_mutex},
	{"sem", load_sem},
	{"mutex_threads", load_mutex_threads},
	{"sem_threads", load_sem_threads},
	{"pipe64", load_pipe64},
	{"fork", load_fork},
	{"exec", load_exec},
	{"sleepers", load_sleepers},
};

int main(int argc, char **argv)
{
	long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	for (size_t i = 0; count > 0 && i < sizeof(loads) / sizeof(loads[0]); i++)
		if (!strcmp(argv[1], loads[i].name)) {
			double begin = now_ns();
			loads[i].run(count);
			printf("%.3f\n", (now_ns() - begin) / (double)count);
			return 0;
		}
	fprintf(stderr, "usage: loads NAME COUNT; names:");
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		fprintf(stderr, " %s", loads[i].name);
	fprintf(stderr, "\n");
	return 2;
}
