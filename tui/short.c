/* short.c: numbers for narrow columns. */
#include "short.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/format.h"
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
	if (ns && ns < 1000)
		snprintf(buffer, SHORT_SIZE, "<1us");
	else if (ns < 1000000)
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

static enum short_units units;

void short_use_units(enum short_units wanted)
{
	units = wanted;
}

const char *short_bytes(uint64_t bytes, char buffer[SHORT_SIZE])
{
	static const char letters[] = "BKMGTPE";
	unsigned unit = 0, base = units == UNITS_SI ? 1000 : 1024;
	uint64_t whole = bytes, rest = 0;

	if (bytes == UNKNOWN)
		return unknown(buffer);
	while (whole >= 1000 && units != UNITS_BYTES) {
		rest = whole % base * 10 / base;
		whole /= base;
		unit++;
	}
	if (unit == 0)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64, bytes);
	else if (whole < 10)
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 ".%" PRIu64 "%c", whole, rest, letters[unit]);
	else
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 "%c", whole, letters[unit]);
	return buffer;
}

const char *long_bytes(uint64_t bytes, char buffer[SHORT_SIZE])
{
	static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)bytes;
	unsigned unit = 0;
	char text[FORMAT_SIZE];

	if (bytes == UNKNOWN)
		return unknown(buffer);
	if (units == UNITS_IEC) {
		snprintf(buffer, SHORT_SIZE, "%.*s", SHORT_SIZE - 1, format_bytes(bytes, text));
		return buffer;
	}
	while (value >= 1000 && units == UNITS_SI) {
		value /= 1000;
		unit++;
	}
	if (unit)
		snprintf(buffer, SHORT_SIZE, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, names[unit]);
	else
		snprintf(buffer, SHORT_SIZE, "%" PRIu64 " B", bytes);
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
