/* semaphores.c: B012: no semaphore could be made, and that ended something. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "detect/pyfails.h"
#include "wire/calls.h"

/* Who has a plan for it (joblib works without processes then) is left alone. */
static const struct pyfail *end_by(const struct failure *failure)
{
	char number[16];

	snprintf(number, sizeof(number), "[Errno %d]", failure->err);
	for (const struct pyfail *end = failure->process->pyfails; end; end = end->next_of_process)
		if (pyfail_is_end(end) && end->ts_ns >= failure->first_ns &&
			(strstr(LINE(end, PYFAIL_MESSAGE), number) || strstr(LINE(end, PYFAIL_MESSAGE), "sem_open")))
			return end;
	return NULL;
}

static char *room_text(const struct failure *failure)
{
	char size[FORMAT_SIZE];

	if (failure->arg == -ENOENT)
		return str_make("there is no /dev/shm");
	if (failure->arg < 0)
		return str_make("/dev/shm cannot be looked at: %s", strerror((int)-failure->arg));
	if (failure->arg == 0)
		return str_make("/dev/shm, where semaphores are made, is full");
	return str_make("/dev/shm, where semaphores are made, has %s free: room is not what is missing",
		format_bytes((uint64_t)failure->arg, size));
}

static const char *fix_text(int error)
{
	if (error == ENOSPC)
		return "make room in /dev/shm: delete what crashed programs left there (ls -l /dev/shm), or give the "
		       "container more (docker run --shm-size=1g).";
	return "give the program a /dev/shm that it can write: mount a tmpfs there, docker run --shm-size=64m, or the "
	       "rights on it. Where that is impossible (AWS Lambda): Process with Pipe, or ThreadPoolExecutor, need no "
	       "semaphores; Queue, Pool and multiprocessing.pool.ThreadPool do.";
}

static void report(struct detection *detection, const struct failure *failure, const struct pyfail *end)
{
	struct finding *finding;
	bool is_new;

	finding = finding_add(detection, FINDING_B012, str_make("%d", failure->err), failure->first_ns, &is_new);
	finding_who(detection, finding, failure->process);
	finding_place(detection, finding, failure->stack);
	finding_place(detection, finding, end->stack);
	if (!is_new)
		return;
	finding->title = str_make("no semaphore can be made here: %s", strerror(failure->err));
	finding->verdict_for_all = true;
	finding->verdict = str_make("%s.", finding->title);
	finding_fact(finding, "errno", (uint64_t)failure->err);
	finding_seen(finding, str_make("sem_open() failed with errno %d (%s)", failure->err, strerror(failure->err)));
	seen_exception(finding, end);
	finding_seen(finding, room_text(failure));
	finding->why =
		str_make("the locks of multiprocessing, and so its queues and pools, are semaphores that live as "
			 "small files in /dev/shm.");
	finding->fix = str_make("%s", fix_text(failure->err));
}

void detect_semaphores(struct detection *detection)
{
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p))
		for (const struct failure *failure = p->failure_list; failure; failure = failure->next) {
			const struct pyfail *end =
				failure->call == CALL_sem_open && failure->err != EMFILE && failure->err != ENFILE
					? end_by(failure)
					: NULL;

			if (end)
				report(detection, failure, end);
		}
}
