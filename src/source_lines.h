/* source_lines.h: a line of somebody's source file, for the report. Trusts nothing about the file: name, size and
 * contents are foreign. */
#ifndef MPW_SOURCE_LINES_H
#define MPW_SOURCE_LINES_H

#include <stddef.h>
#include <stdint.h>

/* SOURCE events' `state`. */
enum source_state { SOURCE_READ, SOURCE_CHANGED, SOURCE_UNREADABLE };

#define SOURCE_TEXT_MAX 1024u       /* a longer line is cut */
#define SOURCE_FILE_MAX (64u << 20) /* a line further inside is not looked for */

/* Reads line `line` (from 1) of `file` into `text`, which has SOURCE_TEXT_MAX bytes, without its line end and otherwise
 * raw: control bytes and invalid UTF-8 are for whoever prints it. `directory` is where a relative name starts (NULL:
 * where we are). SOURCE_CHANGED if the file was modified after `started_unix_ns`, when the program read it;
 * SOURCE_UNREADABLE if it is no regular file, can not be opened or has no such line; `text` is empty then. */
enum source_state source_line_read(
	const char *directory, const char *file, unsigned line, uint64_t started_unix_ns, char *text);

#endif
