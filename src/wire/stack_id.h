/* stack_id.h: the number by which a probe names a native stack: the same for the same addresses. */
#ifndef MPW_WIRE_STACK_ID_H
#define MPW_WIRE_STACK_ID_H

#include <stdint.h>

/* Return addresses, innermost first. Never 0. */
static inline uint32_t stack_id(const uint64_t *addresses, int count)
{
	uint64_t hash = 0x9e3779b97f4a7c15u;

	for (int i = 0; i < count; i++) {
		hash ^= addresses[i];
		hash *= 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash ? (uint32_t)hash : 1;
}

#endif
