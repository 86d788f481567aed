/* short.h: numbers for narrow columns. UNKNOWN gives "-". Each writes into `buffer` and returns it. */
#ifndef MPW_TUI_SHORT_H
#define MPW_TUI_SHORT_H

#include <stdint.h>

#define SHORT_SIZE 32

/* How sizes are told: 96K and 1.9G of 1024, of 1000, or every byte. One setting for all screens. */
enum short_units { UNITS_IEC, UNITS_SI, UNITS_BYTES };
void short_use_units(enum short_units units);

const char *short_seconds(uint64_t ns, char buffer[SHORT_SIZE]);  /* "42ms", "0.4s", "61s", "12m04s", "3h05m" */
const char *short_bytes(uint64_t bytes, char buffer[SHORT_SIZE]); /* "0", "96K", "1.9G" */
const char *long_bytes(uint64_t bytes, char buffer[SHORT_SIZE]);  /* "38.4 GiB", "41.2 GB", "41231412312 B" */
const char *short_count(uint64_t count, char buffer[SHORT_SIZE]); /* "1702" */
const char *short_clock(uint64_t ns, char buffer[SHORT_SIZE]);    /* "00:41" */
const char *long_clock(uint64_t ns, char buffer[SHORT_SIZE]);     /* "00:01:42" */

#endif
