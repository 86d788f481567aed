/* raw.h: system calls without libc: no errno, no cancellation point, none of our own wrappers. Results are the
 * kernel's: -errno. */
#ifndef MPW_PROBE_RAW_H
#define MPW_PROBE_RAW_H

#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long raw_call6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline long raw_call4(long n, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return result;
}

static inline long raw_call3(long n, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

static inline long raw_getpid(void)
{
	return raw_call3(SYS_getpid, 0, 0, 0);
}

static inline long raw_gettid(void)
{
	return raw_call3(SYS_gettid, 0, 0, 0);
}

static inline long raw_close(int fd)
{
	return raw_call3(SYS_close, fd, 0, 0);
}

/* Can the eight bytes at `address` be read? rt_sigprocmask copies the new mask from there, and then refuses `how`
 * (kernel/signal.c). */
static inline int raw_is_readable(const void *address)
{
	return raw_call4(SYS_rt_sigprocmask, ~0L, (long)address, 0, 8) != -14; /* EFAULT */
}

/* Can the four bytes at `address` be written? A futex operation that adds 0 fails where they can not. Never after the
 * program restricted its system calls (probe.restricted): a filter may kill for it. */
static inline int raw_is_writable(const void *address)
{
	return raw_call6(SYS_futex, (long)address, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, (long)address,
		       FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0)) >= 0;
}

#endif
