/* report_paper.h: lines of a report: cleaned, wrapped to the width, coloured if wanted. */
#ifndef MPW_REPORT_PAPER_H
#define MPW_REPORT_PAPER_H

#include <stdio.h>

#include "base/text.h"
#include "report.h"

enum paper_style { STYLE_PLAIN, STYLE_BOLD, STYLE_ERROR, STYLE_WARNING, STYLE_NOTE, STYLE_DIM };

struct paper {
	FILE *file;
	unsigned width;
	enum text_mode mode;
	bool color;
};

void paper_init(struct paper *paper, FILE *file, const struct report_options *options);
/* A line that starts in column `indent`; what is too long goes on at column `hang` of the next one, broken at spaces.
 */
void paper_wrap(struct paper *paper, unsigned indent, unsigned hang, const char *text);
/* The same; the first `styled` bytes of the text in a style. */
void paper_wrap_styled(
	struct paper *paper, unsigned indent, unsigned hang, enum paper_style style, size_t styled, const char *text);
/* A line cut at the width. */
void paper_row(struct paper *paper, const char *format, ...) __attribute__((format(printf, 2, 3)));
void paper_heading(struct paper *paper, const char *text, const char *rest);
void paper_empty(struct paper *paper);
/* Cleans text and pads or cuts it to exactly `columns`; the caller frees. */
char *paper_cell(const struct paper *paper, const char *text, unsigned columns);

#endif
