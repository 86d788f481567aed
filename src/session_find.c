#include "session_find.h"

#include <poll.h>
#include <signal.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/mem.h"
#include "base/text.h"
#include "control.h"
#include "proc_files.h"
#include "session_folder.h"

#define PATIENCE_MS 1000

struct found {
	struct session_info *list;
	size_t count;
	int32_t pid;
};

/* A stopped session does not answer. */
static bool ask(int socket, int32_t pid, struct control_message *reply)
{
	struct pollfd ready = {.fd = socket, .events = POLLIN};

	return control_tell(socket, CONTROL_ASK, pid, 0, NULL) == 0 && poll(&ready, 1, PATIENCE_MS) > 0 &&
	       control_receive(socket, reply, NULL) > 0 && reply->type == CONTROL_ANSWER;
}

static void add(void *context, const char *name, int socket)
{
	struct found *found = context;
	struct session_info *info;
	struct control_message reply;
	char *end;

	if (!ask(socket, found->pid, &reply))
		return;
	found->list = mem_resize(found->list, (found->count + 1) * sizeof(*found->list));
	info = &found->list[found->count++];
	*info = (struct session_info){.root = reply.a, .watches = reply.b != 0};
	info->seconds = strtoull(reply.text, &end, 10);
	snprintf(info->name, sizeof(info->name), "%.79s", name);
	snprintf(info->command, sizeof(info->command), "%.511s", *end ? end + 1 : end);
}

static int by_name(const void *a, const void *b)
{
	const struct session_info *x = a, *y = b;

	return strcmp(x->name, y->name);
}

size_t session_list(int32_t pid, struct session_info **out)
{
	struct found found = {.pid = pid};

	session_each(add, &found);
	if (found.count > 1)
		qsort(found.list, found.count, sizeof(*found.list), by_name);
	*out = found.list;
	return found.count;
}

void session_print(const struct session_info *list, size_t count)
{
	int width = 7;

	for (size_t i = 0; i < count; i++)
		width = (int)strlen(list[i].name) > width ? (int)strlen(list[i].name) : width;
	printf("%-*s %9s %9s  %s\n", width, "SESSION", "PID", "TIME", "COMMAND");
	for (size_t i = 0; i < count; i++) {
		char *command = text_cleaned(list[i].command, TEXT_UTF8);
		unsigned long long s = list[i].seconds;

		printf("%-*s %9d %3llu:%02llu:%02llu  %s\n", width, list[i].name, list[i].root, s / 3600, s / 60 % 60,
			s % 60, command);
		free(command);
	}
}

static int only_one(const char *who)
{
	struct session_info *list;
	size_t count = session_list(0, &list);
	int fd = -1;

	if (count == 1) {
		fd = session_connect(list[0].name);
		if (fd < 0)
			fprintf(stderr, "%s: session %s is over\n", who, list[0].name);
	} else if (count == 0) {
		fprintf(stderr, "%s: no program runs under mpwatch. Start one with: mpwatch CMD\n", who);
	} else {
		fprintf(stderr, "%s: which session? Give its name or a pid\n", who);
		fflush(stderr);
		session_print(list, count);
	}
	free(list);
	return fd;
}

/* "pid 812 was not started by mpwatch ..." */
static void say_unwatched(const char *who, int32_t pid)
{
	char *command = proc_cmdline(pid), *clean = text_cleaned(command ? command : "CMD", TEXT_UTF8);

	fprintf(stderr,
		"%s: pid %d was not started by mpwatch; the probe must be there from the start. Start it with: mpwatch "
		"%s\n",
		who, pid, clean);
	free(command);
	free(clean);
}

static int by_pid(const char *who, int32_t pid)
{
	struct session_info *list;
	size_t count = session_list(pid, &list);
	int fd = -ENOENT;

	for (size_t i = 0; i < count && fd == -ENOENT; i++)
		if (list[i].watches)
			fd = session_connect(list[i].name);
	free(list);
	if (fd >= 0)
		return fd;
	if (kill(pid, 0) == 0 || errno == EPERM)
		say_unwatched(who, pid);
	else
		fprintf(stderr, "%s: there is no session %d, and no process with this pid\n", who, pid);
	return -1;
}

int session_choose(const char *which, const char *who)
{
	char *end, *clean;
	long pid;
	int fd;

	if (!which)
		return only_one(who);
	fd = session_connect(which);
	if (fd >= 0)
		return fd;
	pid = strtol(which, &end, 10);
	if (!*end && end != which && pid > 0 && pid < INT32_MAX)
		return by_pid(who, (int32_t)pid);
	clean = text_cleaned(which, TEXT_UTF8);
	if (fd == -EACCES)
		fprintf(stderr, "%s: the folder of the sessions is not ours alone: see mpwatch doctor\n", who);
	else
		fprintf(stderr, "%s: there is no session called %s (mpwatch ls lists them)\n", who, clean);
	free(clean);
	return -1;
}
