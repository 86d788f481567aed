/* shows: a statically linked program takes no preloaded library: mpwatch runs it unharmed and says that it saw
 *        nothing inside.
 * ends: exit 0
 * link: -static
 * expect: X001
 * twin: fork_pool_right.c
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	printf("static and well\n");
	return 0;
}
