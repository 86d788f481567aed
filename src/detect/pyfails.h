/* pyfails.h: which finding an exception of a Python program belongs to, decided in one place: one cause, one finding.
 * Inside of detect/ only. */
#ifndef MPW_DETECT_PYFAILS_H
#define MPW_DETECT_PYFAILS_H

#include "detect/detector.h"

#define LINE(fail, which) ((fail)->lines[which])

/* FINDING_COUNT: it is no finding of its own (caught, a consequence of an earlier one, or nobody's business). */
enum finding_code pyfail_code(const struct detection *detection, const struct pyfail *fail);

/* An exception that nobody caught and that is neither a finding nor told elsewhere. */
bool pyfail_is_news(struct model *model, const struct pyfail *fail);
bool pyfail_same(const struct pyfail *a, const struct pyfail *b);
/* Nobody caught it: it ended the program, a Process or a thread. */
bool pyfail_is_end(const struct pyfail *fail);
/* The first such end of `process` (NULL: any) at or after `fail` with the same exception, or NULL. */
const struct pyfail *pyfail_end(const struct pyfail *fail, const struct process *process);
/* The program's code that failed was called by the worker function itself: an initializer. */
bool pyfail_in_initializer(const struct pyfail *fail);
/* Workers that die of the same, one after the other, have the same key. */
char *pyfail_storm_key(const struct pyfail *fail);
/* The stack has a frame of this function (its name without class) of a file that ends so. */
bool stack_has(const struct detection *detection, uint32_t stack, const char *file_end, const char *function);
/* Was the main module of the process read from no file: standard input, -c, a prompt, a notebook? */
bool has_interactive_main(const struct process *process);
/* A channel that this process reads and several processes write into, or NULL. */
const struct channel *detection_has_many_writers(const struct detection *detection, const struct process *reader);
/* Is it the process that got a lock of its parent's memory (B014)? */
bool context_explains_death(const struct detection *detection, const struct process *process);

void seen_exception(struct finding *finding, const struct pyfail *fail);
/* "in main (pid 1), thread `X` (pool.py worker), at 00:01": for failures in a library's thread. */
void seen_where(struct detection *detection, struct finding *finding, const struct pyfail *fail);
/* The first exception that its parent got because of it: the pool is broken, a connection ended. That is the place
 * where there is no other. */
void seen_broken(struct detection *detection, struct finding *finding, const struct pyfail *fail);
/* How the failure reached the other processes: "main (pid 1) ended with BrokenProcessPool at prog.py:12 main()". */
void seen_consequence(struct detection *detection, struct finding *finding, const struct pyfail *end);

#endif
