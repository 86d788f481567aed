/* main.c: the verbs. A verb is one only as the exact first word; everything else is a program to run. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "commands.h"
#include "help.h"
#include "launch.h"
#include "options.h"

/* clang-format off */
static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments, *help;
} verbs[] = {
	{"run", cmd_run, "[OPTIONS] [--] PROGRAM [ARG...]", "watch a program (also without the word run)"},
	{"record", cmd_record, "[OPTIONS] [-o FILE.mpw] [--] PROGRAM [ARG...]", "the same, and keep the recording"},
	{"report", cmd_report, "[OPTIONS] FILE | --last", "the report of a recording"},
	{"attach", cmd_attach, "[OPTIONS] [SESSION | PID]", "a program that runs now, on the screen of another terminal"},
	{"dump", cmd_dump, "[SESSION | PID]", "where a program that runs now stands, once, as text"},
	{"ls", cmd_ls, "", "programs that run under mpwatch now"},
	{"tui", cmd_tui, "[OPTIONS] FILE | --last", "a recording on the screen, at any of its moments"},
	{"explain", cmd_explain, "CODE | --list", "what a finding means, with wrong and right code"},
	{"doctor", cmd_doctor, "", "is everything here that mpwatch needs?"},
	{"help", cmd_help, "", "this text"},
};
/* clang-format on */
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

int help_full(void)
{
	printf("mpwatch shows what the processes of a program do, what waits for what, and what failed.\n"
	       "\n"
	       "Examples:\n"
	       "  mpwatch python3 prog.py              run it with the screen; the report comes at the end\n"
	       "  mpwatch -n ./prog                    without the screen; mpwatch attach in a second terminal shows "
	       "it\n"
	       "  mpwatch -o report.txt ./prog args    the report goes to a file\n"
	       "  mpwatch --json r.json -q make -j4    JSON too; text only if something was found\n"
	       "  mpwatch record -o run.mpw ./prog     keep a recording, then: mpwatch report run.mpw\n"
	       "\n"
	       "Usage:\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  mpwatch %s%s %s\n      %s\n", i == 0 ? "[run]" : verbs[i].name, "", verbs[i].arguments,
			verbs[i].help);
	printf("\n"
	       "Options of run and record (before PROGRAM: all that follows PROGRAM is its own):\n");
	options_print();
	printf("\n"
	       "Exit status: the program's own. 125: mpwatch failed or was used wrongly; 126: the program cannot be "
	       "run;\n"
	       "127: not found; 124: ended by --on-hang=stop; 119: --fail-on matched. A program called like a verb: "
	       "mpwatch run report\n");
	return fflush(stdout) == 0 ? 0 : STATUS_FAILED;
}

int help_short(void)
{
	fputs("mpwatch shows what the processes of a program do, what waits for what, and what failed.\n"
	      "\n"
	      "usage: mpwatch [OPTIONS] PROGRAM [ARG...]\n"
	      "       mpwatch record|report|attach|dump|ls|tui|explain|doctor|help ...\n"
	      "\n"
	      "  mpwatch python3 prog.py\n"
	      "  mpwatch -o report.txt ./prog args\n"
	      "  mpwatch record -o run.mpw ./prog\n"
	      "\n"
	      "All options: mpwatch --help\n",
		stderr);
	return STATUS_FAILED;
}

int help_version(void)
{
	printf("mpwatch %s\n", MPW_VERSION);
	return fflush(stdout) == 0 ? 0 : STATUS_FAILED;
}

int cmd_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return help_full();
}

void help_suggest_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (text_distance(name, verbs[i].name, 2) <= 2 && strlen(name) > 2)
			say("Did you mean the verb: mpwatch %s ?", verbs[i].name);
}

/* A descriptor of ours on 0, 1 or 2 would get the messages of whoever writes there; the program finds them closed as
 * before. */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			break;
}

int main(int argc, char **argv)
{
	fill_standard_descriptors();
	setlocale(LC_CTYPE, "");
	if (argc < 2)
		return help_short();
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return cmd_run(argc, argv);
}
