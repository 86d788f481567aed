/* quote.c: see quote.h. Reads one line as text: no grammar, but nothing is taken out of a string or a longer name. */
#include "detect/quote.h"

#include <ctype.h>
#include <string.h>

static const char *line_of(const struct detection *detection, const struct finding *finding)
{
	struct source_line source;

	if (!finding->file || detection->redact ||
		!model_source(detection->model, finding->file, finding->line, &source) || source.state)
		return NULL;
	return source.text;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* The next place of `name` as a whole word at or behind `at`. */
static const char *word_find(const char *line, const char *at, const char *name)
{
	size_t length = strlen(name);

	while (length && (at = strstr(at, name))) {
		if ((at == line || !is_name(at[-1])) && !is_name(at[length]))
			return at;
		at++;
	}
	return NULL;
}

/* Begin of "a.b(...).name". */
static const char *chain_begin(const char *line, const char *at)
{
	while (at > line) {
		int depth = 0;

		if (is_name(at[-1]) || at[-1] == '.') {
			at--;
			continue;
		}
		if (*at != '.' || !strchr(")]", at[-1]))
			break;
		do {
			at--;
			depth += strchr(")]", *at) ? 1 : strchr("([", *at) ? -1 : 0;
		} while (at > line && depth);
	}
	return at;
}

/* Behind the bracket that closes the one at `at`; the line's end if that is on another line. */
static const char *bracket_end(const char *at)
{
	int depth = 0;
	char quote = 0;

	for (; *at; at++) {
		if (quote) {
			if (*at == '\\' && at[1])
				at++;
			else if (*at == quote)
				quote = 0;
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (strchr("([{", *at)) {
			depth++;
		} else if (strchr(")]}", *at) && --depth == 0) {
			return at + 1;
		}
	}
	return at;
}

char *quote_name(const struct detection *detection, const struct finding *finding, const char *method)
{
	const char *line = line_of(detection, finding), *at = line;

	while (at && (at = word_find(line, at, method))) {
		const char *begin = chain_begin(line, at), *end = at + strlen(method);

		if (*end != '(' && *end != '=')
			return str_make("%.*s", (int)(end - begin), begin);
		at = end;
	}
	return NULL;
}

char *quote_call(const struct detection *detection, const struct finding *finding, const char *function, bool head)
{
	const char *line = line_of(detection, finding), *at = line;

	while (at && (at = word_find(line, at, function))) {
		const char *begin = chain_begin(line, at), *end = at + strlen(function);

		if (*end == '(' && strncmp(begin, "def ", 4) != 0)
			return str_make("%.*s", (int)((head ? end : bracket_end(end)) - begin), begin);
		at = end;
	}
	return NULL;
}

char *quote_line(const struct detection *detection, const struct finding *finding)
{
	const char *line = line_of(detection, finding);
	size_t length;

	if (!line)
		return NULL;
	line += strspn(line, " \t");
	length = strlen(line);
	while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	return str_make("%.*s", (int)length, line);
}
