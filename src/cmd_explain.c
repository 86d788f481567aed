/* cmd_explain.c: mpwatch explain CODE | --list: the long text of a finding. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "detect/detect.h"

static const char usage[] = "usage: mpwatch explain CODE\n"
			    "       mpwatch explain --list\n"
			    "\n"
			    "  CODE  F001, MPW-F001 or its short name, fd-limit-hit\n";

static int list_findings(void)
{
	for (unsigned i = 0; i < FINDING_COUNT; i++) {
		const struct finding_kind *kind = &finding_kinds[i];

		printf("%-5s %-20s %-8s %s\n", kind->code, kind->slug, finding_level_name(kind->level), kind->title);
	}
	return fflush(stdout) == 0 ? 0 : 2;
}

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "mpwatch explain: %s", what);
	for (; name && *name; name++) /* foreign text never reaches a terminal raw */
		fputc(isprint((unsigned char)*name) && !(*name & 0x80) ? *name : '?', stderr);
	fputs("; see: mpwatch explain --list\n", stderr);
	return 2;
}

int cmd_explain(int argc, char **argv)
{
	const struct finding_kind *kind;

	if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc != 2)
		return fail(argc < 2 ? "which finding? Give its code" : "one finding at a time", NULL);
	if (strcmp(argv[1], "--list") == 0)
		return list_findings();
	if (argv[1][0] == '-')
		return fail("unknown option ", argv[1]);
	kind = finding_kind_by_name(argv[1], strlen(argv[1]));
	if (!kind)
		return fail("no such finding: ", argv[1]);
	printf("MPW-%s  %s  (%s)\n\n%s", kind->code, kind->slug, finding_level_name(kind->level), kind->explain);
	return fflush(stdout) == 0 ? 0 : 2;
}
