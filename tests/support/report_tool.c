/* report_tool.c: the verbs report and explain alone, for the golden tests: they need no probe and no collector. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	if (argc > 1 && strcmp(argv[1], "report") == 0)
		return cmd_report(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "explain") == 0)
		return cmd_explain(argc - 1, argv + 1);
	fputs("usage: report_tool report|explain ...\n", stderr);
	return 2;
}
