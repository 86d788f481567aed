/* shows: a worker of a fork pool crashes: it follows a null pointer in the task that finds nothing.
 * ends: exit 1
 * expect: B007
 * twin: fork_pool_right.c
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4

static const char *find_colour(const char *text)
{
	return strstr(text, "colour");
}

static void work(int number)
{
	static const char *rows[WORKERS] = {"colour=red", "size=3", "colour=blue", "colour=green"};
	struct rlimit no_core = {0, 0};
	setrlimit(RLIMIT_CORE, &no_core);
	const char *volatile colour = find_colour(rows[number]);
	_exit(colour[6] == '=' ? 0 : 1);
}

int main(void)
{
	int status, failed = 0;
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			work(i);
	while (wait(&status) > 0)
		failed += status != 0;
	printf("failed workers: %d\n", failed);
	return failed > 0;
}
