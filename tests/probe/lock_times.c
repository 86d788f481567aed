/* lock_times.c: a semaphore that is waited for in vain and one that another process posts; both are destroyed. */
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sem_t *in_vain, *tokens;

static void nap_ms(long ms)
{
	struct timespec nap = {0, ms * 1000000};

	nanosleep(&nap, NULL);
}

static int take_in_vain(long ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return sem_timedwait(in_vain, &until) == -1 && errno == ETIMEDOUT;
}

int main(void)
{
	sem_t *both = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (both == MAP_FAILED)
		return 1;
	in_vain = &both[0];
	tokens = &both[1];
	if (sem_init(in_vain, 1, 0))
		return 1;
	if (sem_init(tokens, 1, 0))
		return 1;
	if (fork() == 0) {
		nap_ms(50);
		for (int i = 0; i < 80; i++)
			sem_post(tokens);
		_exit(0);
	}
	for (int i = 0; i < 65; i++) /* the last of them is one whose time would be measured */
		if (sem_wait(tokens))
			return 1;
	wait(NULL);
	nap_ms(300);
	if (sem_wait(tokens) || sem_post(tokens)) /* one that is not, and ends at once */
		return 1;
	for (int i = 0; i < 3; i++)
		if (!take_in_vain(100))
			return 1;
	return sem_destroy(in_vain) || sem_destroy(tokens);
}
