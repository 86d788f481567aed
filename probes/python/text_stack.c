/* text_stack.c: see text_stack.h. The text has `File "...", line N, in F` for each frame, the innermost last. */
#include "python/text_stack.h"

#include <stdio.h>
#include <stdlib.h>

#include "python/frames.h"
#include "stack.h"

#define PLACES 8
#define TEXT 3000

struct place {
	const char *file, *function;
	size_t file_length, function_length;
	unsigned line;
};

/* The next place in the text, which moves behind it; control characters have become spaces. */
static bool place_take(const char **text, struct place *out)
{
	static const char begin[] = "  File \"", middle[] = "\", line ", last[] = ", in ";
	const char *at = strstr(*text, begin), *end;
	char *number_end;

	if (!at)
		return false;
	out->file = at + sizeof(begin) - 1;
	*text = out->file;
	end = strstr(out->file, middle);
	if (!end || end - out->file > 400 || memchr(out->file, '"', (size_t)(end - out->file)))
		return true;
	out->file_length = (size_t)(end - out->file);
	out->line = (unsigned)strtoul(end + sizeof(middle) - 1, &number_end, 10);
	if (strncmp(number_end, last, sizeof(last) - 1) != 0)
		return true;
	out->function = number_end + sizeof(last) - 1;
	out->function_length = strcspn(out->function, " ");
	*text = out->function + out->function_length;
	return true;
}

static uint32_t hash_text(uint32_t hash, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619u;
	return hash;
}

/* The end of a file's name says more than its begin. */
static uint32_t code_of(struct probe_tls *t, const struct place *place)
{
	uint32_t id = hash_text(
		hash_text(2166136261u, place->file, place->file_length), place->function, place->function_length);
	size_t cut = place->file_length > 125 ? place->file_length - 125 : 0;
	struct rec_pycode record = {.id = id ? id : 1};
	uint64_t ticks = probe_now();
	char text[192];

	if (stack_is_known(record.id))
		return record.id;
	snprintf(text, sizeof(text), "%.*s\n%.*s", (int)(place->file_length - cut), place->file + cut,
		(int)(place->function_length < 60 ? place->function_length : 60), place->function);
	emit_pieces(t, ticks, text);
	if (emit_record(t, EV_PYCODE, 0, 0, ticks, &record, sizeof(record)) < 0)
		return 0;
	stack_now_known(record.id);
	return record.id;
}

static uint32_t places_tell(struct probe_tls *t, const struct place *ring, unsigned total)
{
	uint64_t words[PLACES];
	unsigned count = total < PLACES ? total : PLACES;
	uint32_t id = 0x51ed270bu;

	for (unsigned i = 0; i < count; i++) {
		const struct place *place = &ring[(total - 1 - i) % PLACES];
		uint32_t code = code_of(t, place);

		if (!code)
			return 0;
		words[i] = (uint64_t)code << 32 | place->line;
		id = (id ^ code ^ place->line * 2654435761u) * 16777619u;
	}
	if (!id)
		id = 1;
	if (!count || stack_is_known(id))
		return count ? id : 0;
	if (!stack_send(t, EV_PYFRAMES, STACK_PYTHON, id, 0, words, (int)count))
		return 0;
	stack_now_known(id);
	return id;
}

uint32_t text_stack(pyobject *text)
{
	struct probe_tls *t = probe_thread();
	struct place ring[PLACES];
	char copy[TEXT];
	const char *at = copy;
	unsigned total = 0;
	uint32_t id;

	if (!t || type_of(text) != py.PyUnicode_Type)
		return 0;
	python_text((const char *)text, copy, sizeof(copy), true);
	for (;;) {
		struct place place = {0};

		if (!place_take(&at, &place))
			break;
		if (place.function_length)
			ring[total++ % PLACES] = place;
	}
	t->th->own.busy++;
	id = places_tell(t, ring, total);
	t->th->own.busy--;
	return id;
}
