/* sampled.h: what the kernel says of a thread whose board is empty: stdio inside libc, system calls of the program's
 * own and other things that no wrapper sees. Only a thread that stays in the same system call from one look to the next
 * counts as blocked. Where /proc is refused nothing is said. */
#ifndef MPW_SAMPLED_H
#define MPW_SAMPLED_H

#include <stdbool.h>
#include <stdint.h>

struct collect;
struct ev_thread_state;
struct watched;

/* What is remembered of a thread between two looks. */
struct sampled {
	uint64_t where; /* of the system call, its arguments and the stack pointer: 0 none */
	uint64_t since_ns;
	uint64_t run_ns, calls;
	bool told;
};

enum sampled_news { SAMPLED_NOTHING, SAMPLED_BLOCKED, SAMPLED_GOES_ON };

/* A look at thread `tid` (the kernel's number) of the process. `run_ns`, `calls`: its time on a CPU and its watched
 * calls, which tell for nothing that it moved; `boarded`: it is in a call that its board shows. SAMPLED_BLOCKED: *out
 * is its state; SAMPLED_GOES_ON: what was told last is over. */
enum sampled_news sampled_look(struct sampled *sampled, const struct watched *process, int32_t tid, uint64_t run_ns,
	uint64_t calls, bool boarded, uint64_t ts_ns, struct ev_thread_state *out);

#endif
