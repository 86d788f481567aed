/* session.h: a session's number, and how it travels in the path of the preloaded library.
 *
 * LD_PRELOAD is the only variable the program sees. Its first entry is the library's real path, with 56 steps between
 * directory and file name that the kernel ignores: "/." for a 1 bit, "/" for a 0 bit, most significant first. The
 * number is the supervisor's host pid (24 bits), the arena's descriptor number in the supervisor (10 bits), 22 random
 * bits. No malloc, no stdio: both sides include it. */
#ifndef MPW_WIRE_SESSION_H
#define MPW_WIRE_SESSION_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SESSION_BITS 56
#define SESSION_RANDOM_BITS 22
#define SESSION_FD_BITS 10
#define SESSION_LIBRARY "/libmpwatch.so"
/* Room for the path noise and the file name behind a directory of any length. */
#define SESSION_PATH_EXTRA (2 * SESSION_BITS + sizeof(SESSION_LIBRARY))

static inline uint64_t session_number(int32_t supervisor, int fd, uint32_t random)
{
	return ((uint64_t)(supervisor & 0xffffff) << 32) | ((uint64_t)(fd & 0x3ff) << SESSION_RANDOM_BITS) |
	       (random & ((1u << SESSION_RANDOM_BITS) - 1));
}

static inline int32_t session_supervisor(uint64_t session)
{
	return (int32_t)(session >> 32 & 0xffffff);
}

static inline int session_fd(uint64_t session)
{
	return (int)(session >> SESSION_RANDOM_BITS & 0x3ff);
}

/* Also the low bits of arena_control.nonce: proves that an opened memfd is this session's. */
static inline uint32_t session_random(uint64_t session)
{
	return (uint32_t)(session & ((1u << SESSION_RANDOM_BITS) - 1));
}

/* Writes directory + noise + "/libmpwatch.so" into `out` (NUL-terminated). 0, or -1 if it does not fit. */
static inline int session_encode(const char *directory, uint64_t session, char *out, size_t size)
{
	size_t length = strlen(directory);

	while (length > 1 && directory[length - 1] == '/')
		length--;
	if (size < length || size - length < SESSION_PATH_EXTRA)
		return -1;
	memcpy(out, directory, length);
	out += length;
	for (int bit = SESSION_BITS - 1; bit >= 0; bit--) {
		*out++ = '/';
		if (session >> bit & 1)
			*out++ = '.';
	}
	memcpy(out, SESSION_LIBRARY, sizeof(SESSION_LIBRARY));
	return 0;
}

/* Reads the number back: 0 and *session, or -1 if the path carries none (the library was preloaded by hand). */
static inline int session_decode(const char *path, uint64_t *session)
{
	size_t length = path ? strlen(path) : 0, library = sizeof(SESSION_LIBRARY) - 1;
	const char *at;
	uint64_t number = 0;

	if (length <= library || memcmp(path + length - library, SESSION_LIBRARY, library) != 0)
		return -1;
	at = path + length - library;
	for (int bit = 0; bit < SESSION_BITS; bit++) {
		uint64_t one = 0;

		if (at > path && at[-1] == '.') {
			one = 1;
			at--;
		}
		if (at == path || at[-1] != '/')
			return -1;
		at--;
		number |= one << bit;
	}
	*session = number;
	return 0;
}

/* Unsigned decimal into `out`; returns the end. */
static inline char *session_decimal(char *out, uint32_t value)
{
	char digits[10];
	int count = 0;

	do
		digits[count++] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	while (count)
		*out++ = digits[--count];
	return out;
}

/* "/proc/<supervisor>/fd/<n>": at most 32 bytes with the NUL. */
static inline void session_proc_path(uint64_t session, char out[32])
{
	memcpy(out, "/proc/", 6);
	out = session_decimal(out + 6, (uint32_t)session_supervisor(session));
	memcpy(out, "/fd/", 4);
	out = session_decimal(out + 4, (uint32_t)session_fd(session));
	*out = 0;
}

/* Abstract socket name for sun_path: a NUL, "mpwatch-", 14 hex digits. Returns its length (23), no NUL at the end. */
static inline int session_socket_name(uint64_t session, char *out)
{
	memcpy(out, "\0mpwatch-", 9);
	for (int i = 0; i < 14; i++)
		out[9 + i] = "0123456789abcdef"[session >> (4 * (13 - i)) & 15];
	return 23;
}

#endif
