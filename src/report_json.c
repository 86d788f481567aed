/* report_json.c: the rows as JSON, schema 1. Members are only ever added. Times in seconds, sizes in bytes. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/format.h"
#include "base/str.h"
#include "base/text.h"
#include "report_json.h"

json_t *report_json_clean(const char *text)
{
	char *copy = text_cleaned(text, TEXT_DATA);
	json_t *value = copy ? json_string(copy) : json_null();

	free(copy);
	return value;
}

/* Texts of findings have lines of their own. */
static json_t *clean_lines(const char *text)
{
	struct str out = {0};
	json_t *value;

	if (!text)
		return json_null();
	for (;;) {
		size_t length = strcspn(text, "\n");

		text_clean(&out, text, length, TEXT_DATA);
		if (!text[length])
			break;
		str_puts(&out, "\n");
		text += length + 1;
	}
	value = json_string(out.data ? out.data : "");
	str_fini(&out);
	return value;
}

json_t *report_json_number(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *report_json_seconds(uint64_t ns)
{
	return json_real((double)(ns / 1000) / 1e6);
}

const char *report_json_path(const struct report_rows *rows, const char *path)
{
	return rows->redact ? text_last_part(path) : path;
}

static void set_status(json_t *object, const struct process *root)
{
	char name[FORMAT_SIZE];
	bool known = root && root->dead && root->status_from != EXIT_UNSEEN && root->status != -1;

	json_object_set_new(object, "exit_status",
		known && WIFEXITED(root->status) ? json_integer(WEXITSTATUS(root->status)) : json_null());
	json_object_set_new(object, "signal",
		known && WIFSIGNALED(root->status) ? json_string(format_signal(WTERMSIG(root->status), name))
						   : json_null());
	json_object_set_new(object, "status_from",
		root && root->dead ? json_string(kind_name_exit(root->status_from)) : json_null());
}

static json_t *json_run(const struct report_rows *rows)
{
	const struct run_facts *run = model_run(rows->model);
	const struct process *root = model_root(rows->model);
	const char *method = model_start_method(rows->model);
	json_t *object = json_object();
	char *command = report_command(rows);

	json_object_set_new(object, "command", report_json_clean(command));
	json_object_set_new(object, "cwd", report_json_clean(rows->redact ? NULL : run->run.cwd));
	json_object_set_new(object, "pid", root ? json_integer(root->pid) : json_null());
	json_object_set_new(object, "start_unix_s", report_json_seconds(run->run.start_unix_ns));
	json_object_set_new(object, "seconds",
		report_json_seconds(
			root ? process_end_ns(rows->model, root) - root->born_ns : model_now_ns(rows->model)));
	set_status(object, root);
	json_object_set_new(object, "processes", json_integer(model_process_count(rows->model)));
	json_object_set_new(object, "workers", json_integer(model_worker_count(rows->model)));
	json_object_set_new(object, "start_method", method ? json_string(method) : json_null());
	json_object_set_new(object, "cpus", json_integer(run->run.cpus));
	json_object_set_new(
		object, "cpu_quota", run->run.cpu_quota ? json_real(run->run.cpu_quota / 1000.0) : json_null());
	json_object_set_new(object, "mpwatch", report_json_clean(run->run.version));
	json_object_set_new(object, "kernel", report_json_clean(run->run.kernel));
	json_object_set_new(object, "complete", json_boolean(run->ended && !rows->damaged));
	free(command);
	return object;
}

static json_t *json_worker(const struct worker_row *row)
{
	static const char *const names[] = {[SHARE_RUN] = "running",
		[SHARE_COPY] = "copying",
		[SHARE_INPUT] = "input",
		[SHARE_OUTPUT] = "output",
		[SHARE_LOCK] = "lock",
		[SHARE_START] = "starting",
		[SHARE_OTHER] = "other"};
	json_t *object = json_object(), *shares = json_object(), *percent = json_object();

	json_object_set_new(object, "name", report_json_clean(row->name));
	json_object_set_new(object, "pid", json_integer(row->pid));
	json_object_set_new(object, "processes", json_integer(row->count));
	json_object_set_new(object, "life_s", report_json_seconds(row->shares.life_ns));
	for (unsigned i = 0; i < SHARE_COUNT && row->known; i++) {
		json_object_set_new(shares, names[i], report_json_seconds(row->shares.ns[i]));
		json_object_set_new(percent, names[i], json_integer(row->shares.percent[i]));
	}
	json_object_set_new(object, "seconds", row->known ? json_incref(shares) : json_null());
	json_object_set_new(object, "percent", row->known ? json_incref(percent) : json_null());
	json_decref(shares);
	json_decref(percent);
	return object;
}

static json_t *json_channel(const struct report_rows *rows, const struct channel_row *row)
{
	static const char *const kinds[] = {
		[CHANNEL_PIPE] = "pipe", [CHANNEL_SOCKETPAIR] = "socketpair", [CHANNEL_FIFO] = "fifo"};
	json_t *object = json_object();
	char variable[VARIABLE_SIZE];

	json_object_set_new(object, "kind", json_string(kinds[row->kind]));
	json_object_set_new(object, "channels", json_integer(row->count));
	json_object_set_new(object, "name", report_json_clean(rows->redact ? NULL : row->name));
	json_object_set_new(object, "from", report_json_clean(row->from));
	json_object_set_new(object, "to", report_json_clean(row->to));
	json_object_set_new(object, "messages", report_json_number(report_channel_messages(row)));
	json_object_set_new(object, "messages_out", report_json_number(row->total.calls_out));
	json_object_set_new(object, "messages_in", report_json_number(row->total.calls_in));
	json_object_set_new(object, "bytes_out", report_json_number(row->total.bytes_out));
	json_object_set_new(object, "bytes_in", report_json_number(row->total.bytes_in));
	json_object_set_new(object, "writers_blocked_s", report_json_seconds(row->total.blocked_out_ns));
	json_object_set_new(object, "readers_blocked_s", report_json_seconds(row->total.blocked_in_ns));
	json_object_set_new(object, "use", row->use ? json_string(row->use) : json_null());
	json_object_set_new(
		object, "variable", report_json_clean(report_channel_variable(rows, row, variable) ? variable : NULL));
	return object;
}

static json_t *json_descriptor(const struct descriptor_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", report_json_clean(row->name));
	json_object_set_new(object, "pid", json_integer(row->pid));
	json_object_set_new(object, "peak", json_integer(row->peak));
	json_object_set_new(object, "peak_at_s", report_json_seconds(row->peak_ns));
	json_object_set_new(object, "limit", row->limit ? report_json_number(row->limit) : json_null());
	return object;
}

static json_t *json_segment(const struct report_rows *rows, const struct segment_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", report_json_clean(report_json_path(rows, row->name)));
	json_object_set_new(object, "segments", json_integer(row->count));
	json_object_set_new(object, "bytes", report_json_number(row->size));
	json_object_set_new(object, "made_by", report_json_clean(row->maker));
	json_object_set_new(object, "mapped_by", json_integer(row->mappers));
	json_object_set_new(object, "left_behind", json_boolean(row->left_behind));
	return object;
}

static json_t *json_lock(const struct report_rows *rows, const struct lock_row *row)
{
	const struct lock *lock = row->lock;
	const char *constructor = model_constructor(rows->model, lock->stack);
	char variable[VARIABLE_SIZE];
	bool named = model_variable(rows->model, lock->stack, variable, sizeof(variable));
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(kind_name_lock(lock->kind)));
	json_object_set_new(object, "name", report_json_clean(rows->redact ? NULL : lock->name));
	json_object_set_new(object, "variable", report_json_clean(named ? variable : NULL));
	json_object_set_new(object, "constructor", report_json_clean(constructor));
	json_object_set_new(object, "takes", report_json_number(lock->takes));
	json_object_set_new(object, "waits", report_json_number(row->waits));
	json_object_set_new(object, "waited_s", report_json_seconds(row->waited_ns));
	json_object_set_new(object, "longest_wait_s", report_json_seconds(row->longest_ns));
	json_object_set_new(object, "held_s", lock->held_ns ? report_json_seconds(lock->held_ns) : json_null());
	json_object_set_new(object, "internal", json_boolean(lock_role(rows->model, lock) != LOCK_ROLE_OWN));
	report_json_set_place(rows, object, lock->stack);
	return object;
}

static json_t *json_exception(const struct report_rows *rows, const struct exception_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "type", report_json_clean(row->type));
	json_object_set_new(object, "message", report_json_clean(row->message));
	json_object_set_new(object, "what", json_string(kind_name_pyfail(row->what)));
	json_object_set_new(object, "who", report_json_clean(row->who));
	json_object_set_new(object, "count", json_integer(row->count));
	report_json_set_place(rows, object, row->stack);
	return object;
}

static json_t *json_exit(const struct exit_row *row)
{
	json_t *object = json_object();
	char name[FORMAT_SIZE];

	json_object_set_new(object, "who", report_json_clean(row->who));
	json_object_set_new(object, "processes", json_integer(row->count));
	json_object_set_new(object, "signal", row->sig ? json_string(format_signal(row->sig, name)) : json_null());
	json_object_set_new(object, "exit_status", row->sig ? json_null() : json_integer(row->status));
	json_object_set_new(object, "cause", row->cause ? json_string(row->cause) : json_null());
	return object;
}

static json_t *json_loss(const struct loss_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "what", report_json_clean(row->text));
	json_object_set_new(object, "count", report_json_number(row->records));
	return object;
}

static json_t *json_finding(const struct report_rows *rows, const struct finding *finding)
{
	json_t *object = json_object(), *seen = json_array(), *facts = json_object();

	json_object_set_new(object, "code", json_string(finding->kind->code));
	json_object_set_new(object, "slug", json_string(finding->kind->slug));
	json_object_set_new(object, "level", json_string(finding_level_name(finding->level)));
	json_object_set_new(object, "title", report_json_clean(finding->title));
	json_object_set_new(object, "count", json_integer(finding->count));
	json_object_set_new(object, "who", report_json_clean(finding->who));
	json_object_set_new(object, "at_s", report_json_seconds(finding->ts_ns));
	json_object_set_new(object, "file", report_json_clean(report_json_path(rows, finding->file)));
	json_object_set_new(object, "line", finding->line ? json_integer(finding->line) : json_null());
	json_object_set_new(object, "function", report_json_clean(finding->function));
	json_object_set_new(object, "module", report_json_clean(report_json_path(rows, finding->module)));
	for (unsigned i = 0; i < finding->seen_count; i++)
		json_array_append_new(seen, clean_lines(finding->seen[i]));
	json_object_set_new(object, "seen", seen);
	for (unsigned i = 0; i < finding->fact_count; i++)
		json_object_set_new(facts, finding->facts[i].name, report_json_number(finding->facts[i].value));
	json_object_set_new(object, "facts", facts);
	json_object_set_new(object, "why", clean_lines(finding->why));
	json_object_set_new(object, "fix", clean_lines(finding->fix));
	json_object_set_new(object, "gain_s", json_null());
	json_object_set_new(object, "sure", finding->sure ? json_string(finding->sure) : json_string("yes"));
	return object;
}

static json_t *json_own(const struct report_rows *rows)
{
	const struct run_facts *run = model_run(rows->model);
	json_t *object = json_object();

	json_object_set_new(object, "cpu_s", report_json_seconds(run->own.cpu_ns));
	json_object_set_new(object, "memory_bytes",
		report_json_number(run->own.rss_kb > UINT64_MAX / 1024 ? 0 : run->own.rss_kb * 1024));
	json_object_set_new(object, "events", report_json_number(run->events));
	json_object_set_new(object, "clamped_times", json_integer(run->clamped));
	return object;
}

#define LIST(name, count, row)                                                                                         \
	do {                                                                                                           \
		json_t *list = json_array();                                                                           \
                                                                                                                       \
		for (size_t i = 0; i < (count); i++)                                                                   \
			json_array_append_new(list, row);                                                              \
		json_object_set_new(root, name, list);                                                                 \
	} while (0)

int report_print_json(const struct report_rows *rows, FILE *file)
{
	json_t *root = json_object();
	int result;

	json_object_set_new(root, "schema", json_integer(1));
	json_object_set_new(root, "run", json_run(rows));
	LIST("workers", rows->worker_count, json_worker(&rows->workers[i]));
	/* a row without a channel is in "objects" */
	LIST("channels", rows->channel_count, rows->channels[i].count ? json_channel(rows, &rows->channels[i]) : NULL);
	json_object_set_new(root, "objects", report_json_objects(rows));
	LIST("tasks", rows->task_count, report_json_task(rows, &rows->tasks[i]));
	LIST("runs", rows->run_count, report_json_run(rows, &rows->runs[i]));
	LIST("waiting", rows->waiting_count, report_json_waiting(rows, &rows->waiting[i]));
	json_object_set_new(root, "running", report_json_running(rows));
	LIST("descriptors", rows->descriptor_count, json_descriptor(&rows->descriptors[i]));
	LIST("segments", rows->segment_count, json_segment(rows, &rows->segments[i]));
	LIST("locks", rows->lock_count, json_lock(rows, &rows->locks[i]));
	LIST("exits", rows->exit_count, json_exit(&rows->exits[i]));
	LIST("exceptions", rows->exception_count, json_exception(rows, &rows->exceptions[i]));
	LIST("losses", rows->loss_count, json_loss(&rows->losses[i]));
	json_object_set_new(root, "own", json_own(rows));
	LIST("findings", rows->finding_count, json_finding(rows, rows->findings[i]));
	json_object_set_new(root, "muted", json_integer(rows->muted));
	errno = 0;
	result = json_dumpf(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0 && fputc('\n', file) != EOF
			 ? 0
			 : -EIO;
	json_decref(root);
	return result;
}
