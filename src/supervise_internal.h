/* supervise_internal.h: the joint of the supervisor's parts: supervise.c (the loop), supervise_signals.c,
 * supervise_session.c (set-up and end), supervise_screen.c (the screen, its terminal, and who looks on). */
#ifndef MPW_SUPERVISE_INTERNAL_H
#define MPW_SUPERVISE_INTERNAL_H

#include <poll.h>

#include "collect.h"
#include "doorbell.h"
#include "drain.h"
#include "hang.h"
#include "recording.h"
#include "relay.h"
#include "sampler.h"
#include "session_symbols.h"
#include "sentinel.h"
#include "supervise.h"
#include "viewers.h"

struct supervisor {
	struct run *run;
	struct collect collect;
	struct drain *drain;
	struct sampler *sampler;
	struct recording_writer *writer;
	struct session_symbols *symbols;
	struct doorbell bell;
	int signals; /* signalfd */
	int socket;  /* listening, or -1 */
	pid_t root;
	int root_status;
	bool root_ended;
	bool no_recording; /* the one that was asked for could not be made */
	bool give_up;      /* asked to stop waiting */
	struct sentinel sentinel;
	uint64_t awake_ticks;       /* when we last looked at the world */
	uint64_t gap_ticks, gap_ns; /* begin of the last time in which we could not, 0: never; and when it ended */
	uint64_t continued_ns;      /* when SIGCONT came */
	unsigned asked;             /* SIGTERMs so far */
	uint64_t interrupts[3];     /* times of the latest Ctrl-C */
	uint64_t next_second_ns, next_waits_ns, next_runs_ns;
	bool something_runs; /* at the last look for Python threads that do */
	uint64_t last_birth_ns, last_record_ns;
	uint32_t births; /* in the last round */
	struct hang hang;
	struct viewers viewers;
	struct relay relay; /* open when the program has a terminal of its own */
	struct program_terminal terminal;
	bool on_terminal; /* it has */
	bool screen_left; /* its process said that it goes */
	uint64_t next_commit_ns, next_state_ns, next_names_ns;
	int32_t state, waiting; /* last told to the screen */
};

/* supervise_session.c */
int session_begin(struct supervisor *supervisor);
void session_end(struct supervisor *supervisor, struct run_result *result);
void session_abandon(struct supervisor *supervisor);

/* supervise_signals.c */
void signals_block(sigset_t *ours);
void signals_handle(struct supervisor *supervisor);
/* In every round: was there a time in which we did not run? */
void signals_note_gap(struct supervisor *supervisor);
void root_reap(struct supervisor *supervisor);
/* Returns when somebody has continued us. */
void signals_stop_ourselves(int number);
/* The time since then, in which the program was stopped as a job, counts nowhere. */
void signals_cut_out(struct supervisor *supervisor, uint64_t from_ticks);

/* supervise_screen.c */
int session_screen_begin(struct supervisor *supervisor);    /* before the program is started */
void session_screen_started(struct supervisor *supervisor); /* it runs */
void session_screen_round(struct supervisor *supervisor);
void session_screen_signal(struct supervisor *supervisor, int number); /* a key of the real terminal, for the program */
bool session_screen_reap(struct supervisor *supervisor, pid_t pid);    /* true: that was the screen's process */
/* The program has ended and the recording is complete: until the screen is left; then what was kept is printed. */
void session_screen_end(struct supervisor *supervisor);
void session_screen_abandon(struct supervisor *supervisor);

#endif
