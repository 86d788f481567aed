/* symbols.c: the session's end of the symbol process: starts it, asks, waits as long as the budget allows, buries it.
 */
#include "symbols.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "symbols_worker.h"

enum { MAX_BROKEN = 16 };

struct symbols {
	int64_t budget_ns;
	int patient, pending; /* the worker may still be at it: the question's answer is to come */
	pid_t worker;         /* 0: none */
	int socket;
	unsigned broken_count;
	char *broken[MAX_BROKEN]; /* files that ended a worker */
	struct symbols_question question;
	struct symbols_answer answer;
};

struct symbols *symbols_new(unsigned budget_ms)
{
	struct symbols *symbols = mem_zalloc(1, sizeof(*symbols));

	symbols->budget_ns = (int64_t)budget_ms * 1000000;
	return symbols;
}

void symbols_allow(struct symbols *symbols, unsigned budget_ms)
{
	symbols->budget_ns = (int64_t)budget_ms * 1000000;
	symbols->patient = 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void stop_worker(struct symbols *symbols)
{
	if (!symbols->worker)
		return;
	kill(symbols->worker, SIGKILL);
	/* ECHILD is fine: as PID 1 the session reaps whatever ends. */
	while (waitpid(symbols->worker, NULL, 0) < 0 && errno == EINTR)
		;
	close(symbols->socket);
	symbols->worker = 0;
}

static int start_worker(struct symbols *symbols)
{
	int ends[2];
	pid_t pid;

	if (symbols->worker)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		symbols_worker_run(ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	symbols->worker = pid;
	symbols->socket = ends[0];
	return 0;
}

/* Waits for the answer. 0, -ETIME, or -EIO if the worker ended instead. */
static int wait_answer(struct symbols *symbols, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - now_ns();
		struct timespec timeout = {left > 0 ? left / 1000000000 : 0, left > 0 ? left % 1000000000 : 0};
		struct pollfd poll = {.fd = symbols->socket, .events = POLLIN};
		int ready = ppoll(&poll, 1, &timeout, NULL);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			return -ETIME;
		return recv(symbols->socket, &symbols->answer, sizeof(symbols->answer), 0) ==
				       (ssize_t)sizeof(symbols->answer)
			       ? 0
			       : -EIO;
	}
}

static int ask(struct symbols *symbols, int64_t deadline)
{
	int rc = start_worker(symbols);

	if (rc)
		return rc;
	if (!symbols->pending && send(symbols->socket, &symbols->question, sizeof(symbols->question), MSG_NOSIGNAL) < 0)
		rc = -EIO;
	else
		rc = wait_answer(symbols, deadline);
	symbols->pending = rc == -ETIME && symbols->patient;
	if (rc && !symbols->pending)
		stop_worker(symbols);
	return rc;
}

static int is_broken(const struct symbols *symbols, const char *path)
{
	for (unsigned i = 0; i < symbols->broken_count; i++) {
		if (strcmp(symbols->broken[i], path) == 0)
			return 1;
	}
	return symbols->broken_count == MAX_BROKEN;
}

static int ask_within_budget(struct symbols *symbols)
{
	int64_t start = now_ns();
	int rc = ask(symbols, start + symbols->budget_ns);

	symbols->budget_ns -= now_ns() - start;
	if (rc == -EIO && symbols->broken_count < MAX_BROKEN)
		symbols->broken[symbols->broken_count++] = mem_copy_text(symbols->question.path);
	return rc;
}

/* An answer that is still to come and that nobody asks for any more. 0, or why not. */
static int take_old_answer(struct symbols *symbols, const char *path, uint64_t offset)
{
	int rc = 0;

	if (symbols->pending && (symbols->question.offset != offset || strcmp(symbols->question.path, path) != 0))
		rc = ask_within_budget(symbols);
	return rc == -EIO ? 0 : rc;
}

int symbols_lookup(struct symbols *symbols, const char *path, const char *build_id, uint64_t offset, struct symbol *out)
{
	struct symbols_question *question = &symbols->question;
	int rc;

	*out = (struct symbol){.function = "", .file = ""};
	if (path[0] != '/' || strlen(path) >= sizeof(question->path)) /* [vdso] and the like */
		return -ENOENT;
	if (is_broken(symbols, path))
		return -EIO;
	if (symbols->budget_ns <= 0)
		return -ETIME;
	rc = take_old_answer(symbols, path, offset);
	if (rc)
		return rc;
	question->offset = offset;
	snprintf(question->build_id, sizeof(question->build_id), "%s", build_id ? build_id : "");
	snprintf(question->path, sizeof(question->path), "%s", path);
	rc = ask_within_budget(symbols);
	if (rc || symbols->answer.rc)
		return rc ? rc : symbols->answer.rc;
	symbols->answer.function[sizeof(symbols->answer.function) - 1] = '\0';
	symbols->answer.file[sizeof(symbols->answer.file) - 1] = '\0';
	*out = (struct symbol){symbols->answer.function, symbols->answer.file, symbols->answer.line};
	return 0;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	stop_worker(symbols);
	for (unsigned i = 0; i < symbols->broken_count; i++)
		free(symbols->broken[i]);
	free(symbols);
}
