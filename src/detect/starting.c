/* starting.c: B001, the program starts processes whenever it is imported; B003, a pool whose workers die at once; X005,
 * Pythons that could not be watched inside. */
#include <stdlib.h>
#include <string.h>

#include "detect/pyfails.h"

static void report_no_guard(struct detection *detection, const struct pyfail *fail)
{
	struct finding *finding;
	struct frame frame;
	bool placed, is_new;

	placed = model_user_frame(detection->model, fail->stack, &frame) >= 0;
	finding = finding_add(detection, FINDING_B001,
		str_make("%s:%u", placed ? frame.file : "", placed ? frame.line : 0), fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (!is_new)
		return;
	finding->title = str_make("the line that starts processes runs again in each of them");
	finding->verdict_for_all = true;
	finding->verdict = str_make(
		"No work was done: each new process runs the program's file again, comes to the line that starts "
		"processes, and fails.");
	finding_seen(finding,
		str_make("RuntimeError: An attempt has been made to start a new process before the current process has "
			 "finished its bootstrapping phase"));
	finding->why = str_make("spawn and forkserver start a fresh python that imports your file. Its top-level code "
				"runs again there, also "
				"the line that starts workers.");
	finding->fix = str_make("move what starts workers behind the guard: if __name__ == '__main__': main(). "
				"Functions and classes stay "
				"outside of it.");
}

/* The last word on the deaths, when all are counted. */
static void finish_no_guard(struct detection *detection)
{
	for (size_t i = 0; i < detection->findings->count; i++) {
		struct finding *finding = detection->findings->list[i];

		if (finding->kind == &finding_kinds[FINDING_B001] && finding->count > 1)
			finding_seen(
				finding, str_make("%u processes ended with this error (shown once)", finding->count));
	}
}

static void report_storm(struct detection *detection, const struct pyfail *fail)
{
	struct finding *finding;
	char age[FORMAT_SIZE];
	bool is_new;

	finding = finding_add(detection, FINDING_B003, pyfail_storm_key(fail), fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	finding_place(detection, finding, fail->stack);
	if (!is_new)
		return;
	finding->title = str_make(
		"each worker of a Pool dies at once with %s, and a new one is started", LINE(fail, PYFAIL_TYPE));
	finding->verdict_for_all = true;
	finding->verdict =
		str_make("No work is done: each worker of the Pool dies at once, and a new one takes its place.");
	finding_seen(finding, str_make("%s: %s", LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE)));
	finding_seen(finding,
		str_make("the first of them died %s after it was started",
			format_seconds(
				fail->ts_ns > fail->process->born_ns ? fail->ts_ns - fail->process->born_ns : 0, age)));
	finding->why = str_make("a Pool replaces a worker that ended, whatever the reason. An exception in the "
				"initializer ends every worker "
				"before it takes a task, so the Pool goes on for ever and map() never returns.");
	finding->fix = str_make("let the initializer catch what may fail and keep it for the first task, or try it "
				"once in the main process; "
				"ProcessPoolExecutor(initializer=...) gives up with BrokenProcessPool instead.");
}

void detect_starting(struct detection *detection)
{
	for (const struct pyfail *fail = model_pyfails(detection->model); fail; fail = fail->next) {
		enum finding_code code = pyfail_is_end(fail) ? pyfail_code(detection, fail) : FINDING_COUNT;

		if (code == FINDING_B001)
			report_no_guard(detection, fail);
		else if (code == FINDING_B003)
			report_storm(detection, fail);
	}
	finish_no_guard(detection);
}

void detect_helper(struct detection *detection)
{
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p)) {
		struct finding *finding;
		struct str who = {0};
		bool is_new;

		if (!p->python_told || p->python.state == PYTHON_WATCHED || p->python.state == PYTHON_OFF)
			continue;
		finding = finding_add(detection, FINDING_X005, str_make("%u/%s", p->python.state, p->exe ? p->exe : ""),
			p->born_ns, &is_new);
		finding_who(detection, finding, p);
		if (!is_new)
			continue;
		finding->title = str_make("`%s` was watched from outside of Python only: %s",
			shown_path(detection, p->exe ? p->exe : p->comm), kind_name_python(p->python.state));
		put_process(detection, &who, p);
		finding_seen(finding, str_make("%s", who.data));
		finding->why = str_make("the lines of a Python program, and what it pickles, are read from inside of "
					"the interpreter. That is done "
					"only for versions that were tested: CPython 3.6 to 3.13 with a GIL.");
		finding->fix = str_make(
			"run it with one of these versions to see Python lines; all else in this report holds.");
		str_fini(&who);
	}
}
