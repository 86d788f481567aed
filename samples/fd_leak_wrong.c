/* shows: a file is opened for each record and not closed on the early return: at the limit open() fails with
 *        EMFILE.
 * ends: exit 1
 * expect: F001
 * twin: fd_leak_right.c
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static int read_record(int number)
{
	char byte;
	int fd = open("/dev/zero", O_RDONLY);
	if (fd < 0)
		return -1;
	if (number % 2)
		return 0;
	ssize_t got = read(fd, &byte, 1);
	close(fd);
	return got == 1 ? 0 : -1;
}

int main(void)
{
	struct rlimit limit = {64, 64};
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int number = 0; number < 300; number++)
		if (read_record(number)) {
			perror("read_record");
			return 1;
		}
	printf("read 300 records\n");
	return 0;
}
