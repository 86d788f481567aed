#include "stack_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"
#include "base/textbuf.h"
#include "proc_files.h"
#include "symbols.h"

struct frame {
	uint32_t module, spare;
	uint64_t offset;
};

struct module_entry {
	struct module_host module;
	UT_hash_handle hh; /* by path */
};

struct stack_entry {
	uint32_t number, count;
	bool failure;
	struct frame *frames; /* key of a native one */
	char *python;         /* key of a Python one */
	uint32_t parent;
	UT_hash_handle hh;
};

struct python_code {
	uint32_t id;
	char *file, *function;
	UT_hash_handle hh;
};

struct stack_table {
	struct module_entry *modules;
	struct module_entry **modules_by_id; /* id - 1 */
	uint32_t module_count;
	struct stack_entry *stacks, *python_stacks;
	struct stack_entry **stacks_by_number; /* number - 1 */
	uint32_t stack_count;
};

struct mapping {
	uint64_t start, end, offset;
	uint32_t module;
};

struct known_stack {
	uint32_t id, number;
	UT_hash_handle hh;
};

struct family {
	uint32_t users;
	struct mapping *mappings;
	uint32_t mapping_count;
	uint32_t reads; /* of the maps, so far */
	struct known_stack *stacks;
	struct python_code *codes;
};

/* A library opened by dlopen is not in the maps read before; but a stack through generated code never will be. */
#define MAPS_READS_MAX 64u
#define FAMILY_STACKS_MAX 65536u

void stack_table_init(struct collect *collect)
{
	collect->stacks = mem_zalloc(1, sizeof(*collect->stacks));
}

void stack_table_free(struct collect *collect)
{
	struct stack_table *table = collect->stacks;

	HASH_CLEAR(hh, table->modules);
	HASH_CLEAR(hh, table->stacks);
	HASH_CLEAR(hh, table->python_stacks);
	for (uint32_t i = 0; i < table->module_count; i++) {
		free(table->modules_by_id[i]->module.path);
		free(table->modules_by_id[i]);
	}
	for (uint32_t i = 0; i < table->stack_count; i++) {
		free(table->stacks_by_number[i]->frames);
		free(table->stacks_by_number[i]->python);
		free(table->stacks_by_number[i]);
	}
	free(table->modules_by_id);
	free(table->stacks_by_number);
	free(table);
	collect->stacks = NULL;
}

/* --- families --- */

struct family *family_new(void)
{
	struct family *family = mem_zalloc(1, sizeof(*family));

	family->users = 1;
	return family;
}

struct family *family_use(struct family *family)
{
	family->users++;
	return family;
}

void family_put(struct family *family)
{
	struct known_stack *known, *next;
	struct python_code *code, *next_code;

	if (--family->users > 0)
		return;
	HASH_ITER(hh, family->codes, code, next_code)
	{
		HASH_DEL(family->codes, code);
		free(code->file);
		free(code);
	}
	HASH_ITER(hh, family->stacks, known, next)
	{
		HASH_DEL(family->stacks, known);
		free(known);
	}
	free(family->mappings);
	free(family);
}

uint32_t stack_number(const struct family *family, uint32_t id)
{
	struct known_stack *known = NULL;

	if (id && family)
		HASH_FIND(hh, family->stacks, &id, sizeof(id), known);
	return known ? known->number : 0;
}

/* --- modules --- */

static uint32_t module_id(struct collect *collect, const char *path, uint64_t ts_ns)
{
	struct stack_table *table = collect->stacks;
	struct module_entry *entry;
	struct event event = {.type = EV_MODULE, .ts_ns = ts_ns};

	HASH_FIND(hh, table->modules, path, strlen(path), entry);
	if (entry)
		return entry->module.id;
	entry = mem_zalloc(1, sizeof(*entry));
	entry->module.path = mem_copy_text(path);
	entry->module.id = table->module_count + 1;
	if (path[0] == '/')
		symbols_build_id(path, entry->module.build_id);
	if (!(table->module_count & (table->module_count + 1)) || !table->modules_by_id)
		table->modules_by_id = mem_resize(table->modules_by_id, (table->module_count * 2 + 2) * sizeof(entry));
	table->modules_by_id[table->module_count++] = entry;
	HASH_ADD_KEYPTR(hh, table->modules, entry->module.path, strlen(path), entry);
	event.u.module.id = entry->module.id;
	event.u.module.path = entry->module.path;
	event.u.module.build_id = entry->module.build_id;
	collect_emit(collect, &event);
	return entry->module.id;
}

static void mapping_add(struct collect *collect, struct family *family, char *line, uint64_t ts_ns)
{
	struct mapping mapping = {0};
	char permissions[5] = "";
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &mapping.start, &mapping.end,
		    permissions, &mapping.offset, &path) < 4 ||
		permissions[2] != 'x' || path == 0 || line[path] == 0)
		return;
	mapping.module = module_id(collect, line + path, ts_ns);
	family->mappings = mem_resize(family->mappings, (family->mapping_count + 1) * sizeof(mapping));
	family->mappings[family->mapping_count++] = mapping;
}

static void maps_read(struct collect *collect, struct family *family, int32_t pid, uint64_t ts_ns)
{
	static char text[1 << 20];
	ssize_t length = proc_read(pid, "maps", text, sizeof(text));
	char *line = text, *end;

	family->reads++;
	if (length <= 0)
		return;
	family->mapping_count = 0;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		mapping_add(collect, family, line, ts_ns);
	}
}

void family_learn(struct collect *collect, struct family *family, int32_t pid, uint64_t ts_ns)
{
	if (family->reads == 0)
		maps_read(collect, family, pid, ts_ns);
}

void family_learn_early(struct collect *collect, struct family *family, int32_t pid, uint64_t ts_ns)
{
	maps_read(collect, family, pid, ts_ns);
	family->reads = 0;
}

static const struct mapping *mapping_find(const struct family *family, uint64_t address)
{
	for (uint32_t i = 0; i < family->mapping_count; i++)
		if (address - family->mappings[i].start < family->mappings[i].end - family->mappings[i].start)
			return &family->mappings[i];
	return NULL;
}

/* --- stacks --- */

static void stack_emit(struct collect *collect, const struct stack_entry *entry, uint64_t ts_ns)
{
	struct event event = {.type = EV_STACK, .ts_ns = ts_ns};
	char frames[STACK_FRAMES_MAX * 32];
	struct textbuf text;

	textbuf_init(&text, frames, sizeof(frames));
	for (uint32_t i = 0; i < entry->count; i++)
		textbuf_printf(&text, "%s%" PRIu32 "+0x%" PRIx64, i ? " " : "", entry->frames[i].module,
			entry->frames[i].offset);
	event.u.stack.id = entry->number;
	event.u.stack.kind = entry->python ? STACK_PY : STACK_NATIVE;
	event.u.stack.parent = entry->parent;
	event.u.stack.frames = entry->python ? entry->python : frames;
	collect_emit(collect, &event);
}

static struct stack_entry *stack_add(struct stack_table *table)
{
	struct stack_entry *entry = mem_zalloc(1, sizeof(*entry));

	entry->number = table->stack_count + 1;
	if (!(table->stack_count & (table->stack_count + 1)) || !table->stacks_by_number)
		table->stacks_by_number =
			mem_resize(table->stacks_by_number, (table->stack_count * 2 + 2) * sizeof(entry));
	table->stacks_by_number[table->stack_count++] = entry;
	return entry;
}

static uint32_t stack_intern(struct collect *collect, const struct frame *frames, uint32_t count, uint64_t ts_ns)
{
	struct stack_table *table = collect->stacks;
	size_t size = count * sizeof(*frames);
	struct stack_entry *entry;

	HASH_FIND(hh, table->stacks, frames, size, entry);
	if (entry)
		return entry->number;
	entry = stack_add(table);
	entry->frames = mem_alloc(size);
	memcpy(entry->frames, frames, size);
	entry->count = count;
	HASH_ADD_KEYPTR(hh, table->stacks, entry->frames, size, entry);
	stack_emit(collect, entry, ts_ns);
	return entry->number;
}

static void known_add(struct family *family, uint32_t id, uint32_t number)
{
	struct known_stack *known;

	HASH_FIND(hh, family->stacks, &id, sizeof(id), known);
	if (!known) {
		if (HASH_COUNT(family->stacks) >= FAMILY_STACKS_MAX)
			return;
		known = mem_zalloc(1, sizeof(*known));
		known->id = id;
		HASH_ADD(hh, family->stacks, id, sizeof(known->id), known);
	}
	known->number = number;
}

static bool all_mapped(const struct family *family, const uint64_t *addresses, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!mapping_find(family, addresses[i]))
			return false;
	return true;
}

void stack_define(struct collect *collect, struct family *family, int32_t pid, uint32_t id, const uint64_t *addresses,
	uint32_t count, uint64_t ts_ns)
{
	struct frame frames[STACK_FRAMES_MAX];

	if (count > STACK_FRAMES_MAX)
		count = STACK_FRAMES_MAX;
	if (count == 0 || id == 0)
		return;
	if (family->reads < MAPS_READS_MAX && !all_mapped(family, addresses, count))
		maps_read(collect, family, pid, ts_ns);
	memset(frames, 0, sizeof(frames));
	for (uint32_t i = 0; i < count; i++) {
		const struct mapping *mapping = mapping_find(family, addresses[i]);

		frames[i].module = mapping ? mapping->module : 0;
		frames[i].offset = mapping ? addresses[i] - mapping->start + mapping->offset : addresses[i];
	}
	known_add(family, id, stack_intern(collect, frames, count, ts_ns));
}

uint32_t stack_count(const struct collect *collect)
{
	return collect->stacks->stack_count;
}

void stack_visit_frames(const struct collect *collect, uint32_t stack, frame_visitor *visit, void *context)
{
	const struct stack_table *table = collect->stacks;
	const struct stack_entry *entry;

	if (stack == 0 || stack > table->stack_count)
		return;
	entry = table->stacks_by_number[stack - 1];
	for (uint32_t i = 0; i < entry->count; i++) {
		uint32_t module = entry->frames[i].module;

		if (module && module <= table->module_count)
			visit(context, i, &table->modules_by_id[module - 1]->module, entry->frames[i].offset);
	}
}

void stack_mark_failure(struct collect *collect, uint32_t stack)
{
	if (stack && stack <= collect->stacks->stack_count)
		collect->stacks->stacks_by_number[stack - 1]->failure = true;
}

bool stack_is_of_failure(const struct collect *collect, uint32_t stack)
{
	return stack && stack <= collect->stacks->stack_count && collect->stacks->stacks_by_number[stack - 1]->failure;
}

/* --- Python --- */

#define FAMILY_CODES_MAX 65536u

void python_code_define(struct family *family, uint32_t id, const char *text)
{
	struct python_code *code;
	char *function;

	HASH_FIND(hh, family->codes, &id, sizeof(id), code);
	if (code || !text || HASH_COUNT(family->codes) >= FAMILY_CODES_MAX)
		return;
	code = mem_zalloc(1, sizeof(*code));
	code->id = id;
	code->file = mem_copy_text(text);
	function = strchr(code->file, '\n');
	if (function)
		*function++ = 0;
	code->function = function ? function : code->file + strlen(code->file);
	HASH_ADD(hh, family->codes, id, sizeof(code->id), code);
}

static uint32_t python_intern(struct collect *collect, const char *text, uint32_t parent, uint64_t ts_ns)
{
	struct stack_table *table = collect->stacks;
	struct stack_entry *entry;

	HASH_FIND(hh, table->python_stacks, text, strlen(text), entry);
	if (entry)
		return entry->number;
	entry = stack_add(table);
	entry->python = mem_copy_text(text);
	entry->parent = parent;
	HASH_ADD_KEYPTR(hh, table->python_stacks, entry->python, strlen(entry->python), entry);
	stack_emit(collect, entry, ts_ns);
	return entry->number;
}

void python_stack_define(struct collect *collect, struct family *family, uint32_t id, uint32_t parent,
	const uint64_t *words, uint32_t count, uint64_t ts_ns)
{
	char lines[STACK_FRAMES_MAX * 256];
	struct textbuf text;

	if (id == 0)
		return;
	textbuf_init(&text, lines, sizeof(lines));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t key = (uint32_t)(words[i] >> 32);
		const struct python_code *code;

		HASH_FIND(hh, family->codes, &key, sizeof(key), code);
		if (code)
			textbuf_printf(&text, "%s:%" PRIu32 " %s\n", code->file, (uint32_t)words[i], code->function);
	}
	if (text.length)
		known_add(family, id, python_intern(collect, lines, stack_number(family, parent), ts_ns));
}

uint32_t stack_of_python_text(struct collect *collect, const char *text, uint64_t ts_ns)
{
	return python_intern(collect, text, 0, ts_ns);
}

const char *stack_python_text(const struct collect *collect, uint32_t stack)
{
	return stack && stack <= collect->stacks->stack_count ? collect->stacks->stacks_by_number[stack - 1]->python
							      : NULL;
}
