/* shows: a worker of a fork pool is killed with SIGKILL by one of its siblings in the middle of a task: one
 *        answer is missing.
 * ends: exit 1
 * expect: B004
 * twin: fork_pool_right.c
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4

static void work(int number, pid_t first)
{
	if (number == WORKERS - 1) {
		usleep(100000);
		kill(first, SIGKILL);
	}
	usleep(300000);
	_exit(0);
}

int main(void)
{
	pid_t first = 0;
	int status, failed = 0;
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = fork();
		if (pid == 0)
			work(i, first);
		if (i == 0)
			first = pid;
	}
	while (wait(&status) > 0)
		failed += status != 0;
	printf("failed workers: %d\n", failed);
	return failed > 0;
}
