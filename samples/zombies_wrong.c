/* shows: a server that forks for each request and never waits: every ended child stays as a zombie.
 * ends: exit 0
 * expect: none
 * later: F009
 * twin: zombies_right.c
 */
#include <stdio.h>
#include <unistd.h>

static void serve(void)
{
	usleep(1000);
	_exit(0);
}

int main(void)
{
	for (int request = 0; request < 40; request++) {
		if (fork() == 0)
			serve();
		usleep(50000);
	}
	printf("served 40 requests\n");
	return 0;
}
