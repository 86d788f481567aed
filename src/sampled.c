#include "sampled.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "proc_files.h"
#include "watched.h"
#include "wire/calls.h"
#include "wire/event.h"

/* So much work between two looks says that the thread moves, whatever it is in just now. */
#define MOVES_NS 2000000u

/* By the name that libc gives it: the call's class says what it waits for. A futex may be any kind of lock, so it is
 * called what it is. fd: which argument is a descriptor, -1 none. */
static const struct {
	long number;
	enum call_id call;
	int fd, object;
} known[] = {
	{SYS_read, CALL_read, 0, -1},
	{SYS_pread64, CALL_pread, 0, -1},
	{SYS_readv, CALL_readv, 0, -1},
	{SYS_recvfrom, CALL_recvfrom, 0, -1},
	{SYS_recvmsg, CALL_recvmsg, 0, -1},
	{SYS_write, CALL_write, 0, -1},
	{SYS_writev, CALL_writev, 0, -1},
	{SYS_sendto, CALL_sendto, 0, -1},
	{SYS_sendmsg, CALL_sendmsg, 0, -1},
	{SYS_poll, CALL_poll, -1, -1},
	{SYS_ppoll, CALL_ppoll, -1, -1},
	{SYS_select, CALL_select, -1, -1},
	{SYS_pselect6, CALL_pselect, -1, -1},
	{SYS_epoll_wait, CALL_epoll_wait, -1, -1},
	{SYS_epoll_pwait, CALL_epoll_pwait, -1, -1},
	{SYS_nanosleep, CALL_nanosleep, -1, -1},
	{SYS_clock_nanosleep, CALL_clock_nanosleep, -1, -1},
	{SYS_wait4, CALL_wait4, -1, 0},
	{SYS_waitid, CALL_waitid, -1, 1},
	{SYS_accept, CALL_accept, 0, -1},
	{SYS_accept4, CALL_accept4, 0, -1},
	{SYS_connect, CALL_connect, 0, -1},
	{SYS_flock, CALL_flock, 0, -1},
	{SYS_semtimedop, CALL_semtimedop, -1, 0},
	{SYS_msgrcv, CALL_msgrcv, -1, -1},
	{SYS_mq_timedreceive, CALL_mq_timedreceive, 0, -1},
	{SYS_futex, CALL_syscall, -1, 0},
};

struct where {
	long number;
	uint64_t args[6];
	uint64_t hash;
};

static uint64_t text_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
	return hash ? hash : 1;
}

/* "NR ARG0 ... ARG5 SP PC"; "running" and "-1 SP PC" (not in a system call) are no place to be blocked in. */
static bool where_read(int32_t pid, int32_t tid, struct where *out)
{
	char name[48], text[256];

	snprintf(name, sizeof(name), "task/%d/syscall", tid);
	if (proc_read(pid, name, text, sizeof(text)) <= 0)
		return false;
	if (sscanf(text, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &out->number,
		    &out->args[0], &out->args[1], &out->args[2], &out->args[3], &out->args[4], &out->args[5]) != 7)
		return false;
	out->hash = text_hash(text);
	return true;
}

static char letter_of(int32_t pid, int32_t tid)
{
	char name[48], text[512];
	const char *at;

	snprintf(name, sizeof(name), "task/%d/stat", tid);
	if (proc_read(pid, name, text, sizeof(text)) <= 0)
		return 0;
	at = strrchr(text, ')');
	return at && at[1] == ' ' ? at[2] : 0;
}

static void state_fill(const struct where *where, char letter, uint64_t since_ns, struct ev_thread_state *out)
{
	memset(out, 0, sizeof(*out));
	out->state = (uint32_t)letter;
	out->call = CALL_syscall;
	out->fd = -1;
	out->since_ns = since_ns;
	out->sampled = 1;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].number != where->number)
			continue;
		out->call = known[i].call;
		if (known[i].fd >= 0)
			out->fd = (int32_t)where->args[known[i].fd];
		if (known[i].object >= 0)
			out->object = where->args[known[i].object];
	}
}

static enum sampled_news forget(struct sampled *sampled)
{
	bool told = sampled->told;

	sampled->where = 0;
	sampled->told = false;
	return told ? SAMPLED_GOES_ON : SAMPLED_NOTHING;
}

enum sampled_news sampled_look(struct sampled *sampled, const struct watched *process, int32_t tid, uint64_t run_ns,
	uint64_t calls, bool boarded, uint64_t ts_ns, struct ev_thread_state *out)
{
	bool moved = calls != sampled->calls || run_ns - sampled->run_ns > MOVES_NS;
	struct where where = {0};
	char letter;

	sampled->calls = calls;
	sampled->run_ns = run_ns;
	if (boarded || process->gone) {
		sampled->told = false; /* the board, or the end, has the word now */
		sampled->where = 0;
		return SAMPLED_NOTHING;
	}
	if (moved || !where_read(process->pid, tid, &where))
		return forget(sampled);
	if (where.hash != sampled->where) {
		enum sampled_news news = forget(sampled);

		sampled->where = where.hash;
		sampled->since_ns = ts_ns;
		return news;
	}
	if (sampled->told)
		return SAMPLED_NOTHING;
	letter = letter_of(process->pid, tid);
	if (letter != 'S' && letter != 'D')
		return SAMPLED_NOTHING;
	sampled->told = true;
	state_fill(&where, letter, sampled->since_ns, out);
	return SAMPLED_BLOCKED;
}
