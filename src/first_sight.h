/* first_sight.h: is the probe in this process, and if not, why? */
#ifndef MPW_FIRST_SIGHT_H
#define MPW_FIRST_SIGHT_H

#include "watched.h"

enum sight {
	SIGHT_WATCHED,   /* the probe is loaded */
	SIGHT_TOO_EARLY, /* still between exec and the loader's work */
	SIGHT_UNWATCHED,
	SIGHT_NOTHING /* it is gone, or /proc is refused */
};

/* `reason`: enum unwatched_reason for SIGHT_UNWATCHED. */
enum sight first_sight(const struct watched *process, uint32_t *reason);

#endif
