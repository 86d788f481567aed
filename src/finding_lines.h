/* finding_lines.h: how a finding is laid out in lines: quoted source with its mark, and parts such as "= seen:". The
 * report and the screens print the same lines; whoever takes one cleans and wraps it. */
#ifndef MPW_FINDING_LINES_H
#define MPW_FINDING_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes lines. A paragraph starts in column `indent` and goes on in column `hang`; a row is cut instead, and starts in
 * the first column. */
struct line_taker {
	void *context;
	unsigned width;
	/* The first `bold` bytes are the name of what follows. */
	void (*paragraph)(void *context, unsigned indent, unsigned hang, size_t bold, const char *text);
	void (*row)(void *context, const char *text);
};

/* A place in the program's source. Lines are whole, with their indentation. */
struct finding_quote {
	uint32_t line;
	const char *source, *above; /* source NULL: nothing to quote; above: the line before it, or NULL */
	const char *mark, *note;    /* part of the line to underline, what to say of it; or NULL */
};

/* The line, the one above it for orientation, and what is wrong with it. */
void finding_lines_quote(const struct finding_quote *quote, const struct line_taker *out);

/* "= seen: TEXT". `name` with its blanks, as "why:  ". A newline in the text begins a new line, whose leading blanks
 * stay. */
void finding_lines_part(const char *name, const char *text, const struct line_taker *out);

#endif
