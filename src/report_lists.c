/* report_lists.c: the LISTs of --fail-on and --ignore: one parser, two uses. */
#include "report_lists.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "report.h"

/* "error" means errors only; "warning" and "note" mean that level and worse. */
static int level_of(const char *text, size_t length)
{
	for (int level = LEVEL_ERROR; level <= LEVEL_NOTE; level++) {
		const char *name = finding_level_name((enum finding_level)level);

		if (strlen(name) == length && strncasecmp(name, text, length) == 0)
			return level;
	}
	return -1;
}

static bool is_family(const char *text, size_t length)
{
	return length == 1 && strchr("FCSBDLUMNXfcsbdlumnx", text[0]);
}

static const char *check_name(const char *text, size_t length, bool levels)
{
	if (length == 0)
		return "empty entry";
	if (levels && level_of(text, length) >= 0)
		return NULL;
	if (is_family(text, length) || finding_kind_by_name(text, length))
		return NULL;
	if (levels && (memchr(text, '>', length) || memchr(text, '<', length)))
		return "measures are not available in this version; use levels, codes or families";
	return levels ? "is no level, code or family; see: mpwatch explain --list"
		      : "no such code or family; see: mpwatch explain --list";
}

static size_t name_length(const char *entry, size_t length)
{
	const char *at = memchr(entry, '@', length);

	return at ? (size_t)(at - entry) : length;
}

static int check_list(const char *list, bool levels, const char **why, const char **entry, size_t *length)
{
	do {
		*entry = list;
		*length = strcspn(list, ",");
		*why = check_name(list, levels ? *length : name_length(list, *length), levels);
		if (*why)
			return -EINVAL;
		list += *length;
	} while (*list++ == ',');
	return 0;
}

int report_check_fail_on(const char *list, const char **why, const char **entry, size_t *length)
{
	return check_list(list, true, why, entry, length);
}

int report_check_ignore(const char *list, const char **why, const char **entry, size_t *length)
{
	return check_list(list, false, why, entry, length);
}

static bool name_matches(const char *text, size_t length, const struct finding *finding)
{
	if (is_family(text, length))
		return toupper((unsigned char)text[0]) == finding->kind->code[0];
	return finding_kind_by_name(text, length) == finding->kind;
}

bool list_fails_on(const char *list, const struct finding *finding)
{
	while (list && *list) {
		size_t length = strcspn(list, ",");
		int level = level_of(list, length);

		if (level >= 0 ? (int)finding->level <= level : name_matches(list, length, finding))
			return true;
		list += length + (list[length] == ',');
	}
	return false;
}

/* "GLOB" or "GLOB:LINE" against the finding's place; the glob may be of the whole path or of its last part. */
static bool place_matches(const char *text, size_t length, const struct finding *finding)
{
	const char *slash = finding->file ? strrchr(finding->file, '/') : NULL;
	char *glob = mem_zalloc(1, length + 1), *colon;
	bool matches = false;

	memcpy(glob, text, length);
	colon = strrchr(glob, ':');
	if (colon && colon[1] && colon[1 + strspn(colon + 1, "0123456789")] == 0) {
		*colon = 0;
		if (strtoul(colon + 1, NULL, 10) != finding->line)
			goto out;
	}
	matches =
		finding->file && (fnmatch(glob, finding->file, 0) == 0 || (slash && fnmatch(glob, slash + 1, 0) == 0));
out:
	free(glob);
	return matches;
}

bool list_ignores(const char *list, const struct finding *finding)
{
	while (list && *list) {
		size_t length = strcspn(list, ","), name = name_length(list, length);

		if (name_matches(list, name, finding) &&
			(name == length || place_matches(list + name + 1, length - name - 1, finding)))
			return true;
		list += length + (list[length] == ',');
	}
	return false;
}
