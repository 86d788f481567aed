/* death.h: how a process died, as far as the model can prove it. Shared by the findings and the report's list of exits.
 */
#ifndef MPW_DETECT_DEATH_H
#define MPW_DETECT_DEATH_H

#include "model/model.h"

enum death_cause {
	DEATH_NONE,       /* alive, exited by itself, or status not known */
	DEATH_CRASH,      /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, and nobody sent it */
	DEATH_ON_PURPOSE, /* by an ancestor, a kill command run by one, the terminal, or together with its parent: no
			     failure */
	DEATH_BY_ITSELF,  /* it sent the signal to itself */
	DEATH_BY_TREE,    /* by a process of the run that is no ancestor */
	DEATH_OUTSIDE,    /* no watched process sent it */
	DEATH_BY_LIMIT,   /* SIGXCPU, SIGXFSZ: the kernel, for a limit */
};

struct death {
	enum death_cause cause;
	int sig;                 /* 0: not by a signal */
	const struct kill *kill; /* the one that did it, or NULL */
};

void death_find(struct model *model, const struct process *process, struct death *out);

#endif
