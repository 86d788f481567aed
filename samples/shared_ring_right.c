/* shows: a ring buffer in shared memory between a producer and a consumer, with two process-shared semaphores;
 *        the segment is unlinked as soon as both sides have it.
 * ends: exit 0
 * expect: none
 * twin: shared_ring_wrong.c
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 16
#define ITEMS 20000

struct ring {
	sem_t free_slots, items;
	int slot[SLOTS];
};

static struct ring *map_ring(const char *name)
{
	int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(struct ring)))
		return NULL;
	struct ring *ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (ring == MAP_FAILED)
		return NULL;
	sem_init(&ring->free_slots, 1, SLOTS);
	sem_init(&ring->items, 1, 0);
	return ring;
}

static void produce(struct ring *ring)
{
	for (int i = 0; i < ITEMS; i++) {
		sem_wait(&ring->free_slots);
		ring->slot[i % SLOTS] = i;
		sem_post(&ring->items);
	}
	_exit(0);
}

int main(void)
{
	char name[64];
	long sum = 0;
	snprintf(name, sizeof(name), "/sample_ring_%d", (int)getpid());
	struct ring *ring = map_ring(name);
	if (!ring)
		return 1;
	shm_unlink(name);
	if (fork() == 0)
		produce(ring);
	for (int i = 0; i < ITEMS; i++) {
		sem_wait(&ring->items);
		sum += ring->slot[i % SLOTS];
		sem_post(&ring->free_slots);
	}
	wait(NULL);
	printf("sum %ld\n", sum);
	return 0;
}
