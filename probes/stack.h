/* stack.h: native stacks by libunwind, loaded out of the program's sight and only where they are worth it. */
#ifndef MPW_PROBE_STACK_H
#define MPW_PROBE_STACK_H

#include "probe.h"

/* Does this image export the CPython API (statically or by libpython)? */
bool stack_program_is_python(void);

/* At start. The unwinder itself is loaded at the first safe moment it is worth it. */
void stack_start(bool python);

/* Shared with the languages' own stacks: ids that this image has sent already; sending frames, five a record (type
 * EV_FRAMES or EV_PYFRAMES; `second`: the record's second word for the latter). false: the ring is full. */
bool stack_is_known(uint32_t id);
void stack_now_known(uint32_t id);
bool stack_send(struct probe_tls *t, unsigned type, unsigned flags, uint32_t id, uint32_t second,
	const uint64_t *frames, int count);

/* fork keeps unwinding threads out of the moment in which memory is copied; a thread that wants a stack meanwhile gets
 * none. */
void stack_fork_prepare(void);
void stack_fork_done(void);
/* In a child that was forked without them: another thread may have been unwinding, so that what the unwinder keeps is
 * half done here for ever. */
void stack_fork_unprepared(void);

/* libunwind's own calls, made while probe_tls.unwinding is set: it keeps a pipe to test addresses, which we answer
 * without one. */
int stack_fake_pipe(int fds[2]);
long stack_fake_read(void);
long stack_fake_write(const void *address);
#define STACK_FAKE_FD 0x3ffffff0

#endif
