/* blind.c: X001, X002, X003: what mpwatch itself could not see; X004: what Python could not say. */
#include "detect/detector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "wire/calls.h"

#define PRINT_NS UINT64_C(200000000)

/* Reasons that somebody chose, or that a short life explains, are no news: the report's LOSSES line counts them. */
static bool worth_a_note(uint32_t reason)
{
	return reason != UNWATCHED_DISABLED && reason != UNWATCHED_SHORT;
}

static const char *unwatched_fix(uint32_t reason)
{
	switch (reason) {
	case UNWATCHED_STATIC:
		return "link it dynamically to see inside.";
	case UNWATCHED_SETUID:
		return "run it as the user it changes to, or without the setuid bit, to see inside.";
	case UNWATCHED_LIBC:
		return "only 64-bit programs with this system's libc can be watched inside.";
	case UNWATCHED_HIDDEN:
		return "install mpwatch below /usr, or let the sandbox show the folder it lies in.";
	case UNWATCHED_SILENT:
		return "nothing to mend: it was watched until then.";
	case UNWATCHED_ASAN:
		return "build it without AddressSanitizer for this run.";
	default:
		return "mpwatch doctor shows what works on this machine.";
	}
}

void detect_unwatched(struct detection *detection)
{
	for (const struct process *p = model_processes(detection->model); p; p = process_next(p)) {
		const char *program = p->exe ? p->exe : p->comm;
		struct finding *finding;
		struct str who = {0};
		bool is_new;

		if (!p->unwatched_told || p->watched || !worth_a_note(p->unwatched_reason))
			continue;
		finding = finding_add(detection, FINDING_X001,
			str_make("%u/%s", p->unwatched_reason, program ? program : ""), p->born_ns, &is_new);
		finding_who(detection, finding, p);
		if (!is_new)
			continue;
		put_process(detection, &who, p);
		finding->title = str_make("`%s` was not watched inside: %s", shown_path(detection, program),
			kind_name_unwatched(p->unwatched_reason));
		finding_seen(finding, str_make("%s%s%s", who.data, p->unwatched_what && !detection->redact ? ": " : "",
					      p->unwatched_what && !detection->redact ? p->unwatched_what : ""));
		finding->why = str_make("%s This program ran unharmed; its birth, end and memory are known, its calls "
					"are not.",
			p->unwatched_reason == UNWATCHED_SILENT
				? "the probe goes silent before its own calls would end the program."
				: "the probe is loaded by the dynamic linker.");
		finding->fix = str_make("%s", unwatched_fix(p->unwatched_reason));
		str_fini(&who);
	}
}

/* A handler that does I/O just while the probe works is ordinary: only many of such calls leave a gap worth a note. */
static bool few_handler_calls(const struct model *model, uint64_t calls)
{
	return calls < 1000 || calls < model_run(model)->events / 100;
}

void detect_losses(struct detection *detection)
{
	static const enum loss_reason order[] = {
		LOSS_RING_FULL, LOSS_NO_CHUNK, LOSS_SIGNAL, LOSS_CORRUPT, LOSS_THINNED, LOSS_RECORDING, LOSS_SLOTS};
	struct finding *finding = NULL;
	bool is_new;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		uint64_t sum = 0;
		char count[FORMAT_SIZE];

		for (const struct loss *loss = model_losses(detection->model); loss; loss = loss->next)
			if (loss->reason == order[i])
				sum += loss->records;
		if (sum == 0 || (order[i] == LOSS_SIGNAL && few_handler_calls(detection->model, sum)))
			continue; /* a few calls of handlers: the report's list counts them */
		if (!finding)
			finding = finding_add(detection, FINDING_X002, str_make("losses"), 0, &is_new);
		finding_seen(finding, str_make("%s: %s", kind_name_loss(order[i]), format_count(sum, count)));
	}
	if (!finding)
		return;
	finding->title = str_make("some detail of this run was not recorded");
	finding->why = str_make("events that do not fit in time are dropped and counted, so that the program is never "
				"slowed. Totals stay exact; places and times of single calls may be missing.");
	finding->fix = str_make("watch a shorter run, or fewer programs.");
}

/* The innermost frame that would be the user's, had it a line. */
static void note_module(struct detection *detection, const char *module, uint64_t ts_ns, const char *code)
{
	struct finding *finding;
	bool is_new;

	finding = finding_add(detection, FINDING_X003, str_make("%s", module), ts_ns, &is_new);
	if (!is_new)
		return;
	finding->title = str_make("no line numbers for `%s`", shown_path(detection, module));
	finding_seen(finding, str_make("the place of %s is in it; the function may be known, the line is not", code));
	finding->why = str_make("it was built without debug information, or that was removed.");
	finding->fix = str_make(
		"build it with -g, or install its debug symbols (package names end in -dbgsym or -debuginfo).");
}

void detect_symbols(struct detection *detection)
{
	size_t count = detection->findings->count;

	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = detection->findings->list[i];

		if (finding->module && !finding->line)
			note_module(detection, finding->module, finding->ts_ns, finding->kind->code);
	}
}

/* Python opens its sources to print a traceback, and duplicates the descriptor. What fails for want of descriptors
 * right after an exception that nobody caught is that: hardly anything else runs then. */
static const struct failure *failed_print(const struct pyfail *end)
{
	for (const struct failure *f = end->process->failure_list; f; f = f->next) {
		const char *call = call_name(f->call);

		if ((f->err == EMFILE || f->err == ENFILE) && f->last_ns >= end->ts_ns && f->first_ns >= end->ts_ns &&
			f->tid == end->tid && f->first_ns - end->ts_ns < PRINT_NS && call &&
			(strncmp(call, "fcntl", 5) == 0 || strncmp(call, "open", 4) == 0 ||
				strncmp(call, "fopen", 5) == 0))
			return f;
	}
	return NULL;
}

void detect_texts(struct detection *detection)
{
	for (const struct pyfail *end = model_pyfails(detection->model); end; end = end->next) {
		const struct failure *failure =
			end->what == PYFAIL_MAIN || end->what == PYFAIL_PROCESS ? failed_print(end) : NULL;
		struct finding *finding;
		struct str text = {0};
		bool is_new;

		if (!failure)
			continue;
		finding = finding_add(detection, FINDING_X004, str_make("%s", ""), end->ts_ns, &is_new);
		finding_who(detection, finding, end->process);
		if (!is_new)
			continue;
		finding->title = str_make("python could not print its own traceback in full");
		put_process(detection, &text, end->process);
		str_printf(&text, " ended with %s: %s", end->lines[PYFAIL_TYPE], end->lines[PYFAIL_MESSAGE]);
		if (end->stack) {
			str_puts(&text, ", at ");
			put_stack(detection, &text, end->stack, 4);
		}
		finding_seen(finding, str_take(&text));
		finding_seen(finding,
			str_make("%s() failed %llu time%s while it was printed: no descriptor to open the source files",
				call_name(failure->call), (unsigned long long)failure->count,
				failure->count == 1 ? "" : "s"));
		finding->why = str_make(
			"a traceback quotes the program's lines, and for that their files must be opened. With no "
			"descriptor left, lines or the whole text are missing; what is said here was read from the "
			"exception itself.");
		finding->fix =
			str_make("close what is no longer needed, or use less of it at a time: MPW-F001 says which "
				 "descriptors these are. With one free, Python prints the whole text.");
		finding->sure = "likely";
	}
}
