/* hang.h: --hang-after: has anything moved? Moved is: bytes through descriptors, locks taken, births and ends, time on
 * a CPU worth the name. Polling is none, nor is a main thread that sleeps through all of it: its time comes. */
#ifndef MPW_HANG_H
#define MPW_HANG_H

#include <stdbool.h>
#include <stdint.h>

#include "drain.h"
#include "sampler.h"

struct hang {
	uint64_t after_ns; /* 0: nobody asked */
	uint64_t signature, cpu_ns;
	uint64_t looked_ns;
	uint64_t quiet_since_ns; /* 0: never looked */
	bool told;
	uint64_t stopped_ns; /* when the program was asked to end for it, 0: it was not */
	bool killed;
	bool interrupted; /* somebody sent a signal to end the program */
};

enum hang_news { HANG_NOTHING, HANG_NEW, HANG_OVER };

/* Once a second, behind the samples. HANG_NEW: nothing has moved for after_ns; HANG_OVER: it goes on after that was
 * said. */
enum hang_news hang_look(struct hang *hang, struct collect *collect, struct drain *drain, struct sampler *sampler);

/* SNAPSHOT event; cause: enum snapshot_cause. */
void hang_emit(const struct hang *hang, struct collect *collect, uint32_t cause);

/* Sends the signal to every watched process that is alive; `root_only`: to the first one. */
void hang_signal(struct collect *collect, int number, bool root_only);

#endif
