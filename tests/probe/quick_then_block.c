/* quick_then_block.c: a thread that never waits, and then waits once: prints how long, in ns, its last read took. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
	char message[64] = "";
	int ends[2];
	double begin;
	pid_t child;

	if (pipe(ends))
		return 1;
	for (int i = 0; i < 20000; i++)
		if (write(ends[1], message, 64) != 64 || read(ends[0], message, 64) != 64)
			return 1;
	child = fork();
	if (child == 0) {
		struct timespec nap = {0, 400000000};

		nanosleep(&nap, NULL);
		_exit(write(ends[1], message, 1) != 1);
	}
	for (int i = 0; i < 20000; i++) /* calm again, and in the middle of its quick calls */
		if (write(ends[1], message, 64) != 64 || read(ends[0], message, 64) != 64)
			return 1;
	begin = now_ns();
	if (read(ends[0], message, 1) != 1)
		return 1;
	printf("%.0f\n", now_ns() - begin);
	return waitpid(child, NULL, 0) != child;
}
