#include "sentinel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* kill(2) gives a signal to one member of a group after the other: between two of them there are microseconds. */
#define PATIENCE_MS 15

static void run(uint32_t *counts, pid_t parent)
{
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "mpwatch-group");
	close_range(0, ~0u, 0);
	if (getppid() != parent)
		_exit(0);
	sigfillset(&all);
	for (;;) {
		int number = sigwaitinfo(&all, NULL);

		if (number > 0 && number < SENTINEL_SIGNALS)
			__atomic_fetch_add(&counts[number], 1, __ATOMIC_RELEASE);
	}
}

int sentinel_start(struct sentinel *sentinel)
{
	sigset_t all, before;
	pid_t parent = getpid(), pid;

	memset(sentinel, 0, sizeof(*sentinel));
	sentinel->counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sentinel->counts == MAP_FAILED) {
		sentinel->counts = NULL;
		return -errno;
	}
	sigfillset(&all); /* it must never be without them blocked */
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		run(sentinel->counts, parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	sentinel->pid = pid > 0 ? pid : 0;
	return pid < 0 ? -errno : 0;
}

bool sentinel_got(struct sentinel *sentinel, int number)
{
	const struct timespec pause = {0, 1000000};

	if (!sentinel->pid || number <= 0 || number >= SENTINEL_SIGNALS)
		return false;
	for (int i = 0; i < PATIENCE_MS; i++) {
		uint32_t count = __atomic_load_n(&sentinel->counts[number], __ATOMIC_ACQUIRE);

		if (count != sentinel->seen[number]) {
			sentinel->seen[number] = count;
			return true;
		}
		nanosleep(&pause, NULL);
	}
	return false;
}

void sentinel_stop(struct sentinel *sentinel)
{
	if (sentinel->pid) {
		kill(sentinel->pid, SIGKILL);
		waitpid(sentinel->pid, NULL, 0);
	}
	if (sentinel->counts)
		munmap(sentinel->counts, 4096);
	memset(sentinel, 0, sizeof(*sentinel));
}
