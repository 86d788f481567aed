/* format.h: numbers as people read them. Each writes into `buffer` and returns it. Three digits that matter, never cut.
 */
#ifndef MPW_BASE_FORMAT_H
#define MPW_BASE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_SIZE 48

const char *format_bytes(uint64_t bytes, char buffer[FORMAT_SIZE]); /* "0 B", "1.20 KiB", "38.4 GiB" */
const char *format_count(uint64_t count, char buffer[FORMAT_SIZE]); /* "1 640": thousands apart */
const char *format_seconds(
	uint64_t ns, char buffer[FORMAT_SIZE]); /* "0 s", "31 us", "2.10 s", "1 min 42 s", "3 h 5 min" */
const char *format_clock(uint64_t ns, char buffer[FORMAT_SIZE]); /* a moment of the run: "00:41.6" */
const char *format_signal(int number, char buffer[FORMAT_SIZE]); /* "SIGKILL", "signal 40" */

#endif
