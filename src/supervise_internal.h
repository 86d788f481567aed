/* supervise_internal.h: the joint of the supervisor's parts: supervise.c (the loop), supervise_signals.c,
 * supervise_session.c (set-up and end). */
#ifndef MPW_SUPERVISE_INTERNAL_H
#define MPW_SUPERVISE_INTERNAL_H

#include <poll.h>

#include "collect.h"
#include "doorbell.h"
#include "drain.h"
#include "recording.h"
#include "sampler.h"
#include "supervise.h"

struct supervisor {
	struct run *run;
	struct collect collect;
	struct drain *drain;
	struct sampler *sampler;
	struct recording_writer *writer;
	struct doorbell bell;
	int signals; /* signalfd */
	int socket;  /* listening, or -1 */
	pid_t root;
	int root_status;
	bool root_ended;
	bool no_recording;      /* the one that was asked for could not be made */
	bool give_up;           /* asked to stop waiting */
	unsigned asked;         /* SIGTERMs so far */
	uint64_t interrupts[3]; /* times of the latest Ctrl-C */
	uint64_t started_unix_ns;
	uint64_t next_second_ns;
	uint64_t last_birth_ns, last_record_ns;
};

/* supervise_session.c */
int session_begin(struct supervisor *supervisor);
void session_end(struct supervisor *supervisor, struct run_result *result);
void session_abandon(struct supervisor *supervisor);

/* supervise_signals.c */
void signals_block(sigset_t *ours);
void signals_handle(struct supervisor *supervisor);
void root_reap(struct supervisor *supervisor);

#endif
