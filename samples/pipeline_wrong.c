/* shows: the same pipeline, but the stages keep the write ends that they inherited: the first stage itself holds
 *        the pipe open that it reads from, so the end of its input never comes.
 * ends: hangs
 * expect: none
 * later: F003
 * twin: pipeline_right.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void square_stage(int in, int out)
{
	long value;
	while (read(in, &value, sizeof(value)) == sizeof(value)) {
		value *= value;
		if (write(out, &value, sizeof(value)) != sizeof(value))
			_exit(1);
	}
	_exit(0);
}

static void sum_stage(int in)
{
	long value, sum = 0;
	while (read(in, &value, sizeof(value)) == sizeof(value))
		sum += value;
	printf("sum of squares: %ld\n", sum);
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	int numbers[2], squares[2];
	if (pipe(numbers) || pipe(squares))
		return 1;
	if (fork() == 0) {
		close(squares[0]);
		square_stage(numbers[0], squares[1]);
	}
	if (fork() == 0) {
		close(numbers[0]);
		close(squares[1]);
		sum_stage(squares[0]);
	}
	close(numbers[0]);
	close(squares[0]);
	close(squares[1]);
	for (long value = 1; value <= 20000; value++)
		if (write(numbers[1], &value, sizeof(value)) != sizeof(value))
			return 1;
	close(numbers[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
