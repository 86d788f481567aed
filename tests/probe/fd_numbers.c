/* fd_numbers.c: descriptors with high numbers, close_range, closefrom and dup2 onto numbers in use; prints what fstat
 * says of each step. Its output must be the same with and without the probe, which holds no descriptor of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HIGHEST = 1023 };

static int count_open(void)
{
	int count = 0;
	for (int fd = 0; fd <= HIGHEST; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void tell(const char *step, int result)
{
	printf("%-28s %d %s, %d open\n", step, result, result < 0 ? strerror(errno) : "ok", count_open());
}

static int fill_table(void)
{
	int last = -1;
	for (;;) {
		int fd = open("/dev/null", O_RDONLY);
		if (fd < 0)
			return last;
		last = fd;
	}
}

int main(void)
{
	struct rlimit limit = {HIGHEST + 1, HIGHEST + 1};
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	tell("close_range 3..max", close_range(3, ~0U, 0));
	int fd = open("/dev/null", O_RDWR);
	tell("open", fd);
	static const int numbers[] = {900, 997, 998, 999, 1000, HIGHEST};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		tell("dup2 to a high number", dup2(fd, numbers[i]));
	tell("dup2 above the limit", dup2(fd, HIGHEST + 1));
	tell("dup3 cloexec", dup3(fd, 950, O_CLOEXEC));
	tell("fcntl dupfd 960", fcntl(fd, F_DUPFD, 960));
	tell("close_range cloexec", close_range(990, 1000, CLOSE_RANGE_CLOEXEC));
	printf("999 has flags %d\n", fcntl(999, F_GETFD));
	tell("close_range 901..998", close_range(901, 998, 0));
	tell("close_range wrong way", close_range(5, 4, 0));
	tell("close twice", close(998));
	tell("table full, last", fill_table());
	int ends[2];
	tell("pipe in a full table", pipe(ends));
	closefrom(3);
	tell("closefrom 3", 0);
	tell("write to a closed one", (int)write(7, "x", 1));
	return 0;
}
