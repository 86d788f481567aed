/* frames.c: the walk over the calling thread's frames, and what their code objects say. */
#include "python/frames.h"

#include <stdlib.h>
#include <string.h>

#include "real.h"
#include "stack.h"
#include "wire/python_layout.h"

#define MAX_FRAMES 30
#define MAX_TEXT 190

static const struct python_layout *layout;
struct python_states python_states;
int python_minor_known;
const char *python_bottom = (const char *)1;
static int (*address_to_line)(void *, int);
static const void *code_type;

static const void *pointer_at(const void *base, unsigned offset)
{
	const void *value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

static int int_at(const void *base, unsigned offset)
{
	int value;

	memcpy(&value, (const char *)base + offset, sizeof(value));
	return value;
}

void python_start(void)
{
	const char *(*version)(void) = (const char *(*)(void))elf_find(NULL, "Py_GetVersion", NULL);
	const char *text = version ? version() : NULL;
	int minor;

	if (!text || strncmp(text, "3.", 2) != 0 || strstr(text, "free-threading"))
		return;
	minor = atoi(text + 2);
	python_states.of_thread = (void *(*)(void))elf_find(NULL, "PyGILState_GetThisThreadState", NULL);
	python_states.that_runs = (void *(*)(void))elf_find(NULL, "_PyThreadState_UncheckedGet", NULL);
	if (!python_states.that_runs)
		python_states.that_runs = (void *(*)(void))elf_find(NULL, "PyThreadState_GetUnchecked", NULL);
	address_to_line = (int (*)(void *, int))elf_find(NULL, "PyCode_Addr2Line", NULL);
	code_type = elf_find(NULL, "PyCode_Type", NULL);
	if (!python_states.of_thread || !python_states.that_runs || !address_to_line || !code_type)
		return;
	layout = python_layout_of(minor);
	python_minor_known = layout ? layout->minor : 0;
}

bool python_is_ready(void)
{
	return layout != NULL;
}

/* Of the name of its file, what two names of the same length rarely share. Addresses of code objects are used again,
 * most of all by the cells of a notebook and by doctests, and so are those of the names of their files. */
static inline uint64_t file_print(const struct python_layout *to, const char *code)
{
	const char *name = pointer_at(code, to->filename);
	uint64_t length, state, end;

	memcpy(&length, name + 16, sizeof(length));
	memcpy(&state, name + 32, sizeof(state));
	if (unlikely((state & PYTHON_STR_KIND) != PYTHON_STR_ASCII || length < sizeof(end)))
		return (uint64_t)name + length;
	memcpy(&end, name + to->ascii + length - sizeof(end), sizeof(end));
	return end + length;
}

static inline void frame_fill(
	const struct python_layout *to, const char *code, const char *frame, struct python_frame *out)
{
	out->code = code;
	if (to->scale)
		out->offset = int_at(frame, to->position) * to->scale;
	else
		out->offset = (int)((const char *)pointer_at(frame, to->position) - (code + to->first_code));
	out->line = 0;
	out->at = frame;
}

/* Reads one frame; false for one that belongs to no Python function. */
static inline bool frame_read(const struct python_layout *to, const char *frame, struct python_frame *out)
{
	const char *code = pointer_at(frame, to->code);

	if (!code || ((uintptr_t)code & 7) || pointer_at(code, 8) != code_type)
		return false;
	/* Of a class that is called, 3.12 and later keep a frame of their own below __init__: its code has one text for
	 * its file and its name, and no tracebacks show it. */
	if (to->owner && (frame[to->owner] == 3 || pointer_at(code, to->filename) == pointer_at(code, to->name)))
		return false;
	frame_fill(to, code, frame, out);
	return true;
}

static inline uint64_t rotated(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

/* Products that do not wait for each other. Of the position, an index or an address, the low bits tell places in one
 * function apart. */
static inline uint64_t place_hash(const struct python_layout *to, const char *code, const char *frame)
{
	uint64_t position = (uint64_t)(unsigned)int_at(frame, to->position);

	if (unlikely(!code || pointer_at(code, 8) != code_type))
		return (uint64_t)code;
	return (((uint64_t)code + (position << 32)) * 0xff51afd7ed558ccdu) ^
	       (file_print(to, code) * 0xc4ceb9fe1a85ec53u);
}

static inline const char *innermost(const struct python_layout *to, const char *state)
{
	if (state && to->cframe)
		state = pointer_at(state, to->cframe);
	return state ? pointer_at(state, to->frame) : NULL;
}

static inline int walk(const char *frame, struct python_frame *frames, int most)
{
	const struct python_layout *to = layout;
	int count = 0;

	for (int guard = 0; frame && guard < 4 * MAX_FRAMES && count < most; guard++) {
		if ((uintptr_t)frame & 7)
			break;
		if (likely(frame_read(to, frame, &frames[count])))
			count++;
		frame = pointer_at(frame, to->back);
	}
	return count;
}

int python_walk(const char *state, struct python_frame *frames, int most)
{
	return walk(innermost(layout, state ? state : python_states.of_thread()), frames, most);
}

bool python_innermost(struct python_frame *out)
{
	const char *frame = innermost(layout, python_states.that_runs());

	return frame && !((uintptr_t)frame & 7) && frame_read(layout, frame, out);
}

const char *python_innermost_code(const char *state)
{
	const char *frame = innermost(layout, state);
	struct python_frame found;

	return frame && !((uintptr_t)frame & 7) && frame_read(layout, frame, &found) ? found.code : NULL;
}

bool python_innermost_is(const char *state, const char *code)
{
	const char *frame = innermost(layout, state);

	return frame && pointer_at(frame, layout->code) == code;
}

bool python_path_is(const struct python_path *path, struct python_frame *out)
{
	const struct python_layout *to = layout;
	const char *first = innermost(to, python_states.that_runs()), *frame = first, *code = NULL;

	for (unsigned i = 0; i < path->count; i++) {
		if (unlikely(!frame)) {
			if (path->code[i])
				return false;
			break;
		}
		code = pointer_at(frame, to->code);
		if (code != path->code[i] || (i && int_at(frame, to->position) != path->position[i]))
			return false;
		frame = pointer_at(frame, to->back);
	}
	if (!path->count || (path->file && (file_print(to, code) | 1) != path->file))
		return false;
	frame_fill(to, path->code[0], first, out);
	return true;
}

void python_path_keep(struct python_path *path, const struct python_frame *from, unsigned steps, bool file)
{
	const char *frame = from->at;

	path->count = 0;
	path->file = 0;
	if (steps >= PYTHON_PATH_FRAMES)
		return;
	for (unsigned i = 0; i <= steps; i++) {
		path->code[i] = frame ? pointer_at(frame, layout->code) : NULL;
		if (!frame)
			break;
		path->position[i] = int_at(frame, layout->position);
		if (i == steps && file && path->code[i])
			path->file = file_print(layout, path->code[i]) | 1;
		frame = pointer_at(frame, layout->back);
	}
	path->count = steps + 1;
}

int python_walk_on(const struct python_frame *after, struct python_frame *frames, int most)
{
	return walk(pointer_at(after->at, layout->back), frames, most);
}

unsigned python_distance(const struct python_frame *from, const struct python_frame *to)
{
	const char *frame = from->at;
	unsigned steps = 0;

	for (; frame && frame != to->at && steps < 4 * MAX_FRAMES; steps++)
		frame = pointer_at(frame, layout->back);
	return steps;
}

const char *python_out(const struct python_frame *from, unsigned steps)
{
	const char *frame = from->at;

	while (frame && steps-- > 0)
		frame = pointer_at(frame, layout->back);
	return frame;
}

uint64_t python_key_on(const struct python_frame *after, unsigned most, uint64_t hash)
{
	const struct python_layout *to = layout;
	const char *frame = pointer_at(after->at, to->back), *bottom = python_bottom;

	for (; frame && most; most--) {
		const char *of = pointer_at(frame, to->code);

		hash = rotated(hash, 5) + place_hash(to, of, frame);
		if (of == bottom)
			break;
		frame = pointer_at(frame, to->back);
	}
	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
	return hash ^ hash >> 29;
}

uint32_t python_walk_id(const char *state, unsigned most)
{
	const unsigned code = layout->code, position = layout->position, back = layout->back;
	const char *frame = innermost(layout, state), *bottom = python_bottom;
	uint64_t hash = 7;

	for (; frame && most; most--) {
		const char *of = pointer_at(frame, code);
		uint64_t place;

		memcpy(&place, frame + position, sizeof(place));
		if (likely(of && pointer_at(of, 8) == code_type))
			place += file_print(layout, of);
		hash = (hash + (uint64_t)of + (place << 16)) * 0x9e3779b97f4a7c15u;
		if (of == bottom)
			break;
		frame = pointer_at(frame, back);
	}
	return (uint32_t)(hash >> 32) | 1;
}

static uint32_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0xff51afd7ed558ccdu;
	return (uint32_t)(hash ^ hash >> 32);
}

/* Addresses of code objects are used again: the key takes in what else would have to be the same. Products that do not
 * wait for each other: this is asked for each frame of each message. */
uint32_t python_code_id(const char *code)
{
	uint64_t hash = (uint64_t)code * 0xff51afd7ed558ccdu;
	uint32_t id;

	hash ^= file_print(layout, code) * 0xc4ceb9fe1a85ec53u;
	hash += (uint64_t)pointer_at(code, layout->name) * 0x9e3779b97f4a7c15u;
	hash ^= (uint64_t)(unsigned)int_at(code, layout->first_line) * 0xd6e8feb86659fd93u;
	id = (uint32_t)(hash ^ hash >> 32);
	return id ? id : 1;
}

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (c >> 18 & 7));
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

const char *python_ascii(const char *object, size_t *length)
{
	uint64_t state;

	memcpy(&state, object + 32, sizeof(state));
	if ((state & PYTHON_STR_KIND) != PYTHON_STR_ASCII)
		return NULL;
	memcpy(length, object + 16, sizeof(*length));
	return object + layout->ascii;
}

/* Only compact strings: all that the compiler makes are, and nearly all others. */
size_t python_text(const char *object, char *out, size_t room, bool end_of_it)
{
	uint32_t state, kind;
	int64_t length, at = 0, most;
	const char *data;
	size_t used = 0;
	bool ascii;

	if (room)
		*out = 0;
	if (!object || ((uintptr_t)object & 7) || room < 8)
		return 0;
	memcpy(&length, object + 16, sizeof(length));
	memcpy(&state, object + 32, sizeof(state));
	kind = state >> 2 & 7;
	ascii = state >> 6 & 1;
	if (!(state >> 5 & 1) || length <= 0 || (kind != 1 && kind != 2 && kind != 4))
		return 0;
	data = object + (ascii ? layout->ascii : layout->compact);
	most = (int64_t)(room - 5) / (ascii ? 1 : 4);
	if (length > most && end_of_it)
		at = length - most;
	if (ascii) { /* nearly all names: they are asked for with each message */
		used = (size_t)(length - at < most ? length - at : most);
		for (size_t i = 0; i < used; i++)
			out[i] = data[at + (int64_t)i] >= ' ' && data[at + (int64_t)i] != 127 ? data[at + (int64_t)i]
											      : ' ';
		out[used] = 0;
		return used;
	}
	for (; at < length && used + 5 <= room; at++) {
		uint32_t c = 0;

		memcpy(&c, data + at * kind, kind);
		used += put_utf8(out + used, c >= ' ' && c != 127 ? c : ' ');
	}
	out[used] = 0;
	return used;
}

void python_code_names(const char *code, char *file, size_t file_room, char *name, size_t name_room)
{
	python_text(pointer_at(code, layout->filename), file, file_room, true);
	python_text(pointer_at(code, layout->name), name, name_room, true);
}

int python_code_line(const char *code)
{
	return int_at(code, layout->first_line);
}

const char *python_local(const struct python_frame *frame, unsigned number)
{
	return pointer_at(frame->at + layout->locals, number * sizeof(void *));
}

static bool code_send(struct probe_tls *t, const char *code, uint32_t id)
{
	struct rec_pycode record = {.id = id, .first_line = (uint32_t)int_at(code, layout->first_line)};
	uint64_t ticks = probe_now();
	char text[MAX_TEXT + 1];
	size_t used;

	if (stack_is_known(id))
		return true;
	used = python_text(pointer_at(code, layout->filename), text, MAX_TEXT - 60, true);
	text[used++] = '\n';
	python_text(pointer_at(code, layout->name), text + used, 60, true);
	emit_pieces(t, ticks, text);
	if (emit_record(t, EV_PYCODE, 0, 0, ticks, &record, sizeof(record)) < 0)
		return false;
	stack_now_known(id);
	return true;
}

/* A record has at most 4 units: 48 bytes of a code object's texts, or five frames. */
uint32_t python_stack_units(const struct python_frame *frames, int count)
{
	uint32_t units = 4 * ((uint32_t)count / 5 + 1);

	for (int i = 0; i < count; i++)
		if (!stack_is_known(python_code_id(frames[i].code)))
			units += 4 * (MAX_TEXT / 48 + 1) + 2;
	return units;
}

bool python_stack_tell(struct probe_tls *t, uint32_t id, uint32_t native, const struct python_frame *frames, int count)
{
	uint64_t words[MAX_FRAMES];

	if (stack_is_known(id))
		return true;
	for (int i = 0; i < count; i++) {
		uint32_t code = python_code_id(frames[i].code);
		int line = frames[i].line;

		if (line == 0)
			line = address_to_line((void *)(uintptr_t)frames[i].code, frames[i].offset);
		if (!code_send(t, frames[i].code, code))
			return false;
		words[i] = (uint64_t)code << 32 | (uint32_t)(line > 0 ? line : 0);
	}
	if (!stack_send(t, EV_PYFRAMES, STACK_PYTHON, id, native, words, count))
		return false;
	stack_now_known(id);
	return true;
}

static uint64_t place_in_stack(uint64_t code, const struct python_frame *frame)
{
	return code * 0xff51afd7ed558ccdu ^
	       ((uint64_t)(unsigned)frame->offset + 1 + ((uint64_t)frame->line << 32)) * 0x9e3779b97f4a7c15u;
}

/* What is called from a cell is not deep; callers are often of the same file. */
#define FILES_IN_ID 8

static uint32_t frames_id(uint32_t native, const struct python_frame *frames, int count)
{
	uint64_t hash = native ^ 0x9e3779b9u, print = 0;
	const void *last = NULL;
	int i = 0;

	for (; i < count && i < FILES_IN_ID; i++) {
		const void *file = pointer_at(frames[i].code, layout->filename);

		if (file != last)
			print = file_print(layout, frames[i].code);
		last = file;
		hash = rotated(hash, 7) + place_in_stack((uint64_t)frames[i].code + print, &frames[i]);
	}
	for (; i < count; i++)
		hash = rotated(hash, 7) + place_in_stack((uint64_t)frames[i].code, &frames[i]);
	return mix(hash, (uint64_t)count);
}

uint32_t python_stack_of(struct probe_tls *t, uint32_t native, const struct python_frame *frames, int count)
{
	uint32_t id = frames_id(native, frames, count);

	return id && python_stack_tell(t, id, native, frames, count) ? id : native;
}

/* A program that imports opens files by the hundred, each at a stack of its own: of what is only detail, new stacks may
 * fill half of the ring, and the records that they belong to the rest. */
static bool has_room(const struct probe_tls *t, const struct python_frame *frames, int count)
{
	const struct thread_block *th = t->th;
	uint64_t used = th->written - __atomic_load_n(&th->read, __ATOMIC_RELAXED);

	return th->own.essential || used + python_stack_units(frames, count) <= th->ring_units / 2;
}

uint32_t python_stack(struct probe_tls *t, uint32_t native)
{
	struct python_frame frames[MAX_FRAMES];
	int count = python_walk(NULL, frames, MAX_FRAMES);

	if (count == 0)
		return native;
	return stack_is_known(frames_id(native, frames, count)) || has_room(t, frames, count)
		       ? python_stack_of(t, native, frames, count)
		       : native;
}
