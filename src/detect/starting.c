/* starting.c: B001, the program starts processes whenever it is imported; B003, a pool whose workers die at once; X005,
 * Pythons that could not be watched inside. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/pyfails.h"
#include "detect/quote.h"

/* What started processes, by the library's function that the program's own line called. */
static const char *starter_name(const struct detection *detection, const struct pyfail *fail, struct frame *where)
{
	static const struct {
		const char *function, *name;
	} starters[] = {{"start", "Process.start"}, {"Pool", "Pool"}, {"Manager", "Manager"},
		{"map", "ProcessPoolExecutor.map"}, {"submit", "ProcessPoolExecutor.submit"}, {"Parallel", "Parallel"},
		{"set_start_method", "set_start_method"}};
	int user = model_user_frame(detection->model, fail->stack, where);
	struct frame frame;
	const char *dot;

	if (user < 1 || !model_frame(detection->model, fail->stack, (unsigned)user - 1, &frame) || !frame.function)
		return NULL;
	dot = strrchr(frame.function, '.');
	for (size_t i = 0; i < sizeof(starters) / sizeof(starters[0]); i++)
		if (strcmp(dot ? dot + 1 : frame.function, starters[i].function) == 0)
			return starters[i].name;
	return NULL;
}

/* The call in the finding's line that led there: of a function of the program, or of the library itself. */
static char *call_at_top(const struct detection *detection, const struct finding *finding, uint32_t stack)
{
	struct frame outer, called;
	int at = model_outer_user_frame(detection->model, stack, &outer);
	const char *dot;

	if (at < 1 || !model_frame(detection->model, stack, (unsigned)at - 1, &called) || !called.function)
		return NULL;
	dot = strrchr(called.function, '.');
	return quote_call(detection, finding, dot ? dot + 1 : called.function, false);
}

static char *guard_key(const struct detection *detection, const struct pyfail *fail)
{
	struct frame frame;
	bool placed = model_outer_user_frame(detection->model, fail->stack, &frame) >= 0;

	return str_make("%s:%u", placed ? frame.file : "", placed ? frame.line : 0);
}

/* The place is the line of the file's top level: that is what has to move behind the guard. */
static void guard_place(struct detection *detection, struct finding *finding, const struct pyfail *fail)
{
	struct frame frame;

	if (finding->line || model_outer_user_frame(detection->model, fail->stack, &frame) < 0)
		return;
	finding->file = frame.file;
	finding->function = frame.function;
	finding->module = frame.module;
	finding->line = frame.line;
}

static void report_no_guard(struct detection *detection, const struct pyfail *fail)
{
	struct finding *finding;
	struct frame where = {0};
	const char *starter;
	char *line;
	bool is_new;

	finding = finding_add(detection, FINDING_B001, guard_key(detection, fail), fail->ts_ns, &is_new);
	finding_who(detection, finding, fail->process);
	guard_place(detection, finding, fail);
	if (!is_new)
		return;
	starter = starter_name(detection, fail, &where);
	if (starter)
		finding->title = str_make("`%s()` at %s:%u runs again in each of its own workers", starter,
			where.file ? text_last_part(where.file) : "?", where.line);
	else
		finding->title = str_make("the line that starts processes runs again in each of them");
	finding->mark = call_at_top(detection, finding, fail->stack);
	finding->mark_note = finding->mark ? str_make("not inside  if __name__ == '__main__':") : NULL;
	finding->verdict_for_all = true;
	finding->verdict = str_make("No work was done: each worker starts the program again and fails.");
	finding->why =
		str_make("spawn and forkserver start a fresh python that imports your file. Its top-level code runs "
			 "again there, also the line that starts workers.");
	line = quote_line(detection, finding);
	finding->fix = str_make("move what starts workers behind the guard; functions stay outside:\n"
				"  def main():\n"
				"      %s\n"
				"  if __name__ == '__main__':\n"
				"      main()",
		line ? line : "...");
	free(line);
}

/* The first sentence of what they died of. */
static char *death_text(const struct pyfail *fail)
{
	if (strstr(LINE(fail, PYFAIL_MESSAGE), "An attempt has been made"))
		return str_make(
			"\"An attempt has been made to start a new process before the current process has finished "
			"its bootstrapping phase\"");
	return str_make("%s: %s", LINE(fail, PYFAIL_TYPE), LINE(fail, PYFAIL_MESSAGE));
}

/* What all that died of it have in common, when all are counted. */
struct guard_deaths {
	unsigned count;
	uint64_t first_born, last_fail, lives, dead;
	const struct pyfail *one;
};

static void deaths_count(const struct detection *detection, const struct finding *finding, struct guard_deaths *out)
{
	memset(out, 0, sizeof(*out));
	for (const struct pyfail *fail = model_pyfails(detection->model); fail; fail = fail->next) {
		char *key = pyfail_is_end(fail) && pyfail_code(detection, fail) == FINDING_B001
				    ? guard_key(detection, fail)
				    : NULL;

		if (key && strcmp(key, finding->key) == 0) {
			if (!out->count++)
				out->first_born = fail->process->born_ns;
			out->one = out->one ? out->one : fail;
			out->last_fail = fail->ts_ns;
			if (fail->process->dead && fail->process->dead_ns > fail->process->born_ns) {
				out->lives += fail->process->dead_ns - fail->process->born_ns;
				out->dead++;
			}
		}
		free(key);
	}
}

static void seen_guard_deaths(struct detection *detection, struct finding *finding, const struct guard_deaths *deaths)
{
	char life[FORMAT_SIZE] = "?", span[FORMAT_SIZE], label[64];
	const struct process *process = deaths->one->process;
	const char *method = model_start_method(detection->model);
	struct frame where;
	char *text = death_text(deaths->one);
	const char *starter;

	if (deaths->dead)
		format_seconds(deaths->lives / deaths->dead, life);
	if (deaths->count > 1)
		finding_seen(
			finding, str_make("%u workers in %s, each ended after about %s with %s (shown once instead of "
					  "%u times)",
					 deaths->count, format_seconds(deaths->last_fail - deaths->first_born, span),
					 life, text, deaths->count));
	else
		finding_seen(
			finding, str_make("%s ended after %s with %s",
					 process_label(detection->model, process, label, sizeof(label)), life, text));
	free(text);
	finding_seen(finding, str_make("start method %s; %s imported %s and came to line %u",
				      method ? method : "not known", deaths->count > 1 ? "every worker" : "the worker",
				      finding->file ? text_last_part(finding->file) : "?", finding->line));
	starter = starter_name(detection, deaths->one, &where);
	if (deaths->count > 2 && starter && strcmp(starter, "Pool") == 0)
		finding_seen(finding, str_make("Pool replaces dead workers without end; none of these took a task"));
}

static void finish_no_guard(struct detection *detection)
{
	for (size_t i = 0; i < detection->findings->count; i++) {
		struct finding *finding = detection->findings->list[i];
		struct guard_deaths deaths;

		if (finding->kind != &finding_kinds[FINDING_B001])
			continue;
		deaths_count(detection, finding, &deaths);
		if (deaths.one)
			seen_guard_deaths(detection, finding, &deaths);
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
