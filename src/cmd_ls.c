/* cmd_ls.c: mpwatch ls: the live sessions of this user. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "session_find.h"

int cmd_ls(int argc, char **argv)
{
	struct session_info *list;
	size_t count;

	if (argc > 1) {
		bool help = strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0;

		fputs("usage: mpwatch ls\n\nLists the programs that run under mpwatch now; mpwatch attach SESSION "
		      "shows one.\n",
			help ? stdout : stderr);
		return help ? 0 : 2;
	}
	count = session_list(0, &list);
	if (count)
		session_print(list, count);
	else
		puts("No program runs under mpwatch.");
	free(list);
	return fflush(stdout) == 0 ? 0 : 2;
}
