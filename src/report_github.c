/* report_github.c: findings as workflow commands, the lines that GitHub shows beside the code of a change. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "report_print.h"

/* A value: what would end it, or the line, is written as %XX. Foreign text is cleaned first. */
static void put_value(struct str *out, const char *text, const char *special)
{
	char *clean = text_cleaned(text, TEXT_DATA);

	for (const char *at = clean; at && *at; at++) {
		if (*at == '%' || strchr(special, *at))
			str_printf(out, "%%%02X", (unsigned char)*at);
		else
			str_printf(out, "%c", *at);
	}
	free(clean);
}

/* GitHub knows files by their path in the repository, which is where the run began. */
static const char *path_in_repository(const struct report_rows *rows, const char *file)
{
	const char *cwd = model_run(rows->model)->run.cwd, *last = strrchr(file, '/');
	size_t length = cwd ? strlen(cwd) : 0;

	if (length && strncmp(file, cwd, length) == 0 && file[length] == '/')
		return file + length + 1;
	return rows->redact && last ? last + 1 : file;
}

void report_print_github(const struct report_rows *rows, FILE *file)
{
	static const char *const commands[] = {
		[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning", [LEVEL_NOTE] = "notice"};

	for (size_t i = 0; i < rows->finding_count; i++) {
		const struct finding *finding = rows->findings[i];
		struct str line = {0};

		str_printf(&line, "::%s ", commands[finding->level]);
		if (finding->file) {
			str_puts(&line, "file=");
			put_value(&line, path_in_repository(rows, finding->file), ":,");
			str_puts(&line, ",");
		}
		if (finding->file && finding->line)
			str_printf(&line, "line=%u,", finding->line);
		str_printf(&line, "title=MPW-%s::", finding->kind->code);
		put_value(&line, finding->title, "");
		fprintf(file, "%s\n", line.data);
		str_fini(&line);
	}
}
