/* cmd_dump.c: mpwatch dump: where a live session stands, once, as text. */
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "control.h"
#include "dump.h"
#include "player.h"
#include "session_find.h"

#define STATUS_OK 0
#define STATUS_WRONG 2

#define PATIENCE_MS 1000
#define NEWS_MS 300 /* for what the session writes because we have come */
#define STEP_MS 20

static const char who[] = "mpwatch dump";

static int fail(const char *why)
{
	fprintf(stderr, "%s: %s\n", who, why);
	return STATUS_WRONG;
}

/* The run as it stands now, or NULL with one line in *why. */
static struct player *open_now(int socket, const char *path, const char **why)
{
	struct pollfd other = {.fd = socket, .events = 0};
	struct player *player = NULL;
	int error = -EAGAIN;
	bool over = false;

	for (int waited = 0; waited < (player ? NEWS_MS : PATIENCE_MS) && !over; waited += STEP_MS) {
		if (player && player_update(player) && waited >= NEWS_MS / 2)
			break;
		if (!player)
			error = player_open_live(path, &player, why);
		if (error && error != -EAGAIN)
			return NULL;
		over = poll(&other, 1, STEP_MS) > 0;
	}
	if (!player)
		*why = "the session has recorded nothing yet";
	return player;
}

static int dump(int socket)
{
	const char *why = "";
	struct control_message message;
	struct player *player;
	struct str text = {0};
	char path[40];
	int fds[2], rc;

	if (control_tell(socket, CONTROL_HELLO, CONTROL_VERSION, 0, NULL) != 0)
		return fail("the session is over");
	rc = control_welcome(socket, PATIENCE_MS, &message, fds, &why);
	if (rc < 0)
		return fail(why);
	if (fds[1] >= 0)
		close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	player = open_now(socket, path, &why);
	close(fds[0]);
	if (!player)
		return fail(why);
	dump_write(player_picture(player), strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? TEXT_UTF8 : TEXT_ASCII, &text);
	fputs(text.data, stdout);
	str_fini(&text);
	player_close(player);
	return fflush(stdout) == 0 ? STATUS_OK : STATUS_WRONG;
}

int cmd_dump(int argc, char **argv)
{
	bool help = argc > 1 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0);
	int socket, status;

	if (help || argc > 2 || (argc == 2 && *argv[1] == '-')) {
		fputs("usage: mpwatch dump [SESSION|PID]\n\nPrints once where the processes of a program that runs "
		      "under mpwatch wait, who waits for whom, and what was found.\n",
			help ? stdout : stderr);
		return help ? STATUS_OK : STATUS_WRONG;
	}
	socket = session_choose(argc == 2 ? argv[1] : NULL, who);
	if (socket < 0)
		return STATUS_WRONG;
	status = dump(socket);
	close(socket);
	return status;
}
