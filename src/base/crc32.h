/* crc32.h: CRC-32C (Castagnoli), the checksum of the recording's frames. */
#ifndef MPW_BASE_CRC32_H
#define MPW_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *data, size_t count);

#endif
