/* short.c: numbers for narrow columns. */
#include "short.h"

#include <inttypes.h>
#include <stdio.h>

#include "snapshot.h"

static const char *unknown(char buffer[SHORT_SIZE])
{
	snprintf(buffer, SHORT_SIZE, "-");
	return buffer;
}

const char *short_seconds(uint64_t ns, char buffer[SHORT_SIZE])
{
	uint64_t seconds = ns / 1000000000, tenths = ns / 100000000;

	if (ns == UNKNOWN)
		return unknown(buffer);
	if (ns < 1000000)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 "%s", ns / 1000, ns ? "us" : "s");
	else if (ns < 100000000)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 "ms", ns / 1000000);
	else if (seconds < 10)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 ".%" PRIu64 "s", seconds, tenths % 10);
	else if (seconds < 100)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 "s", seconds);
	else if (seconds < 6000)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 "m%02" PRIu64 "s", seconds / 60, seconds % 60);
	else
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 "h%02" PRIu64 "m", seconds / 3600, seconds / 60 % 60);
	return buffer;
}

const char *short_bytes(uint64_t bytes, char buffer[SHORT_SIZE])
{
	static const char units[] = "BKMGTPE";
	unsigned unit = 0;
	uint64_t whole = bytes, rest = 0;

	if (bytes == UNKNOWN)
		return unknown(buffer);
	while (whole >= 1000) {
		rest = whole % 1024 * 10 / 1024;
		whole /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64, bytes);
	else if (whole < 10)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 ".%" PRIu64 "%c", whole, rest, units[unit]);
	else
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 "%c", whole, units[unit]);
	return buffer;
}

const char *short_count(uint64_t count, char buffer[SHORT_SIZE])
{
	if (count == UNKNOWN)
		return unknown(buffer);
	snprintf(buffer, SHORT_SIZE, "%" PRIu64, count);
	return buffer;
}

const char *short_clock(uint64_t ns, char buffer[SHORT_SIZE])
{
	uint64_t seconds = ns / 1000000000;

	if (ns == UNKNOWN)
		return unknown(buffer);
	snprintf(buffer, SHORT_SIZE, "%02" PRIu64 ":%02" PRIu64, seconds / 60, seconds % 60);
	return buffer;
}

const char *long_clock(uint64_t ns, char buffer[SHORT_SIZE])
{
	uint64_t seconds = ns / 1000000000;

	snprintf(buffer, SHORT_SIZE, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600, seconds / 60 % 60,
		seconds % 60);
	return buffer;
}
