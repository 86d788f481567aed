/* A pipe, a child, and with an argument one write too far: for programs built with a sanitizer. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fds[2], status = 0;
	char *memory = malloc(10), byte = 0;
	pid_t child;

	(void)argv;
	if (pipe(fds) != 0)
		return 1;
	child = fork();
	if (child == 0) {
		if (argc > 1)
			memory[argc + 8] = 1;
		free(memory);
		_exit(3);
	}
	waitpid(child, &status, 0);
	free(memory);
	if (write(fds[1], "x", 1) != 1 || read(fds[0], &byte, 1) != 1)
		return 2;
	printf("child %#x, %c\n", status, byte);
	usleep(argc > 1 ? 0 : 500000);
	return 4;
}
