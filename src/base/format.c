/* format.c: numbers as people read them. */
#include "base/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* `whole` units and `per_mille` of one more, with three digits that matter. */
static void put_three_digits(char *buffer, uint64_t whole, unsigned per_mille, const char *unit)
{
	if (whole >= 100)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 " %s", whole, unit);
	else if (whole >= 10)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 ".%u %s", whole, per_mille / 100, unit);
	else
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 ".%02u %s", whole, per_mille / 10, unit);
}

const char *format_bytes(uint64_t bytes, char buffer[FORMAT_SIZE])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned unit = 0;
	uint64_t whole = bytes, rest = 0;

	while (whole >= 1024) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 " B", bytes);
	else
		put_three_digits(buffer, whole, (unsigned)(rest * 1000 / 1024), units[unit]);
	return buffer;
}

const char *format_count(uint64_t count, char buffer[FORMAT_SIZE])
{
	char digits[32];
	size_t length, out = 0;

	snprintf(digits, sizeof(digits), "%" PRIu64, count);
	length = strlen(digits);
	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			buffer[out++] = ' ';
		buffer[out++] = digits[i];
	}
	buffer[out] = 0;
	return buffer;
}

const char *format_seconds(uint64_t ns, char buffer[FORMAT_SIZE])
{
	uint64_t seconds = ns / 1000000000;

	if (ns == 0)
		snprintf(buffer, FORMAT_SIZE, "0 s");
	else if (ns < 1000)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		put_three_digits(buffer, ns / 1000, (unsigned)(ns % 1000), "us");
	else if (ns < 1000000000)
		put_three_digits(buffer, ns / 1000000, (unsigned)(ns / 1000 % 1000), "ms");
	else if (seconds < 60)
		put_three_digits(buffer, seconds, (unsigned)(ns / 1000000 % 1000), "s");
	else if (seconds < 3600)
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
	else
		snprintf(buffer, FORMAT_SIZE, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600, seconds / 60 % 60);
	return buffer;
}

const char *format_clock(uint64_t ns, char buffer[FORMAT_SIZE])
{
	uint64_t seconds = ns / 1000000000;

	snprintf(buffer, FORMAT_SIZE, "%02" PRIu64 ":%02" PRIu64 ".%u", seconds / 60, seconds % 60,
		(unsigned)(ns / 100000000 % 10));
	return buffer;
}

const char *format_signal(int number, char buffer[FORMAT_SIZE])
{
	const char *name = sigabbrev_np(number);

	if (name)
		snprintf(buffer, FORMAT_SIZE, "SIG%s", name);
	else
		snprintf(buffer, FORMAT_SIZE, "signal %d", number);
	return buffer;
}
