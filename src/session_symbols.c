#include "session_symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uthash.h>

#include "base/mem.h"
#include "source_lines.h"
#include "stack_table.h"
#include "symbols.h"

struct place {
	struct {
		uint64_t offset;
		uint32_t module, spare;
	} key;
	UT_hash_handle hh;
};

struct line {
	char *file_line; /* "file:line" */
	UT_hash_handle hh;
};

#define SLOW_MAX 64u
#define TRIES_MAX 40u /* then a file is left for the end */

struct session_symbols {
	struct collect *collect;
	struct symbols *symbols;
	struct place *places;
	struct line *lines;
	uint64_t started_unix_ns;
	char directory[4096]; /* where the program started, for relative names */
	bool out_of_time;
	bool in_program; /* a frame of the program was seen in this stack: what called it is the system's start-up */
	bool failure;
	uint32_t live_done;              /* stacks that were looked at while the program ran */
	bool live;                       /* we are there now */
	uint32_t slow_modules[SLOW_MAX]; /* ids of those that took too long */
	unsigned slow_count, tries;
};

/* Whether a source line is worth showing: what lies outside the places of the system's own libraries. */
static bool is_program(const struct module_host *module)
{
	static const char *const system[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "["};

	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++)
		if (strncmp(module->path, system[i], strlen(system[i])) == 0)
			return false;
	return true;
}

static void source_line_emit(struct session_symbols *naming, const char *file, unsigned line)
{
	struct event event = {.type = EV_SOURCE, .ts_ns = session_clock_now(&naming->collect->clock)};
	char text[SOURCE_TEXT_MAX];
	struct line *entry;
	size_t size = strlen(file) + 16;
	char *key;

	if (file[0] == '<' || HASH_COUNT(naming->lines) >= SYMBOLS_SOURCES_MAX)
		return;
	key = mem_alloc(size);
	snprintf(key, size, "%s:%u", file, line);
	HASH_FIND_STR(naming->lines, key, entry);
	if (entry) {
		free(key);
		return;
	}
	entry = mem_zalloc(1, sizeof(*entry));
	entry->file_line = key;
	HASH_ADD_KEYPTR(hh, naming->lines, entry->file_line, strlen(entry->file_line), entry);
	event.u.source.file = file;
	event.u.source.line = line;
	event.u.source.state = source_line_read(naming->directory, file, line, naming->started_unix_ns, text);
	event.u.source.text = text;
	collect_emit(naming->collect, &event);
}

/* A quoted line comes with the one above it. */
static void source_emit(struct session_symbols *naming, const char *file, unsigned line)
{
	source_line_emit(naming, file, line);
	if (line > 1)
		source_line_emit(naming, file, line - 1);
}

/* Debug information of the system's libraries is large: their frames are only named where they say what failed. */
static bool worth_naming(struct session_symbols *naming, uint32_t index, const struct module_host *module)
{
	if (index == 0)
		naming->in_program = false;
	if (is_program(module)) {
		naming->in_program = true;
		return true;
	}
	return naming->failure && !naming->in_program;
}

static bool is_slow(const struct session_symbols *naming, const struct module_host *module)
{
	for (unsigned i = 0; naming->live && i < naming->slow_count; i++)
		if (naming->slow_modules[i] == module->id)
			return true;
	return naming->live && naming->slow_count == SLOW_MAX;
}

static void slow_add(struct session_symbols *naming, const struct module_host *module)
{
	if (naming->live && naming->slow_count < SLOW_MAX && ++naming->tries == TRIES_MAX)
		naming->slow_modules[naming->slow_count++] = module->id;
}

static void frame_name(void *context, uint32_t index, const struct module_host *module, uint64_t offset)
{
	struct session_symbols *naming = context;
	struct event event = {.type = EV_SYMBOL, .ts_ns = session_clock_now(&naming->collect->clock)};
	struct place *place, key = {.key = {.offset = offset, .module = module->id}};
	struct symbol symbol;
	int rc;

	if (!worth_naming(naming, index, module) || is_slow(naming, module))
		return;
	HASH_FIND(hh, naming->places, &key.key, sizeof(key.key), place);
	if (place || naming->out_of_time || HASH_COUNT(naming->places) >= SYMBOLS_FRAMES_MAX || module->path[0] != '/')
		return;
	place = mem_zalloc(1, sizeof(*place));
	place->key = key.key;
	HASH_ADD(hh, naming->places, key, sizeof(place->key), place);
	rc = symbols_lookup(naming->symbols, module->path, module->build_id, offset, &symbol);
	if (rc == -ETIME) {
		naming->out_of_time = true;
		slow_add(naming, module);
		HASH_DEL(naming->places, place);
		free(place);
	}
	if (rc < 0)
		return;
	event.u.symbol.module = module->id;
	event.u.symbol.offset = offset;
	event.u.symbol.line = symbol.line;
	event.u.symbol.function = symbol.function;
	event.u.symbol.file = symbol.file;
	collect_emit(naming->collect, &event);
	if (symbol.line && is_program(module)) {
		char *file = mem_copy_text(symbol.file);

		source_emit(naming, file, symbol.line);
		free(file);
	}
}

/* Lines of the program's own Python files. */
static void python_lines(struct session_symbols *naming, const char *frames)
{
	char *text = mem_copy_text(frames), *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *function = strrchr(line, ' '), *number;

		if (!function)
			continue;
		*function = 0;
		number = strrchr(line, ':');
		if (!number || strstr(line, "/lib/python") || strstr(line, "-packages/"))
			continue;
		*number++ = 0;
		source_emit(naming, line, (unsigned)strtoul(number, NULL, 10));
	}
	free(text);
}

struct session_symbols *session_symbols_new(struct collect *collect, uint64_t started_unix_ns)
{
	struct session_symbols *naming = mem_zalloc(1, sizeof(*naming));

	naming->collect = collect;
	naming->started_unix_ns = started_unix_ns;
	if (!getcwd(naming->directory, sizeof(naming->directory)))
		naming->directory[0] = 0;
	return naming;
}

void session_symbols_free(struct session_symbols *naming)
{
	struct place *place, *next_place;
	struct line *line, *next_line;

	if (!naming)
		return;
	symbols_free(naming->symbols);
	HASH_ITER(hh, naming->places, place, next_place)
	{
		HASH_DEL(naming->places, place);
		free(place);
	}
	HASH_ITER(hh, naming->lines, line, next_line)
	{
		HASH_DEL(naming->lines, line);
		free(line->file_line);
		free(line);
	}
	free(naming);
}

static void symbols_stop(struct session_symbols *naming)
{
	symbols_free(naming->symbols);
	naming->symbols = NULL;
}

static void name_stack(struct session_symbols *naming, uint32_t stack)
{
	const char *python = stack_python_text(naming->collect, stack);

	if (python)
		python_lines(naming, python);
	else
		stack_visit_frames(naming->collect, stack, frame_name, naming);
}

void session_symbols_some(struct session_symbols *naming)
{
	uint32_t count = stack_count(naming->collect);

	if (naming->live_done >= count)
		return;
	naming->live = true;
	naming->out_of_time = false;
	if (!naming->symbols)
		naming->symbols = symbols_new(0);
	symbols_allow(naming->symbols, SYMBOLS_LIVE_MS);
	while (naming->live_done < count) {
		naming->failure = stack_is_of_failure(naming->collect, naming->live_done + 1);
		name_stack(naming, naming->live_done + 1);
		if (naming->out_of_time)
			break; /* the rest of it next time */
		naming->live_done++;
	}
	naming->live = false;
	if (naming->out_of_time && naming->tries < TRIES_MAX)
		return; /* its process goes on with what takes long */
	symbols_stop(naming);
	naming->tries = 0;
}

void session_symbols_rest(struct session_symbols *naming)
{
	uint32_t count = stack_count(naming->collect);

	symbols_stop(naming);
	for (int failed = 1; failed >= 0 && count; failed--) {
		naming->failure = failed == 1;
		naming->out_of_time = false;
		naming->symbols = symbols_new(failed ? SYMBOLS_FAILURE_MS : SYMBOLS_OTHER_MS);
		for (uint32_t stack = 1; stack <= count && !naming->out_of_time; stack++)
			if (stack_is_of_failure(naming->collect, stack) == naming->failure)
				name_stack(naming, stack);
		symbols_stop(naming);
	}
}
