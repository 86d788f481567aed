// Exceptions that leave calls of libc: thrown by a signal handler in a blocked one, and cancellation that runs
// destructors.
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static int fds[2], destroyed;

struct note {
	~note() { destroyed++; }
};

static void throw_alarm(int)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, nullptr);
	throw std::runtime_error("alarm");
}

static void block(int how)
{
	char byte;

	if (how == 0)
		(void)!read(fds[0], &byte, 1);
	else if (how == 1)
		poll(nullptr, 0, -1);
	else
		sleep(100);
}

static void *cancelled(void *)
{
	note here;

	block(0);
	return nullptr;
}

int main()
{
	const struct itimerval soon = {{0, 0}, {0, 2000}};
	int caught = 0, works = 0, status = 0;
	char byte;

	if (pipe(fds))
		return 1;
	signal(SIGALRM, throw_alarm);
	for (int i = 0; i < 60; i++) {
		try {
			note here;

			setitimer(ITIMER_REAL, &soon, nullptr);
			block(i % 3);
		} catch (const std::runtime_error &) {
			caught++;
		}
		works += write(fds[1], "x", 1) == 1 && read(fds[0], &byte, 1) == 1;
	}
	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		pthread_create(&thread, nullptr, cancelled, nullptr);
		usleep(1000);
		pthread_cancel(thread);
		pthread_join(thread, nullptr);
	}
	pid_t child = fork();
	if (child == 0) {
		try {
			throw 7;
		} catch (int number) {
			_exit(number);
		}
	}
	waitpid(child, &status, 0);
	std::printf("caught %d works %d destroyed %d child %#x\n", caught, works, destroyed, status);
}
