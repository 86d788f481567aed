/* report_json_python.c: objects, tasks and waits as JSON. */
#include <stdlib.h>

#include "report_json.h"
#include "wire/calls.h"

void report_json_set_place(const struct report_rows *rows, json_t *object, uint32_t stack)
{
	struct frame frame;
	bool placed = stack && model_user_frame(rows->model, stack, &frame) >= 0 && frame.file && frame.line;

	json_object_set_new(
		object, "file", placed ? report_json_clean(report_json_path(rows, frame.file)) : json_null());
	json_object_set_new(object, "line", placed ? json_integer(frame.line) : json_null());
}

static json_t *json_names(const struct report_rows *rows, const struct process **list, size_t count)
{
	char *names = process_names(rows->model, list, count);
	json_t *value = count ? report_json_clean(names) : json_null();

	free(names);
	return value;
}

static json_t *json_part(const struct report_rows *rows, const struct exchange_part *part)
{
	json_t *object = json_object();

	json_object_set_new(object, "what", report_json_clean(part->what));
	json_object_set_new(object, "count", report_json_number(part->count));
	json_object_set_new(object, "bytes", part->bytes ? report_json_number(part->bytes) : json_null());
	json_object_set_new(object, "largest_bytes", part->largest ? report_json_number(part->largest) : json_null());
	json_object_set_new(object, "seconds", report_json_seconds(part->ns));
	report_json_set_place(rows, object, part->stack);
	return object;
}

json_t *report_json_objects(const struct report_rows *rows)
{
	json_t *list = json_array();

	for (unsigned kind = 0; kind < EXCHANGE_KINDS; kind++) {
		const struct exchange *objects = &rows->objects[kind];
		json_t *object, *parts;

		if (!objects->sent && !objects->received)
			continue;
		object = json_object();
		parts = json_array();
		json_object_set_new(object, "use", json_string(kind_name_message(kind)));
		json_object_set_new(object, "from", json_names(rows, objects->from, objects->from_count));
		json_object_set_new(object, "to", json_names(rows, objects->to, objects->to_count));
		json_object_set_new(object, "sent", report_json_number(objects->sent));
		json_object_set_new(object, "received", report_json_number(objects->received));
		json_object_set_new(object, "bytes", objects->bytes ? report_json_number(objects->bytes) : json_null());
		json_object_set_new(object, "pickle_s", report_json_seconds(objects->pickle_ns));
		json_object_set_new(object, "unpickle_s", report_json_seconds(objects->unpickle_ns));
		for (size_t i = 0; i < objects->part_count; i++)
			json_array_append_new(parts, json_part(rows, &objects->parts[i]));
		json_object_set_new(object, "parts", parts);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *json_frames(const struct report_rows *rows, uint32_t stack)
{
	json_t *frames = json_array();
	struct frame frame;

	for (unsigned i = 0; stack && model_frame(rows->model, stack, i, &frame); i++) {
		json_t *one = json_object();

		json_object_set_new(one, "file", report_json_clean(report_json_path(rows, frame.file)));
		json_object_set_new(one, "line", frame.line ? json_integer(frame.line) : json_null());
		json_object_set_new(one, "function", report_json_clean(frame.function));
		json_array_append_new(frames, one);
	}
	return frames;
}

static json_t *json_ran(const struct report_rows *rows, const struct process *process, uint32_t stack)
{
	json_t *object = json_object();

	json_object_set_new(object, "who", json_names(rows, &process, 1));
	report_json_set_place(rows, object, stack);
	json_object_set_new(object, "stack", json_frames(rows, stack));
	return object;
}

json_t *report_json_running(const struct report_rows *rows)
{
	json_t *list = json_array();

	if (!rows->stop_ns)
		return list;
	for (const struct process *p = model_processes(rows->model); p; p = process_next(p)) {
		const struct thread *thread = process_main_thread(p);
		uint32_t stack = thread ? thread_ran_at(rows->model, thread) : 0;

		if (stack)
			json_array_append_new(list, json_ran(rows, p, stack));
	}
	return list;
}

json_t *report_json_waiting(const struct report_rows *rows, const struct waiting_row *row)
{
	json_t *object = json_object();
	uint32_t made = row->lock ? row->lock->stack : row->made;
	char variable[VARIABLE_SIZE];

	json_object_set_new(object, "who", json_names(rows, row->who, row->who_count));
	json_object_set_new(object, "thread", row->is_main ? json_string("main") : report_json_clean(row->thread));
	json_object_set_new(object, "call", json_string(call_name(row->call)));
	json_object_set_new(object, "use", row->use ? json_string(row->use) : json_null());
	json_object_set_new(object, "waits_for",
		report_json_clean(model_variable(rows->model, made, variable, sizeof(variable)) ? variable : NULL));
	json_object_set_new(object, "longest_s", report_json_seconds(row->longest_ns));
	report_json_set_place(rows, object, row->stack);
	json_object_set_new(object, "stack", json_frames(rows, row->stack));
	return object;
}

json_t *report_json_task(const struct report_rows *rows, const struct task_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "function", report_json_clean(row->name));
	json_object_set_new(object, "of", json_string(kind_name_task(row->kind)));
	json_object_set_new(object, "by", json_names(rows, row->who, row->who_count));
	json_object_set_new(object, "tasks", report_json_number(row->done));
	json_object_set_new(object, "calls", report_json_number(row->items));
	json_object_set_new(object, "failed", report_json_number(row->failed));
	json_object_set_new(object, "seconds", report_json_seconds(row->run_ns));
	json_object_set_new(object, "longest_s", report_json_seconds(row->longest_ns));
	report_json_set_place(rows, object, row->stack);
	return object;
}

json_t *report_json_run(const struct report_rows *rows, const struct run_row *row)
{
	json_t *object = json_object();

	json_object_set_new(object, "file", report_json_clean(report_json_path(rows, row->frame.file)));
	json_object_set_new(object, "line", json_integer(row->frame.line));
	json_object_set_new(object, "function", report_json_clean(row->frame.function));
	json_object_set_new(object, "samples", report_json_number(row->samples));
	json_object_set_new(object, "percent", json_integer(report_run_percent(rows, row)));
	json_object_set_new(object, "by", json_names(rows, row->who, row->who_count));
	return object;
}
