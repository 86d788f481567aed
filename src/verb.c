#include "verb.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "run_store.h"

int verb_fail(const char *verb, const char *what, const char *name, const char *why)
{
	char *clean = text_cleaned(name ? name : "", TEXT_ASCII);

	fprintf(stderr, "mpwatch %s: %s%s%s%s\n", verb, what, clean, why ? ": " : "", why ? why : "");
	free(clean);
	return STATUS_WRONG;
}

static int reject_option(const char *verb, int option, char **argv)
{
	char letter[3] = {'-', (char)optopt, 0}, help[64];
	const char *name = optopt > 0 && optopt < 256 ? letter : argv[optind - 1];

	snprintf(help, sizeof(help), "see mpwatch %s --help", verb);
	return verb_fail(verb, option == ':' ? "a value is missing behind " : "unknown option ", name, help);
}

int verb_options(const char *verb, int argc, char **argv, const char *letters, const struct option *options,
	int (*take)(int option, void *context), void *context)
{
	int option, status;

	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		status = option == '?' || option == ':' ? reject_option(verb, option, argv) : take(option, context);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

int verb_recording(const char *verb, int argc, char **argv, bool want_last, char **path)
{
	*path = NULL;
	if (want_last && optind < argc)
		return verb_fail(verb, "either --last or a FILE, not both: ", argv[optind], NULL);
	if (!want_last && optind == argc)
		return verb_fail(verb, "which recording? Give a FILE or --last", NULL, NULL);
	if (argc - optind > 1)
		return verb_fail(verb, "one recording at a time: ", argv[optind + 1], NULL);
	if (!want_last)
		*path = mem_copy_text(argv[optind]);
	else
		*path = runs_latest();
	return *path ? STATUS_OK : verb_fail(verb, "no run was kept yet", NULL, "give the FILE of a recording");
}
