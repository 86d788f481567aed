/* ring_bursts.c: bursts that would fit into a ring if somebody emptied it in between. Each begins with records that are
 * told at the half only, which pass the quarter, and goes on with detail. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 100

/* Arguments: so many of the first kind and of the rest. */
int main(int argc, char **argv)
{
	int first = argc > 1 ? atoi(argv[1]) : 100, rest = argc > 2 ? atoi(argv[2]) : 100,
	    memory = memfd_create("m", 0);
	struct timespec nap = {0, 15000000};

	if (memory < 0)
		return 1;
	for (int round = 0; round < ROUNDS; round++) {
		nanosleep(&nap, NULL);
		for (int i = 0; i < first; i++)
			if (ftruncate(memory, 4096 + i))
				return 1;
		for (int i = 0; i < rest; i++)
			close(dup(memory));
	}
	return 0;
}
