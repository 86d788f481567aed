/* stacks.c: stacks, modules, symbols and source lines, and which frame is the program's own code. */
#include "model/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct module {
	uint32_t id;
	const char *path;
	UT_hash_handle hh;
};

struct stack {
	uint32_t id, kind, parent;
	const char *frames;   /* native: parsed when asked for */
	struct frame *python; /* Python: parsed when it came, since its names are interned */
	unsigned python_count;
	UT_hash_handle hh;
};

struct symbol {
	struct {
		uint64_t module, offset;
	} key;
	const char *function, *file;
	uint32_t line;
	UT_hash_handle hh;
};

struct source_entry {
	struct {
		const char *file; /* interned */
		uint64_t line;
	} key;
	struct source_line source;
	UT_hash_handle hh;
};

void apply_module(struct model *model, struct process *process, const struct event *event)
{
	struct module *module;

	(void)process;
	HASH_FIND(hh, model->modules, &event->u.module.id, sizeof(uint32_t), module);
	if (!module) {
		module = mem_zalloc(1, sizeof(*module));
		module->id = event->u.module.id;
		HASH_ADD(hh, model->modules, id, sizeof(module->id), module);
	}
	module->path = model_intern(model, event->u.module.path);
}

/* "file:line function": read from the right, because a file may be called anything. */
static bool parse_python_frame(struct model *model, char *line, struct frame *out)
{
	char *function = strrchr(line, ' '), *number;

	if (!function)
		return false;
	*function++ = 0;
	number = strrchr(line, ':');
	if (!number)
		return false;
	*number++ = 0;
	memset(out, 0, sizeof(*out));
	out->python = true;
	out->function = model_intern(model, function);
	out->file = model_intern(model, line);
	out->line = (uint32_t)strtoul(number, NULL, 10);
	return true;
}

static void parse_python(struct model *model, struct stack *stack, const char *frames)
{
	char *text = mem_copy_text(frames ? frames : ""), *rest = text, *line;
	unsigned room = 0;

	mem_free(stack->python);
	stack->python = NULL;
	stack->python_count = 0;
	while ((line = strsep(&rest, "\n"))) {
		if (stack->python_count == room)
			stack->python = mem_resize(stack->python, (room += 16) * sizeof(*stack->python));
		stack->python_count += parse_python_frame(model, line, &stack->python[stack->python_count]);
	}
	mem_free(text);
}

void apply_stack(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_stack *ev = &event->u.stack;
	struct stack *stack;

	(void)process;
	HASH_FIND(hh, model->stacks, &ev->id, sizeof(ev->id), stack);
	if (!stack) {
		stack = mem_zalloc(1, sizeof(*stack));
		stack->id = ev->id;
		HASH_ADD(hh, model->stacks, id, sizeof(stack->id), stack);
	}
	stack->kind = ev->kind;
	stack->parent = ev->parent;
	if (ev->kind == STACK_PY)
		parse_python(model, stack, ev->frames);
	else
		stack->frames = model_intern(model, ev->frames);
}

static struct symbol *symbol_find(const struct model *model, uint64_t module, uint64_t offset)
{
	struct symbol *symbol, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.module = module;
	probe.key.offset = offset;
	HASH_FIND(hh, model->symbols, &probe.key, sizeof(probe.key), symbol);
	return symbol;
}

void apply_symbol(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_symbol *ev = &event->u.symbol;
	struct symbol *symbol = symbol_find(model, ev->module, ev->offset);

	(void)process;
	if (!symbol) {
		symbol = mem_zalloc(1, sizeof(*symbol));
		symbol->key.module = ev->module;
		symbol->key.offset = ev->offset;
		HASH_ADD(hh, model->symbols, key, sizeof(symbol->key), symbol);
	}
	symbol->function = model_intern(model, ev->function);
	symbol->file = model_intern(model, ev->file);
	symbol->line = ev->line;
}

static struct source_entry *source_find(const struct model *model, const char *file, uint32_t line)
{
	struct source_entry *entry, probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.file = file;
	probe.key.line = line;
	HASH_FIND(hh, model->sources, &probe.key, sizeof(probe.key), entry);
	return entry;
}

void apply_source(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_source *ev = &event->u.source;
	const char *file = model_intern(model, ev->file);
	struct source_entry *entry = source_find(model, file, ev->line);

	(void)process;
	if (!entry) {
		entry = mem_zalloc(1, sizeof(*entry));
		entry->key.file = file;
		entry->key.line = ev->line;
		HASH_ADD(hh, model->sources, key, sizeof(entry->key), entry);
	}
	entry->source.text = model_intern(model, ev->text);
	entry->source.state = ev->state;
}

bool model_source(const struct model *model, const char *file, uint32_t line, struct source_line *out)
{
	/* Files come interned from the frames, so the pointer is the name. */
	const struct source_entry *entry = file ? source_find(model, file, line) : NULL;

	if (entry)
		*out = entry->source;
	return entry != NULL;
}

/* "12+0x4f0 ...": the frame at `index`. */
static bool parse_frame(const char *frames, unsigned index, uint64_t *module, uint64_t *offset)
{
	char *end;

	while (frames && index--) {
		frames = strchr(frames, ' ');
		if (frames)
			frames++;
	}
	if (!frames || !*frames)
		return false;
	*module = strtoull(frames, &end, 10);
	if (end == frames || *end != '+')
		return false;
	*offset = strtoull(end + 1, NULL, 0);
	return true;
}

static const struct stack *stack_find(const struct model *model, uint32_t id)
{
	struct stack *stack;

	HASH_FIND(hh, model->stacks, &id, sizeof(id), stack);
	return stack;
}

bool model_frame(const struct model *model, uint32_t id, unsigned index, struct frame *out)
{
	const struct stack *stack = stack_find(model, id);
	const struct symbol *symbol;
	struct module *module;
	uint64_t number, offset;
	uint32_t key;

	if (!stack)
		return false;
	if (stack->kind == STACK_PY) {
		if (index < stack->python_count)
			*out = stack->python[index];
		return index < stack->python_count;
	}
	if (!parse_frame(stack->frames, index, &number, &offset))
		return false;
	memset(out, 0, sizeof(*out));
	out->offset = offset;
	key = (uint32_t)number;
	HASH_FIND(hh, model->modules, &key, sizeof(key), module);
	out->module = module ? module->path : NULL;
	symbol = symbol_find(model, number, offset);
	if (symbol) {
		out->function = symbol->function;
		out->file = symbol->file;
		out->line = symbol->line;
	}
	return true;
}

uint32_t stack_native(const struct model *model, uint32_t id)
{
	const struct stack *stack = stack_find(model, id);

	return stack && stack->kind == STACK_PY ? stack->parent : id;
}

/* --- whose code is it? ----------------------------------------------------------------------------------------------
 */

/* clang-format off */
static const char *const system_folders[] = {"/lib/", "/lib64/", "/lib32/", "/usr/lib/", "/usr/lib64/", "/usr/local/lib/", "/nix/store/", "/snap/"};
static const char *const library_names[] = {"libc.so", "libc-", "ld-linux", "libpthread", "libmpwatch", "libpython", "libstdc++", "libgcc_s", "libm.so"};
static const char *const interpreters[] = {"python", "perl", "ruby", "node", "bash", "dash", "sh", "php"};
static const char *const python_library[] = {"/site-packages/", "/dist-packages/", "/lib/python"};
/* clang-format on */

static bool starts_with_any(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(text, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}

#define STARTS_WITH_ANY(text, list) starts_with_any(text, list, sizeof(list) / sizeof(list[0]))

/* "python3.11" is one, "pythonista" is none. */
static bool is_interpreter(const char *name)
{
	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		size_t length = strlen(interpreters[i]);

		if (strncmp(name, interpreters[i], length) == 0 &&
			name[length + strspn(name + length, "0123456789.")] == 0)
			return true;
	}
	return false;
}

/* Of the standard library or an installed package: a file of Python, or an extension module. */
static bool is_python_library(const char *path)
{
	for (size_t i = 0; i < sizeof(python_library) / sizeof(python_library[0]); i++)
		if (strstr(path, python_library[i]))
			return true;
	return false;
}

static bool python_frame_is_user(const struct frame *frame)
{
	return frame->file && frame->file[0] != '<' && !is_python_library(frame->file);
}

static bool frame_is_user(const struct frame *frame)
{
	if (frame->python)
		return python_frame_is_user(frame);
	if (!frame->module || frame->module[0] != '/' || (frame->function && strcmp(frame->function, "_start") == 0))
		return false;
	return !STARTS_WITH_ANY(frame->module, system_folders) && !is_python_library(frame->module) &&
	       !STARTS_WITH_ANY(text_last_part(frame->module), library_names) &&
	       !is_interpreter(text_last_part(frame->module));
}

bool model_stack_is_site_of(const struct model *model, uint32_t site, uint32_t stack)
{
	const struct stack *one = stack_find(model, site), *whole = stack_find(model, stack);
	size_t length;

	if (!one || !whole || one->kind == STACK_PY || whole->kind == STACK_PY || !one->frames || !whole->frames)
		return false;
	length = strlen(one->frames);
	return !strchr(one->frames, ' ') && strncmp(one->frames, whole->frames, length) == 0 &&
	       whole->frames[length] == ' ';
}

/* Where the life of a Process begins: what called this was its parent's doing, and is on the stack of a forked child
 * only because fork copies it. multiprocessing and its relatives (billiard, loky, multiprocess) call it the same. */
static bool begins_process(const struct frame *frame)
{
	const char *dot = frame->function ? strrchr(frame->function, '.') : NULL;

	return frame->python && frame->function && frame->file &&
	       strcmp(dot ? dot + 1 : frame->function, "_bootstrap") == 0 &&
	       strcmp(text_last_part(frame->file), "process.py") == 0;
}

int model_user_frame(const struct model *model, uint32_t stack, struct frame *out)
{
	for (unsigned i = 0; model_frame(model, stack, i, out) && !begins_process(out); i++)
		if (frame_is_user(out))
			return (int)i;
	return -1;
}

int model_outer_user_frame(const struct model *model, uint32_t stack, struct frame *out)
{
	struct frame frame;
	int found = -1;

	for (unsigned i = 0; model_frame(model, stack, i, &frame) && !begins_process(&frame); i++)
		if (frame_is_user(&frame)) {
			found = (int)i;
			*out = frame;
		}
	return found;
}

void stacks_free(struct model *model)
{
	struct module *module, *next_module;
	struct stack *stack, *next_stack;
	struct symbol *symbol, *next_symbol;
	struct source_entry *source, *next_source;

	HASH_ITER(hh, model->modules, module, next_module)
	{
		HASH_DEL(model->modules, module);
		mem_free(module);
	}
	HASH_ITER(hh, model->stacks, stack, next_stack)
	{
		HASH_DEL(model->stacks, stack);
		mem_free(stack->python);
		mem_free(stack);
	}
	HASH_ITER(hh, model->symbols, symbol, next_symbol)
	{
		HASH_DEL(model->symbols, symbol);
		mem_free(symbol);
	}
	HASH_ITER(hh, model->sources, source, next_source)
	{
		HASH_DEL(model->sources, source);
		mem_free(source);
	}
}
