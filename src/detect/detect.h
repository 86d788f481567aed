/* detect.h: findings: what the model proves, said for people. A pure function of the model: may be asked at any time of
 * a run. */
#ifndef MPW_DETECT_DETECT_H
#define MPW_DETECT_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

enum finding_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTE };

#define FINDING(code, slug, level, title, sample) FINDING_##code,
enum finding_code {
#include "detect/findings.def"
	FINDING_COUNT
};
#undef FINDING

struct finding_kind {
	const char *code, *slug; /* "F001", "fd-limit-hit" */
	enum finding_level level;
	const char *title, *sample;
	const char *explain; /* docs/findings/CODE.md */
};

extern const struct finding_kind finding_kinds[FINDING_COUNT];

#define FINDING_SEEN_MAX 12
#define FINDING_FACTS_MAX 24

/* A number for machines: what `seen` says in words. */
struct finding_fact {
	char name[32];
	uint64_t value;
};

/* Texts are UTF-8 with the program's own words in them: whoever prints them cleans them. In seen, why and
 * fix a newline begins a new line, whose leading spaces stay. All belong to the finding. */
struct finding {
	const struct finding_kind *kind;
	enum finding_level level;
	unsigned count; /* how many equal ones this stands for, >= 1 */
	uint64_t ts_ns; /* of the first */
	char *key;      /* equal findings have equal keys */
	char *title;
	char *verdict;                        /* one sentence for the head of the report, or NULL */
	bool verdict_for_all;                 /* it speaks of all that folded here, not of the first */
	const char *file, *function, *module; /* place, the innermost user frame; NULL not known. Owned by the model */
	uint32_t line;                        /* 0 not known */
	char *mark, *mark_note;               /* part of the source line to underline, and what to say of it; or NULL */
	char *seen[FINDING_SEEN_MAX];
	unsigned seen_count;
	struct finding_fact facts[FINDING_FACTS_MAX];
	unsigned fact_count;
	char *why, *fix;
	const char *sure; /* NULL certain, "likely", "possible" */
	char *who;        /* names of the processes of all that folded here: "w1, w2" */
	unsigned who_count;
};

struct findings {
	struct finding **list; /* worst first: level, then time */
	size_t count;
};

/* redact: no folders of paths, no names of opened files. */
void detect_run(struct model *model, bool redact, struct findings *out);
void findings_free(struct findings *findings);

/* "F001", "f001", "MPW-F001" or "fd-limit-hit" (length bytes of text); NULL if there is none. */
const struct finding_kind *finding_kind_by_name(const char *text, size_t length);
const char *finding_level_name(enum finding_level level);

#endif
