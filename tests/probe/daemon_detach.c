/* daemon_detach.c: becomes a daemon as servers do (two forks, setsid, every descriptor closed) and goes on in the
 * background. usage: daemon_detach FILE; when FILE exists, it is complete and says what the daemon saw. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void detach(void)
{
	pid_t pid = fork();
	if (pid != 0)
		_exit(pid < 0);
	setsid();
	pid = fork();
	if (pid != 0)
		_exit(pid < 0);
	umask(0);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
}

static void serve(const char *path)
{
	char draft[4096];
	int open_before = 0, status;
	for (int fd = 0; fd < 1024; fd++)
		open_before += fcntl(fd, F_GETFD) >= 0;
	snprintf(draft, sizeof(draft), "%s.draft", path);
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dprintf(fd, "first descriptor %d, open before %d, leader %d\n", fd, open_before, getsid(0) == getpid());
	FILE *job = popen("echo child of the daemon", "r");
	if (job) {
		char line[100] = "";
		if (fgets(line, sizeof(line), job))
			dprintf(fd, "%s", line);
		status = pclose(job);
		dprintf(fd, "job ended with %d\n", status);
	}
	usleep(200000);
	dprintf(fd, "the daemon ends\n");
	close(fd);
	if (rename(draft, path))
		_exit(1);
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 2 || argv[1][0] != '/') {
		fprintf(stderr, "usage: daemon_detach /PATH/OF/A/FILE\n");
		return 2;
	}
	printf("detaching\n");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		detach();
		serve(argv[1]);
	}
	return pid < 0;
}
