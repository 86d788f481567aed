/* shows: the same exchange in turns: one side reads first.
 * ends: exit 0
 * expect: none
 * twin: both_write_wrong.c
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE (256 * 1024)

static char buffer[SIZE];

static int send_all(int fd)
{
	for (size_t done = 0; done < SIZE;) {
		ssize_t part = write(fd, buffer + done, SIZE - done);
		if (part < 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

static int receive_all(int fd)
{
	for (size_t done = 0; done < SIZE;) {
		ssize_t part = read(fd, buffer + done, SIZE - done);
		if (part <= 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

int main(void)
{
	int there[2], back[2];
	if (pipe(there) || pipe(back))
		return 1;
	memset(buffer, 'x', SIZE);
	if (fork() == 0)
		_exit(receive_all(there[0]) || send_all(back[1]));
	if (send_all(there[1]) || receive_all(back[0]))
		return 1;
	wait(NULL);
	printf("exchanged %d bytes\n", SIZE);
	return 0;
}
