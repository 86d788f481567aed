/* report_text.c: the rows as text for people. Sections without content are left out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/format.h"
#include "base/text.h"
#include "report_print.h"

#define ROWS_SHOWN 6

char *report_command(const struct report_rows *rows)
{
	const char *command = model_run(rows->model)->run.command;
	const struct process *root = model_root(rows->model);
	char *text, *space;

	if (!command)
		command = root && root->cmdline ? root->cmdline : "?";
	if (!rows->redact)
		return str_make("%s", command);
	text = str_make("%s", command);
	space = strchr(text, ' ');
	if (space)
		*space = 0;
	command = text_last_part(text);
	space = str_make("%s", command);
	free(text);
	return space;
}

static int root_status(const struct report_rows *rows)
{
	const struct run_facts *run = model_run(rows->model);
	const struct process *root = model_root(rows->model);

	if (root && root->dead && root->status_from != EXIT_UNSEEN)
		return root->status;
	return run->ended && run->end.reason != END_ASKED ? run->end.status : -1;
}

char *report_status(const struct report_rows *rows)
{
	const struct process *root = model_root(rows->model);
	int status = root_status(rows);
	char name[FORMAT_SIZE];

	if (status == -1 && root && root->dead)
		return str_make("status not seen");
	if (status == -1)
		return str_make("still running");
	if (WIFSIGNALED(status))
		return str_make("ended by %s", format_signal(WTERMSIG(status), name));
	return str_make("exit status %d", WEXITSTATUS(status));
}

static uint64_t run_ns(const struct report_rows *rows)
{
	const struct process *root = model_root(rows->model);

	return root ? process_end_ns(rows->model, root) - root->born_ns : model_now_ns(rows->model);
}

/* "2 CPUs", "1 of 8 CPUs" where it may not use all, "8 CPUs with a quota of 1.50". */
static void put_cpus(struct str *line, const struct ev_run *run)
{
	uint32_t all = run->cpus_online > run->cpus ? run->cpus_online : run->cpus;

	str_printf(line, ", %u", run->cpus);
	if (all > run->cpus)
		str_printf(line, " of %u", all);
	str_printf(line, " CPU%s", all == 1 ? "" : "s");
	if (run->cpu_quota && run->cpu_quota < run->cpus * 1000)
		str_printf(line, " with a quota of %u.%02u", run->cpu_quota / 1000, run->cpu_quota / 10 % 100);
}

static void print_header(const struct report_rows *rows, struct paper *paper)
{
	const struct run_facts *run = model_run(rows->model);
	uint32_t count = model_process_count(rows->model), workers = model_worker_count(rows->model);
	const struct process *root = model_root(rows->model);
	char *command = report_command(rows), *status = report_status(rows), seconds[FORMAT_SIZE];
	struct str line = {0};

	str_puts(&line, "== mpwatch report ");
	while (line.length < paper->width)
		str_puts(&line, "=");
	paper_wrap_styled(paper, 0, 0, STYLE_BOLD, line.length, line.data);
	paper_wrap(paper, 3, 5, command);
	str_clear(&line);
	str_printf(&line, "%s, %s, %u process%s", format_seconds(run_ns(rows), seconds), status, count,
		count == 1 ? "" : "es");
	if (workers)
		str_printf(
			&line, " (%u worker%s, %s)", workers, workers == 1 ? "" : "s", model_start_method(rows->model));
	if (root && (root->start_flags & START_PYTHON) && root->exe)
		str_printf(&line, ", %s", text_last_part(root->exe));
	if (run->known && run->run.cpus)
		put_cpus(&line, &run->run);
	paper_wrap(paper, 3, 3, line.data);
	str_fini(&line);
	free(command);
	free(status);
}

static void print_counts(const struct report_rows *rows, struct paper *paper)
{
	static const char *const words[] = {"error", "warning", "note"};
	struct str line = {0};

	for (unsigned i = 0; i < 3; i++)
		if (rows->levels[i])
			str_printf(&line, "%s%u %s%s", line.length ? ", " : "", rows->levels[i], words[i],
				rows->levels[i] == 1 ? "" : "s");
	if (line.length == 0)
		str_puts(&line, "No findings.");
	if (rows->muted)
		str_printf(&line, " %s%u muted%s", line.data[line.length - 1] == '.' ? "(" : "and ", rows->muted,
			line.data[line.length - 1] == '.' ? ")" : "");
	paper_wrap(paper, 3, 3, line.data);
	str_fini(&line);
}

static void print_verdict(const struct report_rows *rows, struct paper *paper)
{
	const struct finding *worst = rows->finding_count ? rows->findings[0] : NULL;
	size_t length;
	char *line;

	if (!worst || worst->level != LEVEL_ERROR || !worst->verdict)
		return;
	length = strlen(worst->verdict);
	if (worst->count > 1 && !worst->verdict_for_all && length && worst->verdict[length - 1] == '.')
		line = str_make("VERDICT  %.*s, and %u more.", (int)length - 1, worst->verdict, worst->count - 1);
	else
		line = str_make("VERDICT  %s", worst->verdict);
	paper_empty(paper);
	paper_wrap_styled(paper, 0, 9, STYLE_BOLD, 7, line);
	free(line);
}

/* --- where the time went
 * ------------------------------------------------------------------------------------------------ */

static void print_worker(const struct worker_row *row, struct paper *paper)
{
	char name[96], life[FORMAT_SIZE], *cell;
	struct str line = {0};

	snprintf(name, sizeof(name), row->count > 1 ? "%s (%u)" : "%s", row->name, row->count);
	cell = paper_cell(paper, name, 18);
	str_puts(&line, cell);
	free(cell);
	for (unsigned i = 0; i < SHARE_COUNT; i++)
		if (row->known)
			str_printf(&line, " %5u", row->shares.percent[i]);
		else
			str_puts(&line, "     -");
	str_printf(&line, "  %10s", format_seconds(row->shares.life_ns / (row->count ? row->count : 1), life));
	paper_row(paper, "   %s", line.data);
	str_fini(&line);
}

static bool any_known(const struct report_rows *rows)
{
	for (size_t i = 0; i < rows->worker_count; i++)
		if (rows->workers[i].known)
			return true;
	return false;
}

static void print_workers(const struct report_rows *rows, struct paper *paper)
{
	if (rows->worker_count < 2 || !any_known(rows))
		return;
	paper_heading(paper, "WHERE THE TIME WENT", "  percent of the life of each");
	paper_row(paper, "   %-18s %5s %5s %5s %5s %5s %5s %5s  %10s", "", "run", "copy", "in", "out", "lock", "start",
		"other", "life");
	for (size_t i = 0; i < rows->worker_count; i++)
		print_worker(&rows->workers[i], paper);
	if (rows->workers_more)
		paper_row(paper, "   and %u more", rows->workers_more);
}

/* --- the smaller sections
 * --------------------------------------------------------------------------------------------------- */

static void print_descriptors(const struct report_rows *rows, struct paper *paper)
{
	char clock[FORMAT_SIZE];

	if (rows->descriptor_count == 0)
		return;
	paper_heading(paper, "DESCRIPTORS", "");
	for (size_t i = 0; i < rows->descriptor_count && i < ROWS_SHOWN; i++) {
		const struct descriptor_row *row = &rows->descriptors[i];
		struct str line = {0};

		str_printf(&line, "%s (pid %d): at most %u open at once", row->name, row->pid, row->peak);
		if (row->limit)
			str_printf(&line, " of %" PRIu64, row->limit);
		str_printf(&line, ", at %s", format_clock(row->peak_ns, clock));
		paper_wrap(paper, 3, 5, line.data);
		str_fini(&line);
	}
	if (rows->descriptor_count > ROWS_SHOWN)
		paper_row(paper, "   and %zu more", rows->descriptor_count - ROWS_SHOWN);
}

static void print_segments(const struct report_rows *rows, struct paper *paper)
{
	char size[FORMAT_SIZE];

	if (rows->segment_count == 0)
		return;
	paper_heading(paper, "SHARED MEMORY", "");
	for (size_t i = 0; i < rows->segment_count && i < ROWS_SHOWN; i++) {
		const struct segment_row *row = &rows->segments[i];
		struct str line = {0};

		str_printf(&line, "%s",
			row->name ? (rows->redact ? text_last_part(row->name) : row->name) : "without a name");
		if (row->count > 1)
			str_printf(&line, " (%u)", row->count);
		str_printf(&line, ": %s, made by %s, mapped by %u process%s%s", format_bytes(row->size, size),
			row->maker, row->mappers, row->mappers == 1 ? "" : "es",
			row->left_behind ? ", LEFT BEHIND: nobody unlinked it" : "");
		paper_wrap(paper, 3, 5, line.data);
		str_fini(&line);
	}
	if (rows->segment_count > ROWS_SHOWN)
		paper_row(paper, "   and %zu more", rows->segment_count - ROWS_SHOWN);
}

static void print_lock(const struct report_rows *rows, const struct lock_row *row, struct paper *paper)
{
	char number[FORMAT_SIZE];
	enum lock_role role = lock_role(rows->model, row->lock);
	struct str line = {0};

	if (role != LOCK_ROLE_OWN)
		str_puts(&line, role == LOCK_ROLE_INPUT ? "read lock of " : "write lock of ");
	lock_put(rows->model, row->lock, !rows->redact, &line);
	str_printf(
		&line, ": taken %s time%s", format_count(row->lock->takes, number), row->lock->takes == 1 ? "" : "s");
	if (row->lock->held_ns && row->lock->releases)
		str_printf(&line, " and held for %s on average",
			format_seconds(row->lock->held_ns / row->lock->releases, number));
	str_printf(&line, ", %s wait%s", format_count(row->waits, number), row->waits == 1 ? "" : "s");
	str_printf(&line, ", %s in all", format_seconds(row->waited_ns, number));
	if (row->longest_ns && row->waits > 1)
		str_printf(&line, ", the longest %s", format_seconds(row->longest_ns, number));
	paper_wrap(paper, 3, 5, line.data);
	str_fini(&line);
}

static void print_locks(const struct report_rows *rows, struct paper *paper)
{
	if (rows->lock_count == 0)
		return;
	paper_heading(paper, "LOCKS", "  that somebody waited for");
	for (size_t i = 0; i < rows->lock_count && i < ROWS_SHOWN; i++)
		print_lock(rows, &rows->locks[i], paper);
	if (rows->lock_count > ROWS_SHOWN)
		paper_row(paper, "   and %zu more", rows->lock_count - ROWS_SHOWN);
}

static void print_exits(const struct report_rows *rows, struct paper *paper)
{
	char name[FORMAT_SIZE];

	if (rows->exit_count == 0)
		return;
	paper_heading(paper, "EXITS", "");
	for (size_t i = 0; i < rows->exit_count && i < ROWS_SHOWN; i++) {
		const struct exit_row *row = &rows->exits[i];
		struct str line = {0};

		str_printf(&line, "%s%s: ", row->who, row->count > 6 ? " ..." : "");
		if (row->sig)
			str_printf(&line, "ended by %s, %s", format_signal(row->sig, name), row->cause);
		else
			str_printf(&line, "exit status %d", row->status);
		if (row->count > 1)
			str_printf(&line, " (%u processes)", row->count);
		paper_wrap(paper, 3, 5, line.data);
		str_fini(&line);
	}
	if (rows->exit_count > ROWS_SHOWN)
		paper_row(paper, "   and %zu other kinds", rows->exit_count - ROWS_SHOWN);
}

static void print_exceptions(const struct report_rows *rows, struct paper *paper)
{
	if (rows->exception_count == 0)
		return;
	paper_heading(paper, "EXCEPTIONS", "  that nobody caught, equal ones once");
	for (size_t i = 0; i < rows->exception_count && i < ROWS_SHOWN; i++) {
		const struct exception_row *row = &rows->exceptions[i];
		struct frame frame;
		struct str line = {0};

		str_printf(&line, "%s%s: %s%s%s", row->who, row->count > 4 ? " ..." : "", row->type,
			row->message[0] ? ": " : "", row->message);
		if (model_user_frame(rows->model, row->stack, &frame) >= 0 && frame.file && frame.line)
			str_printf(&line, ", at %s:%u", text_last_part(frame.file), frame.line);
		if (row->count > 1)
			str_printf(&line, " (x%u)", row->count);
		paper_wrap(paper, 3, 5, line.data);
		str_fini(&line);
	}
	if (rows->exception_count > ROWS_SHOWN)
		paper_row(paper, "   and %zu other kinds", rows->exception_count - ROWS_SHOWN);
}

static void print_losses(const struct report_rows *rows, struct paper *paper)
{
	if (rows->loss_count == 0)
		return;
	paper_heading(paper, "NOT SEEN", "");
	for (size_t i = 0; i < rows->loss_count; i++) {
		char count[FORMAT_SIZE], *line;

		line = rows->losses[i].records
			       ? str_make("%s: %s", rows->losses[i].text, format_count(rows->losses[i].records, count))
			       : str_make("%s", rows->losses[i].text);
		paper_wrap(paper, 3, 5, line);
		free(line);
	}
}

static void print_footer(const struct report_rows *rows, struct paper *paper)
{
	const struct ev_own *own = &model_run(rows->model)->own;
	char cpu[FORMAT_SIZE], memory[FORMAT_SIZE], *line;

	if (own->rss_kb == 0)
		return;
	line = str_make("mpwatch itself: %s of CPU, %s of memory", format_seconds(own->cpu_ns, cpu),
		format_bytes((own->rss_kb > UINT64_MAX / 1024 ? 0 : own->rss_kb) * 1024, memory));
	if (rows->finding_count || rows->loss_count || rows->worker_count > 1 || report_shows_runs(rows))
		paper_empty(paper);
	paper_wrap_styled(paper, 3, 3, STYLE_DIM, strlen(line), line);
	free(line);
}

void report_print_text(const struct report_rows *rows, struct paper *paper)
{
	print_header(rows, paper);
	print_counts(rows, paper);
	print_verdict(rows, paper);
	report_print_waiting(rows, paper);
	print_workers(rows, paper);
	report_print_channels(rows, paper);
	report_print_tasks(rows, paper);
	report_print_runs(rows, paper);
	print_descriptors(rows, paper);
	print_segments(rows, paper);
	print_locks(rows, paper);
	print_exits(rows, paper);
	print_exceptions(rows, paper);
	print_losses(rows, paper);
	for (size_t i = 0; i < rows->finding_count; i++)
		report_print_finding(rows, rows->findings[i], paper);
	print_footer(rows, paper);
}
