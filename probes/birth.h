/* birth.h: what all calls that make a process have in common. */
#ifndef MPW_PROBE_BIRTH_H
#define MPW_PROBE_BIRTH_H

#include <sys/types.h>

#include "probe.h"

/* Stack id for the birth or signal that the program asks for at `site`. No reason to load the unwinder: its mappings
 * would make each fork dearer. */
uint32_t birth_stack(struct probe_tls *t, const void *site);

/* The parent's record of a birth that began at `ticks`. how: enum start_how; child: its pid as the program sees it, 0
 * not known, below 0: it failed with `error`. */
void birth_tell(
	struct probe_tls *t, uint32_t call, uint32_t how, pid_t child, uint32_t stack, uint64_t ticks, int error);

#endif
