/* symbols_worker.c: the process that reads other people's program files. It owns nothing but its socket. */
#include "symbols_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "symbols_module.h"

enum { OPEN_MODULES = 32, MEMORY_MAX = 1 << 30, OLD_KERNEL_FDS = 1 << 16 };

/* Modules in use, the latest first; the last one makes room. One that can not be opened is kept too, with its error. */
static struct entry {
	char path[SYMBOLS_TEXT_MAX];
	struct module *module;
	int rc;
} * modules[OPEN_MODULES];

static struct entry *find_module(const char *path)
{
	struct entry *entry;
	unsigned at = 0;

	while (at < OPEN_MODULES - 1 && modules[at] && strcmp(modules[at]->path, path) != 0)
		at++;
	entry = modules[at];
	if (!entry || strcmp(entry->path, path) != 0) {
		if (!entry)
			entry = calloc(1, sizeof(*entry));
		if (!entry)
			_exit(1);
		module_close(entry->module);
		entry->module = NULL;
		snprintf(entry->path, sizeof(entry->path), "%s", path);
		entry->rc = module_open(path, &entry->module);
	}
	memmove(&modules[1], &modules[0], at * sizeof(modules[0]));
	modules[0] = entry;
	return entry;
}

static void answer(const struct symbols_question *question, struct symbols_answer *out)
{
	struct entry *entry = find_module(question->path);
	struct symbol symbol = {.function = "", .file = ""};

	out->rc = entry->rc;
	if (out->rc == 0 && question->build_id[0] && strcmp(question->build_id, module_build_id(entry->module)) != 0)
		out->rc = -ESTALE;
	if (out->rc == 0)
		out->rc = module_lookup(entry->module, question->offset, &symbol);
	out->line = symbol.line;
	snprintf(out->function, sizeof(out->function), "%s", symbol.function);
	snprintf(out->file, sizeof(out->file), "%s", symbol.file);
}

/* Keeps nothing of the session: not its files, pipes or terminal, whose readers must see the end of them. */
static void leave_session(int socket)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (dup2(socket, 3) != 3)
		_exit(1);
	if (close_range(4, UINT_MAX, 0) != 0) { /* kernels before 5.9 */
		for (int fd = 4; fd < OLD_KERNEL_FDS; fd++)
			close(fd);
	}
#ifndef __SANITIZE_ADDRESS__ /* whose shadow memory counts as data */
	setrlimit(RLIMIT_DATA, &(struct rlimit){MEMORY_MAX, MEMORY_MAX});
#endif
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	unsetenv("DEBUGINFOD_URLS"); /* libdwfl would ask the network */
}

void symbols_worker_run(int socket)
{
	static struct symbols_question question;
	static struct symbols_answer out;

	leave_session(socket);
	while (recv(3, &question, sizeof(question), 0) == (ssize_t)sizeof(question)) {
		answer(&question, &out);
		if (send(3, &out, sizeof(out), MSG_NOSIGNAL) != (ssize_t)sizeof(out))
			break;
	}
	_exit(0);
}
