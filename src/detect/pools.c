/* pools.c: what is left when no other rule knows the cause: B005, a pool that says it is broken; B009, workers that
 * failed in a program that says all is well. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "detect/pyfails.h"

/* Findings that explain why a worker is gone or a message was lost. */
static struct finding *cause_in(const struct findings *all)
{
	static const enum finding_code causes[] = {FINDING_B001, FINDING_B002, FINDING_B003, FINDING_B004, FINDING_B007,
		FINDING_B008, FINDING_B012, FINDING_B014, FINDING_B017, FINDING_F001, FINDING_S001, FINDING_S002,
		FINDING_S003, FINDING_S004, FINDING_S007, FINDING_S008};

	for (size_t i = 0; i < all->count; i++)
		for (size_t k = 0; k < sizeof(causes) / sizeof(causes[0]); k++)
			if (all->list[i]->kind == &finding_kinds[causes[k]])
				return all->list[i];
	return NULL;
}

static void seen_worker_ends(struct detection *detection, struct finding *finding, const struct process *parent)
{
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p)) {
		struct str text = {0};
		char clock[FORMAT_SIZE];

		if (p->parent != parent || p->role != ROLE_WORKER || !p->dead || p->status <= 0)
			continue;
		put_process(detection, &text, p);
		str_printf(&text, " ended at %s with %s %d", format_clock(p->dead_ns, clock),
			WIFSIGNALED(p->status) ? "signal" : "exit status",
			WIFSIGNALED(p->status) ? WTERMSIG(p->status) : WEXITSTATUS(p->status));
		finding_seen(finding, str_take(&text));
		if (finding->seen_count >= 6)
			return;
	}
}

static void report_broken(struct detection *detection, const struct pyfail *fail)
{
	struct finding *finding;
	bool is_new;

	finding = finding_add(detection, FINDING_B005, str_make("%s", LINE(fail, PYFAIL_TYPE)), fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (!is_new)
		return;
	finding->title = str_make("a pool is broken: %s", LINE(fail, PYFAIL_TYPE));
	finding->verdict = str_make("%s; why its worker ended is not known.", finding->title);
	seen_exception(finding, fail);
	seen_worker_ends(detection, finding, fail->process);
	finding->why =
		str_make("a worker ended while it had work, so the pool gave up and ended the others. What ended "
			 "it was not seen.");
	finding->fix = str_make("look at the output of the workers, and at the exit statuses above; smaller tasks and "
				"fewer workers show whether memory was short.");
}

static void report_ignored(struct detection *detection, const struct pyfail *fail)
{
	struct finding *finding;
	bool is_new;

	finding = finding_add(detection, FINDING_B009, str_make("%u", fail->stack), fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (!is_new)
		return;
	finding->title = str_make(
		"a Process failed with %s, and the program ended as if all were well", LINE(fail, PYFAIL_TYPE));
	finding->verdict_for_all = true;
	finding->verdict = str_make("%s.", finding->title);
	seen_exception(finding, fail);
	finding_seen(finding, str_make("the program itself ended with exit status 0"));
	if (!finding->line) { /* none of its own code ran: wrong arguments, for example */
		finding_place(detection, finding, fail->process->birth_stack);
		if (finding->line)
			finding_seen(finding, str_make("it came to none of the program's lines; the place above is "
						       "where it was started"));
	}
	finding->why =
		str_make("an exception in a Process ends that process only. Nobody else hears of it unless somebody "
			 "looks at exitcode.");
	finding->fix = str_make("after join(): if process.exitcode: ...; or ProcessPoolExecutor, whose result() raises "
				"what the task raised.");
	finding->sure = "possible (whether the program looked at exitcode can not be seen)";
}

void detect_pools(struct detection *detection)
{
	for (const struct pyfail *fail = model_pyfails(detection->model); fail; fail = fail->next) {
		enum finding_code code = pyfail_code(detection, fail);

		if (code == FINDING_B005 && !cause_in(detection->findings))
			report_broken(detection, fail);
		else if (code == FINDING_B009)
			report_ignored(detection, fail);
	}
}
