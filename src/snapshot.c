/* snapshot.c: the picture as a whole: its memory, what several parts need, the moments. */
#include "snapshot_make.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/format.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

/* --- memory: blocks that are freed together --------------------------------------------------------------------------
 */

#define BLOCK_SIZE 16384

struct snap_block {
	struct snap_block *next;
	size_t used, room;
	_Alignas(16) char data[];
};

struct snap_memory {
	struct snap_block *blocks;
};

void *snap_alloc(struct snap_memory *memory, size_t count, size_t size)
{
	struct snap_block *block = memory->blocks;
	size_t bytes = (count * size + 15) & ~(size_t)15;
	void *out;

	if (!block || block->room - block->used < bytes) {
		size_t room = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;

		block = mem_alloc(sizeof(*block) + room);
		block->used = 0;
		block->room = room;
		block->next = memory->blocks;
		memory->blocks = block;
	}
	out = block->data + block->used;
	block->used += bytes;
	memset(out, 0, bytes);
	return out;
}

const char *snap_copy(struct snap_memory *memory, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;

	return text ? memcpy(snap_alloc(memory, 1, size), text, size) : NULL;
}

const char *snap_text(struct snap_memory *memory, const char *format, ...)
{
	va_list arguments;
	char *out;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	out = snap_alloc(memory, 1, length < 0 ? 1 : (size_t)length + 1);
	va_start(arguments, format);
	if (length > 0)
		vsnprintf(out, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return out;
}

/* --- what several parts need
 * ------------------------------------------------------------------------------------------ */

const char *snap_label(struct snap_maker *maker, const struct process *process)
{
	char label[64];

	return process ? snap_copy(maker->memory, process_label(maker->model, process, label, sizeof(label))) : "-";
}

const char *snap_place(struct snap_maker *maker, uint32_t stack)
{
	struct frame frame;

	if (!stack ||
		(model_user_frame(maker->model, stack, &frame) < 0 && !model_frame(maker->model, stack, 0, &frame)))
		return NULL;
	if (frame.file && frame.line)
		return snap_text(maker->memory, "%s:%u %s", text_last_part(frame.file), frame.line,
			frame.function ? frame.function : "");
	if (frame.function)
		return snap_text(
			maker->memory, "%s %s", frame.function, frame.module ? text_last_part(frame.module) : "");
	return frame.module ? snap_copy(maker->memory, text_last_part(frame.module)) : NULL;
}

void snap_stack_make(struct snap_maker *maker, uint32_t stack, struct snap_stack *out)
{
	int user = -1;
	struct frame frame;

	out->count = 0;
	while (stack && model_frame(maker->model, stack, (unsigned)out->count, &frame))
		out->count++;
	if (!out->count)
		return;
	user = model_user_frame(maker->model, stack, &frame);
	out->frames = snap_alloc(maker->memory, out->count, sizeof(*out->frames));
	for (size_t i = 0; i < out->count; i++) {
		struct source_line source;

		model_frame(maker->model, stack, (unsigned)i, &frame);
		out->frames[i] = (struct snap_frame){.file = snap_copy(maker->memory, frame.file),
			.function = snap_copy(maker->memory, frame.function),
			.module = snap_copy(maker->memory, frame.module),
			.line = frame.line,
			.python = frame.python,
			.user = (int)i == user};
		if (frame.file && frame.line && model_source(maker->model, frame.file, frame.line, &source) &&
			!source.state && source.text)
			out->frames[i].source = snap_copy(maker->memory, source.text + strspn(source.text, " \t"));
	}
}

const char *snap_names(struct snap_maker *maker, const struct process **list, size_t count)
{
	char *text = process_names(maker->model, list, count);
	const char *out = snap_copy(maker->memory, text);

	free(text);
	return out;
}

/* --- moments
 * ------------------------------------------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
	const struct snap_moment *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return (x->mark > y->mark) - (x->mark < y->mark);
}

void snap_make_moments(struct snap_maker *maker)
{
	struct snapshot *out = maker->out;
	struct snap_moment *at;
	size_t alive = 0;

	at = out->moments =
		snap_alloc(maker->memory, 2 * out->process_count + out->finding_count + 1, sizeof(*out->moments));
	for (size_t i = 0; i < out->process_count; i++) {
		const struct snap_process *process = &out->processes[i];

		*at++ = (struct snap_moment){process->born_ns, '+', process->name,
			snap_text(maker->memory, "started%s%s, pid %d", process->how ? " by " : "",
				process->how ? process->how : "", process->pid)};
		if (!process->alive)
			*at++ = (struct snap_moment){
				process->dead_ns, process->bad_end ? '!' : '-', process->name, process->ended};
	}
	for (size_t i = 0; i < out->finding_count; i++)
		*at++ = (struct snap_moment){out->findings[i].ts_ns, "EWN"[out->findings[i].level],
			out -> findings[i].code, out->findings[i].title};
	out->moment_count = (size_t)(at - out->moments);
	qsort(out->moments, out->moment_count, sizeof(*out->moments), by_time);
	for (size_t i = 0; i < out->moment_count; i++) {
		alive += out->moments[i].mark == '+';
		alive -= out->moments[i].mark == '-' || out->moments[i].mark == '!';
		if (alive <= out->process_count && alive > out->peak_alive) {
			out->peak_alive = alive;
			out->peak_alive_ns = out->moments[i].ts_ns;
		}
	}
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------------- */

static const char *status_text(struct snap_maker *maker, const struct process *root)
{
	const struct run_facts *run = model_run(maker->model);
	int status = root && root->dead && root->status_from != EXIT_UNSEEN ? root->status : -1;
	char name[FORMAT_SIZE];

	if (status == -1 && run->ended && run->end.reason != END_ASKED && !(root && root->dead))
		status = run->end.status;
	if (status == -1)
		return root && root->dead ? "status not seen" : NULL;
	if (WIFSIGNALED(status))
		return snap_text(maker->memory, "ended by %s", format_signal(WTERMSIG(status), name));
	return snap_text(maker->memory, "exit status %d", WEXITSTATUS(status));
}

static void make_head(struct snap_maker *maker)
{
	const struct run_facts *run = model_run(maker->model);
	const struct process *root = model_root(maker->model);
	struct snapshot *out = maker->out;
	const char *command = run->run.command;

	if (!command)
		command = root && root->cmdline ? root->cmdline : "?";
	out->command = snap_copy(maker->memory, command);
	out->status = status_text(maker, root);
	out->pid = root ? root->pid : run->run.pid;
	out->now_ns = model_now_ns(maker->model);
	out->ended = run->ended || (root && root->dead);
	out->cpus = run->run.cpus;
	out->rules = FINDING_COUNT;
	for (const struct loss *loss = model_losses(maker->model); loss; loss = loss->next)
		out->lost += loss->records;
}

struct snapshot *snapshot_take(struct model *model, const struct history *history)
{
	struct snapshot *out = mem_zalloc(1, sizeof(*out));
	struct snap_maker maker = {.model = model, .out = out};

	maker.memory = out->memory = mem_zalloc(1, sizeof(*maker.memory));
	out->history = history;
	detect_run(model, false, &maker.findings);
	make_head(&maker);
	snap_make_processes(&maker);
	snap_make_channels(&maker);
	snap_make_locks(&maker);
	snap_make_segments(&maker);
	snap_make_findings(&maker);
	snap_make_moments(&maker);
	snap_forget_sites(&maker);
	findings_free(&maker.findings);
	return out;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	while (snapshot->memory->blocks) {
		struct snap_block *block = snapshot->memory->blocks;

		snapshot->memory->blocks = block->next;
		free(block);
	}
	free(snapshot->memory);
	free(snapshot);
}

char snap_share_letter(unsigned share)
{
	_Static_assert(sizeof(SNAP_STATES) == SHARE_COUNT + 1 && SNAP_STATE_COUNT == SHARE_COUNT, "letters of shares");
	return share < SHARE_COUNT ? SNAP_STATES[share] : SNAP_NOT_KNOWN;
}

void snapshot_columns(const struct snapshot *snapshot, uint32_t process, uint64_t from_ns, uint64_t step_ns,
	size_t count, struct snap_mix *out)
{
	struct shares *shares = mem_alloc((count + 1) * sizeof(*shares));

	history_columns(snapshot->history, process, from_ns, step_ns, count, shares);
	for (size_t i = 0; i < count; i++) {
		memcpy(out[i].ns, shares[i].ns, sizeof(out[i].ns));
		out[i].known_ns = shares[i].life_ns;
	}
	free(shares);
}

char snapshot_state(const struct snap_mix *mix, bool *mostly)
{
	unsigned best = 0;

	for (unsigned i = 1; i < SHARE_COUNT; i++)
		if (mix->ns[i] > mix->ns[best])
			best = i;
	*mostly =
		mix->ns[best] / 2 >= (mix->known_ns - (mix->ns[best] < mix->known_ns ? mix->ns[best] : mix->known_ns));
	return mix->known_ns ? snap_share_letter(best) : 0;
}

const struct snap_process *snapshot_process(const struct snapshot *snapshot, uint32_t number)
{
	for (size_t i = 0; i < snapshot->process_count; i++)
		if (snapshot->processes[i].number == number)
			return &snapshot->processes[i];
	return NULL;
}
