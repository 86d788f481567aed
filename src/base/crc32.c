/* crc32.c: CRC-32C, a nibble at a time: the table needs no set-up, and a recording's few kilobytes a second need no
 * more. */
#include "base/crc32.h"

#define POLYNOMIAL 0x82f63b78u
#define STEP(crc) ((crc) >> 1 ^ ((crc)&1 ? POLYNOMIAL : 0))
#define NIBBLE(n) STEP(STEP(STEP(STEP((uint32_t)(n)))))
#define FOUR(n) NIBBLE(n), NIBBLE((n) + 1), NIBBLE((n) + 2), NIBBLE((n) + 3)

static const uint32_t table[16] = {FOUR(0), FOUR(4), FOUR(8), FOUR(12)};

uint32_t crc32c(const void *data, size_t count)
{
	const uint8_t *at = data;
	uint32_t crc = UINT32_MAX;

	while (count--) {
		crc ^= *at++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}
