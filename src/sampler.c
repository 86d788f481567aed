#include "sampler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "fd_listing.h"
#include "first_sight.h"
#include "proc_files.h"
#include "watched.h"

/* A process that should have spoken and did not is looked at after this, and again until it is clear. */
#define SILENCE_NS 60000000u
#define LOOK_AGAIN_NS 250000000u
#define LOOKS_MAX 8u

/* The list of descriptors is taken again when so many percent of the limit are used and it has grown since. */
#define NEAR_LIMIT_PERCENT 80u

struct process_sample {
	struct rlimit files, processes, memory;
	bool limits_told;
	uint32_t fds_listed, fds_peak;
	uint32_t looks;
	const struct image *image_listed;
	bool listed_early; /* before its first image spoke: that one is listed with it */
	struct ev_proc_sample told;
};

struct sampler {
	struct collect *collect;
	uint64_t page_kb;
	sampler_pause *pause;
	void *pause_context;
};

struct sampler *sampler_new(struct collect *collect, sampler_pause *pause, void *context)
{
	struct sampler *sampler = mem_zalloc(1, sizeof(*sampler));

	sampler->collect = collect;
	sampler->pause = pause;
	sampler->pause_context = context;
	sampler->page_kb = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	return sampler;
}

void sampler_free(struct sampler *sampler)
{
	free(sampler);
}

static struct process_sample *sample_of(struct watched *process)
{
	if (!process->sample)
		process->sample = mem_zalloc(1, sizeof(*process->sample));
	return process->sample;
}

static uint64_t now_of(const struct sampler *sampler)
{
	return session_clock_now(&sampler->collect->clock);
}

/* --- limits and descriptors --- */

static void limits_check(struct sampler *sampler, struct watched *process, struct process_sample *sample)
{
	struct event event = {.type = EV_LIMITS, .proc = process->number, .ts_ns = now_of(sampler)};
	struct rlimit files, processes, memory;

	if (prlimit(process->pid, RLIMIT_NOFILE, NULL, &files) < 0 ||
		prlimit(process->pid, RLIMIT_NPROC, NULL, &processes) < 0 ||
		prlimit(process->pid, RLIMIT_AS, NULL, &memory) < 0)
		return;
	if (sample->limits_told && sample->files.rlim_cur == files.rlim_cur &&
		sample->files.rlim_max == files.rlim_max && sample->processes.rlim_cur == processes.rlim_cur &&
		sample->memory.rlim_cur == memory.rlim_cur)
		return;
	sample->limits_told = true;
	sample->files = files;
	sample->processes = processes;
	sample->memory = memory;
	event.u.limits.nofile_soft = files.rlim_cur;
	event.u.limits.nofile_hard = files.rlim_max;
	event.u.limits.nproc_soft = processes.rlim_cur;
	event.u.limits.as_soft = memory.rlim_cur;
	collect_emit(sampler->collect, &event);
}

static void list_descriptors(struct sampler *sampler, struct watched *process, struct process_sample *sample)
{
	struct fd_limits limits = {0};
	int count;

	if (sample->limits_told)
		limits = (struct fd_limits){sample->files.rlim_cur, sample->files.rlim_max};
	count = fd_listing_emit(sampler->collect, process, sample->fds_peak, limits);
	if (count < 0)
		return;
	sample->fds_listed = (uint32_t)count;
	if ((uint32_t)count > sample->fds_peak)
		sample->fds_peak = (uint32_t)count;
}

static uint32_t descriptors_check(struct sampler *sampler, struct watched *process, struct process_sample *sample)
{
	int count = fd_listing_count(process->pid);

	if (count < 0)
		return 0;
	if ((uint32_t)count > sample->fds_peak)
		sample->fds_peak = (uint32_t)count;
	if (sample->limits_told && (uint64_t)count * 100 >= sample->files.rlim_cur * NEAR_LIMIT_PERCENT &&
		(uint32_t)count > sample->fds_listed)
		list_descriptors(sampler, process, sample);
	return (uint32_t)count;
}

/* --- memory and CPU --- */

static uint64_t number_behind(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void memory_read(const struct sampler *sampler, int32_t pid, struct ev_proc_sample *out)
{
	uint64_t size, resident, shared;
	char name[48], text[256];

	if (proc_read(pid, "statm", text, sizeof(text)) > 0 &&
		sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &size, &resident, &shared) == 3) {
		out->rss_kb = resident * sampler->page_kb;
		out->shared_kb = shared * sampler->page_kb;
	}
	/* The main thread's: that of the process contains what its children did that it has waited for. */
	snprintf(name, sizeof(name), "task/%d/io", pid);
	if (proc_read(pid, name, text, sizeof(text)) > 0) {
		out->rchar = number_behind(text, "rchar: ");
		out->wchar = number_behind(text, "wchar: ");
	}
	if (proc_read(pid, "schedstat", text, sizeof(text)) > 0)
		sscanf(text, "%*s %" SCNu64, &out->delay_ns);
}

static void process_sampled(struct sampler *sampler, struct watched *process)
{
	struct event event = {.type = EV_PROC_SAMPLE, .proc = process->number, .ts_ns = now_of(sampler)};
	struct process_sample *sample = sample_of(process);
	struct ev_proc_sample *out = &event.u.proc_sample;
	struct proc_stat stat;

	if (proc_stat_read(process->pid, &stat) < 0 || stat.state == 'Z' || stat.state == 'X')
		return;
	limits_check(sampler, process, sample);
	out->threads = stat.threads;
	out->cpu_ns = proc_cpu_time(process->pid);
	out->fds = descriptors_check(sampler, process, sample);
	memory_read(sampler, process->pid, out);
	if (memcmp(out, &sample->told, sizeof(*out)) == 0)
		return;
	sample->told = *out;
	collect_emit(sampler->collect, &event);
}

/* --- children that nobody told of --- */

/* A watched parent tells of its children itself, only later: those that it has not told of for so long are strangers.
 */
#define STRANGER_NS 500000000u

static bool is_older_than(const struct proc_stat *stat, uint64_t age_ns)
{
	uint64_t start = stat->start_time * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return start + age_ns < (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void child_found(struct sampler *sampler, struct watched *parent, int32_t pid)
{
	struct collect *collect = sampler->collect;
	struct watched *child = watched_by_pid(collect, pid);
	struct proc_stat stat;

	if ((child && !child->gone) || proc_stat_read(pid, &stat) < 0)
		return;
	/* A zombie stays on its parent's list until that waits for it, long after we have told of its end and forgotten
	 * it. */
	if (stat.state == 'Z' || stat.state == 'X' || (parent->spoke && !is_older_than(&stat, STRANGER_NS)))
		return;
	child = watched_born(collect, pid, parent, START_SEEN, now_of(sampler));
	watched_read_facts(child);
	watched_tell(collect, child, START_SEEN, child->born_ns);
}

static void children_look(struct sampler *sampler, struct watched *process)
{
	char name[48], text[16384], *at, *end;
	long pid;

	snprintf(name, sizeof(name), "task/%d/children", process->pid);
	if (proc_read(process->pid, name, text, sizeof(text)) <= 0)
		return;
	for (at = text; (pid = strtol(at, &end, 10)) > 0; at = end)
		child_found(sampler, process, (int32_t)pid);
}

/* --- processes without a probe --- */

static void unwatched_tell(struct sampler *sampler, struct watched *process, uint32_t reason)
{
	struct event event = {.type = EV_UNWATCHED, .proc = process->number, .ts_ns = now_of(sampler)};
	const char *what = process->facts ? process->facts->exe : NULL;

	event.u.unwatched.reason = reason;
	event.u.unwatched.what = what;
	process->unwatched_told = true;
	collect_emit(sampler->collect, &event);
}

/* Since when does it owe us a word? 0: it does not. A fork's child speaks only when it makes its first watched call, so
 * only what an exec or a spawn began is expected to. */
static uint64_t silent_since(const struct watched *process)
{
	if (process->gone || process->unwatched_told)
		return 0;
	if (process->exec_open)
		return process->exec_ns;
	if (process->image)
		return 0;
	return process->how == START_FORK ? 0 : process->born_ns;
}

static void silent_look(struct sampler *sampler, struct watched *process, uint64_t now)
{
	struct process_sample *sample = sample_of(process);
	uint32_t reason = UNWATCHED_UNKNOWN;
	enum sight sight = first_sight(process, &reason);

	process->checked_ns = now;
	sample->looks++;
	if (sight == SIGHT_TOO_EARLY || (sight == SIGHT_WATCHED && sample->looks < 3)) {
		if (sample->looks < LOOKS_MAX)
			return;
	} else if (sight == SIGHT_NOTHING && sample->looks < LOOKS_MAX) {
		return;
	}
	if (watched_read_facts(process) == 0)
		watched_tell(sampler->collect, process,
			process->how == START_SEEN || process->root ? process->how : START_IMAGE, now);
	unwatched_tell(sampler, process, reason);
	process->exec_open = false;
}

static void image_first_seen(struct sampler *sampler, struct watched *process)
{
	struct process_sample *sample = sample_of(process);

	limits_check(sampler, process, sample);
	list_descriptors(sampler, process, sample);
}

void sampler_begin(struct sampler *sampler, struct watched *root)
{
	struct process_sample *sample = sample_of(root);

	limits_check(sampler, root, sample);
	list_descriptors(sampler, root, sample);
	sample->listed_early = true;
}

static void image_look(struct sampler *sampler, struct watched *process)
{
	struct process_sample *sample = sample_of(process);

	if (sample->image_listed == process->image)
		return;
	if (!sample->listed_early)
		image_first_seen(sampler, process);
	sample->image_listed = process->image;
	sample->listed_early = false;
}

void sampler_look(struct sampler *sampler)
{
	struct watched *process, *next;
	uint64_t now = now_of(sampler);

	HASH_ITER(hh, sampler->collect->watched->all, process, next)
	{
		uint64_t since;

		if (process->pidfd < 0 && !process->gone)
			watched_check_gone(sampler->collect, process, now);
		sampler->pause(sampler->pause_context);
		if (process->gone)
			continue;
		if (process->image && process->image->is_exec)
			image_look(sampler, process);
		since = silent_since(process);
		if (since && now - since > SILENCE_NS && now - process->checked_ns > LOOK_AGAIN_NS)
			silent_look(sampler, process, now);
	}
}

void sampler_second(struct sampler *sampler, bool last)
{
	struct watched *process, *next;

	(void)last;
	HASH_ITER(hh, sampler->collect->watched->all, process, next)
	{
		sampler->pause(sampler->pause_context);
		if (process->gone)
			continue;
		process_sampled(sampler, process);
		children_look(sampler, process);
	}
}

uint64_t sampler_moved(const struct sampler *sampler, uint64_t *cpu_ns)
{
	struct watched *process, *next;
	uint64_t sum = 0;

	*cpu_ns = 0;
	HASH_ITER(hh, sampler->collect->watched->all, process, next)
	{
		if (process->gone || !process->sample)
			continue;
		sum += process->sample->told.rchar + process->sample->told.wchar;
		*cpu_ns +=
			process->sample->told.cpu_ns + process->sample->told.delay_ns; /* it would work if it could */
		if (!process->image || process->unwatched_told)
			sum += process->sample->told.cpu_ns;
	}
	return sum;
}
