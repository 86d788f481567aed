/* shows: the same with the worker's end closed in the parent and the parent's ends closed in the worker: one
 *        descriptor for each worker.
 * ends: exit 0
 * expect: none
 * twin: fd_inherited_wrong.c
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 50

int main(void)
{
	struct rlimit limit = {64, 64};
	pid_t workers[WORKERS];
	int parent_ends[WORKERS], count, rc = 0;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (count = 0; count < WORKERS; count++) {
		int ends[2];
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) {
			perror("socketpair");
			rc = 1;
			break;
		}
		workers[count] = fork();
		if (workers[count] == 0) {
			close(ends[0]);
			for (int i = 0; i < count; i++)
				close(parent_ends[i]);
			pause();
			_exit(0);
		}
		close(ends[1]);
		parent_ends[count] = ends[0];
	}
	for (int i = 0; i < count; i++)
		kill(workers[i], SIGTERM);
	while (wait(NULL) > 0)
		;
	return rc;
}
