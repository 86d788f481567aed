/* shows: a worker ends while it holds the semaphore (an early return in the middle of the critical section): the
 *        others wait for ever.
 * ends: hangs
 * expect: none
 * later: D004
 * twin: semaphore_pool_right.c
 */
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 4
#define ROUNDS 10

struct shared {
	sem_t lock;
	int total;
};

static void work(struct shared *shared)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(&shared->lock);
		if (++shared->total == 15)
			_exit(0);
		usleep(500);
		sem_post(&shared->lock);
		usleep(2000);
	}
	_exit(0);
}

int main(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	sem_init(&shared->lock, 1, 1);
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			work(shared);
	while (wait(NULL) > 0)
		;
	printf("total %d\n", shared->total);
	return 0;
}
