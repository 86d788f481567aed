/* shows: the parent opens a socket pair for each worker and keeps both ends, so each new worker inherits all of
 *        them; the parent reaches its limit at the 30th worker.
 * ends: exit 1
 * expect: F001
 * twin: fd_inherited_right.c
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 60

int main(void)
{
	struct rlimit limit = {64, 64};
	pid_t workers[WORKERS];
	int count, rc = 0;
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
			pause();
			_exit(0);
		}
	}
	for (int i = 0; i < count; i++)
		kill(workers[i], SIGTERM);
	while (wait(NULL) > 0)
		;
	return rc;
}
