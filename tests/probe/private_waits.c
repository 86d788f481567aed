/* private_waits.c: threads that wait for each other until the program is told to end: a mutex that is held, a condition
 * that nobody signals, a join. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER, free_one = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void *wait_for_mutex(void *unused)
{
	pthread_mutex_lock(&taken); /* waits */
	return unused;
}

static void *wait_for_condition(void *unused)
{
	pthread_mutex_lock(&free_one);
	pthread_cond_wait(&never, &free_one); /* waits */
	return unused;
}

int main(void)
{
	pthread_t threads[2];

	pthread_mutex_lock(&taken);
	if (pthread_create(&threads[0], NULL, wait_for_mutex, NULL) ||
		pthread_create(&threads[1], NULL, wait_for_condition, NULL))
		return 1;
	alarm(2);
	pthread_join(threads[0], NULL); /* waits */
	return 0;
}
