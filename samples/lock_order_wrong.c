/* shows: two processes take two semaphores in opposite order: each holds one and waits for the other.
 * ends: hangs
 * expect: none
 * later: D002
 * twin: lock_order_right.c
 */
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct accounts {
	sem_t a, b;
};

static void transfer(sem_t *from, sem_t *to)
{
	sem_wait(from);
	usleep(100000);
	sem_wait(to);
	sem_post(to);
	sem_post(from);
}

int main(void)
{
	struct accounts *accounts =
		mmap(NULL, sizeof(*accounts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (accounts == MAP_FAILED)
		return 1;
	sem_init(&accounts->a, 1, 1);
	sem_init(&accounts->b, 1, 1);
	if (fork() == 0) {
		transfer(&accounts->b, &accounts->a);
		_exit(0);
	}
	transfer(&accounts->a, &accounts->b);
	wait(NULL);
	printf("transferred\n");
	return 0;
}
