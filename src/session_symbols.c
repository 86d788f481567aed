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

struct naming {
	struct collect *collect;
	struct symbols *symbols;
	struct place *places;
	struct line *lines;
	uint64_t started_unix_ns;
	char directory[4096]; /* where the program started, for relative names */
	bool out_of_time;
	bool in_program; /* a frame of the program was seen in this stack: what called it is the system's start-up */
	bool failure;
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

static void source_line_emit(struct naming *naming, const char *file, unsigned line)
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
static void source_emit(struct naming *naming, const char *file, unsigned line)
{
	source_line_emit(naming, file, line);
	if (line > 1)
		source_line_emit(naming, file, line - 1);
}

/* Debug information of the system's libraries is large: their frames are only named where they say what failed. */
static bool worth_naming(struct naming *naming, uint32_t index, const struct module_host *module)
{
	if (index == 0)
		naming->in_program = false;
	if (is_program(module)) {
		naming->in_program = true;
		return true;
	}
	return naming->failure && !naming->in_program;
}

static void frame_name(void *context, uint32_t index, const struct module_host *module, uint64_t offset)
{
	struct naming *naming = context;
	struct event event = {.type = EV_SYMBOL, .ts_ns = session_clock_now(&naming->collect->clock)};
	struct place *place, key = {.key = {.offset = offset, .module = module->id}};
	struct symbol symbol;
	int rc;

	if (!worth_naming(naming, index, module))
		return;
	HASH_FIND(hh, naming->places, &key.key, sizeof(key.key), place);
	if (place || naming->out_of_time || HASH_COUNT(naming->places) >= SYMBOLS_FRAMES_MAX || module->path[0] != '/')
		return;
	place = mem_zalloc(1, sizeof(*place));
	place->key = key.key;
	HASH_ADD(hh, naming->places, key, sizeof(place->key), place);
	rc = symbols_lookup(naming->symbols, module->path, module->build_id, offset, &symbol);
	naming->out_of_time = rc == -ETIME;
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
static void python_lines(struct naming *naming, const char *frames)
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

static void naming_free(struct naming *naming)
{
	struct place *place, *next_place;
	struct line *line, *next_line;

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
}

void session_symbols_emit(struct collect *collect, uint64_t started_unix_ns)
{
	struct naming naming = {.collect = collect, .started_unix_ns = started_unix_ns};
	uint32_t count = stack_count(collect);

	if (count == 0)
		return;
	if (!getcwd(naming.directory, sizeof(naming.directory)))
		naming.directory[0] = 0;
	for (int failed = 1; failed >= 0; failed--) {
		naming.failure = failed == 1;
		naming.out_of_time = false;
		naming.symbols = symbols_new(failed ? SYMBOLS_FAILURE_MS : SYMBOLS_OTHER_MS);
		for (uint32_t stack = 1; stack <= count && !naming.out_of_time; stack++)
			if (stack_is_of_failure(collect, stack) != naming.failure)
				continue;
			else if (stack_python_text(collect, stack))
				python_lines(&naming, stack_python_text(collect, stack));
			else
				stack_visit_frames(collect, stack, frame_name, &naming);
		symbols_free(naming.symbols);
	}
	naming_free(&naming);
}
