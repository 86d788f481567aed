/* shows: the same server looks after its ended children before each new request.
 * ends: exit 0
 * expect: none
 * twin: zombies_wrong.c
 */
#include <stdio.h>
#include <sys/wait.h>
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
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	printf("served 40 requests\n");
	return 0;
}
