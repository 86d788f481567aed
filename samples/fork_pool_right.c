/* shows: a pool of forked workers that take task numbers from one pipe and answer on another; all are waited for.
 * ends: exit 0
 * expect: none
 * twin: fork_pool_killed_wrong.c
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4
#define TASKS 64

static void work(int tasks, int results)
{
	int task;
	while (read(tasks, &task, sizeof(task)) == sizeof(task)) {
		usleep(5000);
		task *= 2;
		if (write(results, &task, sizeof(task)) != sizeof(task))
			_exit(1);
	}
	_exit(0);
}

int main(void)
{
	int tasks[2], results[2], sum = 0, answer, status, failed = 0;
	if (pipe(tasks) || pipe(results))
		return 1;
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0) {
			close(tasks[1]);
			close(results[0]);
			work(tasks[0], results[1]);
		}
	close(tasks[0]);
	close(results[1]);
	for (int task = 0; task < TASKS; task++)
		if (write(tasks[1], &task, sizeof(task)) != sizeof(task))
			return 1;
	close(tasks[1]);
	while (read(results[0], &answer, sizeof(answer)) == sizeof(answer))
		sum += answer;
	while (wait(&status) > 0)
		failed += status != 0;
	printf("sum %d, failed workers %d\n", sum, failed);
	return failed > 0;
}
