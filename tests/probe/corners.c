/* corners: more programs like those of hazards.c: each way out of a call that blocks, crowds of threads, filters that
 * kill. The same test runs them. usage: corners NAME | corners --list */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"

/* --- calls that block for ever --- */

static struct {
	int empty[2], full[2], pair[2], listening, locked, epoll, queue, semaphores;
	sem_t *semaphore;
	mqd_t messages;
	pid_t child;
	char fifo[64];
} world;

static char buffer[1 << 20];
static const struct timespec hour = {3600, 0};

static void do_read(void)
{
	(void)!read(world.empty[0], buffer, 1);
}
static void do_readv(void)
{
	(void)!readv(world.empty[0], &(struct iovec){buffer, 1}, 1);
}
static void do_write(void)
{
	(void)!write(world.full[1], buffer, sizeof(buffer));
}
static void do_recv(void)
{
	recv(world.pair[0], buffer, 1, 0);
}
static void do_recvmsg(void)
{
	recvmsg(world.pair[0], &(struct msghdr){.msg_iov = &(struct iovec){buffer, 1}, .msg_iovlen = 1}, 0);
}
static void do_send(void)
{
	send(world.pair[1], buffer, sizeof(buffer), 0);
}
static void do_poll(void)
{
	poll(&(struct pollfd){world.empty[0], POLLIN, 0}, 1, -1);
}
static void do_ppoll(void)
{
	ppoll(&(struct pollfd){world.empty[0], POLLIN, 0}, 1, &hour, NULL);
}
static void do_epoll(void)
{
	epoll_wait(world.epoll, &(struct epoll_event){0}, 1, -1);
}
static void do_sem(void)
{
	sem_wait(world.semaphore);
}
static void do_sleep(void)
{
	nanosleep(&hour, NULL);
}
static void do_clock_sleep(void)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, NULL);
}
static void do_waitpid(void)
{
	waitpid(world.child, NULL, 0);
}
static void do_waitid(void)
{
	waitid(P_PID, (id_t)world.child, &(siginfo_t){0}, WEXITED | WNOWAIT);
}
static void do_accept(void)
{
	accept(world.listening, NULL, NULL);
}
static void do_flock(void)
{
	flock(world.locked, LOCK_EX);
}
static void do_fifo(void)
{
	(void)!open(world.fifo, O_RDONLY);
}
static void do_msgrcv(void)
{
	(void)!msgrcv(world.queue, buffer, 100, 0, 0);
}
static void do_semop(void)
{
	semop(world.semaphores, &(struct sembuf){0, -1, 0}, 1);
}
static void do_mq(void)
{
	(void)!mq_receive(world.messages, buffer, sizeof(buffer), NULL);
}
static void do_pause(void)
{
	pause();
}

static void do_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(world.empty[0], &set);
	select(world.empty[0] + 1, &set, NULL, NULL, NULL);
}

static void do_sem_timed(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3600;
	sem_timedwait(world.semaphore, &until);
}

/* flock() is no cancellation point. */
static const struct {
	const char *name;
	void (*call)(void);
	int not_cancelled;
} calls[] = {{"read", do_read, 0}, {"readv", do_readv, 0}, {"write", do_write, 0}, {"recv", do_recv, 0},
	{"recvmsg", do_recvmsg, 0}, {"send", do_send, 0}, {"poll", do_poll, 0}, {"ppoll", do_ppoll, 0},
	{"select", do_select, 0}, {"epoll_wait", do_epoll, 0}, {"sem_wait", do_sem, 0},
	{"sem_timedwait", do_sem_timed, 0}, {"nanosleep", do_sleep, 0}, {"clock_nanosleep", do_clock_sleep, 0},
	{"waitpid", do_waitpid, 0}, {"waitid", do_waitid, 0}, {"accept", do_accept, 0}, {"flock", do_flock, 1},
	{"open", do_fifo, 0}, {"msgrcv", do_msgrcv, 0}, {"semop", do_semop, 1}, {"mq_receive", do_mq, 0},
	{"pause", do_pause, 0}};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void world_make(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[] = "/tmp/corners-XXXXXX";
	struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 100};
	int other = mkstemp(name), size = 4096;

	(void)!pipe(world.empty);
	(void)!pipe(world.full);
	socketpair(AF_UNIX, SOCK_STREAM, 0, world.pair);
	setsockopt(world.pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	world.listening = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(world.listening, (struct sockaddr *)&address, sizeof(sa_family_t)); /* a name of the kernel's */
	listen(world.listening, 1);
	world.locked = open(name, O_RDWR);
	flock(other, LOCK_EX);
	unlink(name);
	snprintf(world.fifo, sizeof(world.fifo), "/tmp/corners-fifo-%d", (int)getpid());
	mkfifo(world.fifo, 0600);
	world.epoll = epoll_create1(0);
	epoll_ctl(world.epoll, EPOLL_CTL_ADD, world.empty[0], &(struct epoll_event){.events = EPOLLIN});
	world.semaphore = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sem_init(world.semaphore, 1, 0);
	world.queue = msgget(IPC_PRIVATE, 0600);
	world.semaphores = semget(IPC_PRIVATE, 1, 0600);
	snprintf(name, sizeof(name), "/corners-%d", (int)getpid());
	world.messages = mq_open(name, O_CREAT | O_RDWR, 0600, &small);
	mq_unlink(name);
	world.child = fork();
	if (world.child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
}

static void world_end(void)
{
	kill(world.child, SIGKILL);
	status_of(world.child);
	unlink(world.fifo);
	msgctl(world.queue, IPC_RMID, NULL);
	semctl(world.semaphores, 0, IPC_RMID);
}

static int pipes_still_work(void)
{
	int fds[2], ok;
	char byte = 0;

	ok = pipe(fds) == 0 && write(fds[1], "x", 1) == 1 && read(fds[0], &byte, 1) == 1 && byte == 'x';
	close(fds[0]);
	close(fds[1]);
	return ok;
}

static sigjmp_buf escape;

static void jump(int sig)
{
	(void)sig;
	siglongjmp(escape, 1);
}

static void case_jump_out(void)
{
	struct itimerval soon = {.it_value = {0, 3000}};

	world_make();
	signal(SIGALRM, jump);
	for (volatile unsigned i = 0; i < CALLS; i++) {
		for (volatile int round = 0; round < 5; round++) {
			if (sigsetjmp(escape, 1))
				continue;
			setitimer(ITIMER_REAL, &soon, NULL);
			for (;;)
				calls[i].call(); /* a full pipe is full only after the first */
		}
		check(pipes_still_work(), calls[i].name);
	}
	world_end();
}

static volatile sig_atomic_t interrupted;

static void note(int sig)
{
	(void)sig;
	interrupted++;
}

/* EINTR comes through, with the errno that the program saw bare. */
static void case_interrupted(void)
{
	struct itimerval often = {{0, 3000}, {0, 3000}};
	struct sigaction action = {.sa_handler = note};

	world_make();
	sigaction(SIGALRM, &action, NULL);
	for (unsigned i = 0; i < CALLS; i++) {
		int error;

		interrupted = 0;
		setitimer(ITIMER_REAL, &often, NULL);
		do {
			errno = 0;
			calls[i].call();
			error = errno;
		} while (!interrupted);
		setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
		printf("%s: %s\n", calls[i].name, error == EINTR ? "EINTR" : error ? "another error" : "done in part");
	}
	check(pipes_still_work(), "afterwards");
	world_end();
}

static void *block(void *arg)
{
	for (;;)
		((void (*)(void))arg)();
	return NULL;
}

static void case_cancel_all(void)
{
	world_make();
	for (unsigned i = 0; i < CALLS; i++) {
		int cancelled = 0;

		if (calls[i].not_cancelled)
			continue;
		for (int round = 0; round < 5; round++) {
			pthread_t thread;
			void *result;

			pthread_create(&thread, NULL, block, (void *)calls[i].call);
			if (round % 2)
				usleep(2000);
			pthread_cancel(thread);
			pthread_join(thread, &result);
			cancelled += result == PTHREAD_CANCELED;
		}
		printf("%s: %d cancelled\n", calls[i].name, cancelled);
	}
	check(pipes_still_work(), "afterwards");
	world_end();
}

/* --- crowds --- */

static int gate[2];
static pthread_barrier_t barrier;

static void *wait_at_gate(void *arg)
{
	char byte = 0;

	pthread_barrier_wait(&barrier);
	return read(gate[0], &byte, 1) == 1 && byte == 'g' ? arg : NULL;
}

static void case_thousand_threads(void)
{
	static pthread_t threads[1000];
	pthread_attr_t attributes;
	long sum = 0;

	(void)!pipe(gate);
	pthread_barrier_init(&barrier, NULL, 1001);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	for (long i = 0; i < 1000; i++)
		if (pthread_create(&threads[i], &attributes, wait_at_gate, (void *)(i + 1)) != 0)
			abort();
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 1000; i++)
		(void)!write(gate[1], "g", 1);
	for (int i = 0; i < 1000; i++) {
		void *result = NULL;

		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("sum %ld\n", sum);
	check(sum == 500500, "a thousand threads at once");
}

/* --- restrictions --- */

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Whatever the program does not need kills it. */
static int filter_on(void)
{
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_close), ALLOW(SYS_pipe), ALLOW(SYS_pipe2), ALLOW(SYS_poll),
		ALLOW(SYS_clock_nanosleep), ALLOW(SYS_clone), ALLOW(SYS_wait4), ALLOW(SYS_set_robust_list),
		ALLOW(SYS_exit_group), ALLOW(SYS_dup), ALLOW(SYS_gettid), /* raise() and fork() of libc */
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void filtered_life(void)
{
	const struct timespec moment = {0, 1000000};
	char line[] = "forked under the filter\n";
	pid_t child;
	int fds[2], status = 0;

	for (int i = 0; i < 300; i++) {
		if (!pipes_still_work())
			_exit(3);
		(void)!pipe(fds);
		poll(&(struct pollfd){fds[0], POLLIN, 0}, 1, 1);
		close(dup(fds[0]));
		close(fds[0]);
		close(fds[1]);
	}
	nanosleep(&moment, NULL);
	child = fork();
	if (child == 0) {
		(void)!write(1, line, sizeof(line) - 1);
		_exit(pipes_still_work() ? 4 : 5);
	}
	_exit(waitpid(child, &status, 0) == child && status == 4 << 8 ? 6 : 7);
}

static void case_seccomp_filter(void)
{
	pid_t child;

	for (int i = 0; i < 200; i++) /* who watches has seen creations enough to look at their stacks */
		pipes_still_work();
	child = fork();

	if (child == 0) {
		if (filter_on() != 0)
			_exit(2);
		filtered_life();
	}
	printf("filtered %#x\n", status_of(child));
	child = fork();
	if (child == 0) { /* the filter is the first thing that it does */
		syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (filter_on() != 0)
			_exit(2);
		_exit(pipes_still_work() ? 8 : 9);
	}
	printf("filtered at once %#x\n", status_of(child));
}

/* An exec behind a filter that allows what a plain program's start takes, and kills all else. */
static void case_seccomp_exec(void)
{
	struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_close), ALLOW(SYS_execve), ALLOW(SYS_brk), ALLOW(SYS_mmap),
		ALLOW(SYS_mprotect), ALLOW(SYS_munmap), ALLOW(SYS_access), ALLOW(SYS_openat), ALLOW(SYS_pread64),
		ALLOW(SYS_newfstatat), ALLOW(SYS_fstat), ALLOW(SYS_arch_prctl), ALLOW(SYS_set_tid_address),
		ALLOW(SYS_set_robust_list), ALLOW(SYS_rseq), ALLOW(SYS_prlimit64), ALLOW(SYS_getrandom),
		ALLOW(SYS_exit_group), ALLOW(SYS_exit), ALLOW(SYS_lseek), ALLOW(SYS_fadvise64),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
			_exit(2);
		execl("/bin/true", "true", (char *)NULL);
		_exit(3);
	}
	printf("exec behind a filter %#x\n", status_of(child));
}

static void case_not_dumpable(void)
{
	pid_t child;

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	child = fork();
	if (child == 0)
		_exit(pipes_still_work() ? 3 : 4);
	printf("child %#x\n", status_of(child));
	check(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && pipes_still_work(), "not dumpable");
}

/* A program that keeps everything in memory, from the start. */
static void case_locked_memory(void)
{
	struct rlimit limit;
	pid_t child;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	printf("mlockall %d\n", mlockall(MCL_CURRENT | MCL_FUTURE));
	child = fork();
	if (child == 0)
		_exit(pipes_still_work() ? 3 : 4);
	printf("child %#x\n", status_of(child));
	check(pipes_still_work(), "locked memory");
}

/* The kernel says EFAULT; who looks first, crashes. */
static void case_bad_pointers(void)
{
	void *volatile bad = (void *)8;
	int ends[2], pair[2], epoll = epoll_create1(0);
	pid_t child = fork();

	if (child == 0)
		_exit(5);
	check(epoll >= 0 && pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0, "descriptors");
	check(write(ends[1], "x", 1) == 1 && write(pair[0], "x", 1) == 1, "something to read");
#define TRY(call)                                                                                                      \
	errno = 0;                                                                                                     \
	printf("%s %d", #call, (int)(call));                                                                           \
	printf(" %s\n", strerror(errno))
	TRY(poll(bad, 1, 10));
	TRY(poll(bad, 1, 0));
	TRY(ppoll(bad, 1, NULL, NULL));
	TRY(select(ends[0] + 1, bad, NULL, NULL, NULL));
	TRY(epoll_wait(epoll, bad, 1, 0));
	TRY(read(ends[0], bad, 1));
	TRY(readv(ends[0], bad, 1));
	TRY(write(ends[1], bad, 1));
	TRY(recv(pair[1], bad, 1, MSG_DONTWAIT));
	TRY(recvmsg(pair[1], bad, MSG_DONTWAIT));
	TRY(sendmsg(pair[0], bad, 0));
	TRY(pipe(bad));
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, bad));
	TRY(accept(pair[0], bad, bad));
	TRY(connect(pair[0], bad, 16));
	TRY(open(bad, O_RDONLY));
	TRY(openat(AT_FDCWD, bad, O_RDONLY));
	TRY(memfd_create(bad, 0));
	TRY(execve(bad, NULL, NULL));
	TRY(waitpid(child, bad, 0));
	TRY(nanosleep(bad, NULL));
	TRY(sigwaitinfo(bad, NULL));
	TRY(msgsnd(1, bad, 1, IPC_NOWAIT));
	TRY(semop(1, bad, 1));
#undef TRY
}

static const struct named_case cases[] = {
	{"jump_out", case_jump_out},
	{"interrupted", case_interrupted},
	{"cancel_all", case_cancel_all},
	{"thousand_threads", case_thousand_threads},
	{"seccomp_filter", case_seccomp_filter},
	{"seccomp_exec", case_seccomp_exec},
	{"not_dumpable", case_not_dumpable},
	{"locked_memory", case_locked_memory},
	{"bad_pointers", case_bad_pointers},
};

int main(int argc, char **argv)
{
	return cases_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
