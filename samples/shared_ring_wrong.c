/* shows: the same ring, but nobody unlinks the segment: it stays in /dev/shm after the program, one more for
 *        every run. (The sample uses one name only and takes an old one away first, so that trying it costs one
 *        file.)
 * ends: exit 0
 * expect: none
 * later: M001
 * twin: shared_ring_right.c
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
	const char *name = "/sample_ring_leaked";
	long sum = 0;
	shm_unlink(name);
	struct ring *ring = map_ring(name);
	if (!ring)
		return 1;
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
