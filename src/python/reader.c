#include "python/reader.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/textbuf.h"
#include "python/lines.h"
#include "python/memory.h"
#include "wire/python_layout.h"

#define FRAMES 30 /* as many as the probe tells */
#define FRAMES_SKIPPED 10
#define TRIES 3
#define FRAME_BYTES 128 /* of a frame, as far as the fields go */
#define CODE_BYTES 144
#define NAME_CHARS 55
#define FILE_CHARS 125 /* as many as the probe tells, so that equal stacks are equal texts */
#define CODES 1024u
#define LOOKS 256u
#define PROCESSES 64u
#define TABLE_MOST (1u << 16)

/* What a code object says, as long as these words of it are the same. */
struct code {
	int32_t pid;
	uint64_t address, filename, name, lines;
	uint32_t first_line;
	char file[4 * FILE_CHARS + 1], function[4 * NAME_CHARS + 1];
	uint8_t *table;
	size_t table_size;
};

/* Where a thread's frames were at the last look: most of them are there at the next one. */
struct look {
	int32_t pid;
	uint64_t state, cframe;
	unsigned count;
	uint64_t frames[FRAMES + FRAMES_SKIPPED], codes[FRAMES + FRAMES_SKIPPED];
};
_Static_assert(2 + 2 * (FRAMES + FRAMES_SKIPPED) <= MEMORY_PIECES, "a look is read at once");
_Static_assert(CODE_BYTES <= MEMORY_PIECE_BYTES && FRAME_BYTES <= MEMORY_PIECE_BYTES, "each of it");

struct python_reader {
	struct code *codes[CODES];
	struct look *looks[LOOKS];
	/* the type of code objects there */
	struct {
		int32_t pid;
		uint64_t type;
	} code_types[PROCESSES];
	struct memory_view view;
};

struct raw_frame {
	uint64_t address, code, position;
	int32_t index;
	uint8_t owner;
};

struct python_reader *python_reader_new(void)
{
	return mem_zalloc(1, sizeof(struct python_reader));
}

void python_reader_free(struct python_reader *reader)
{
	for (size_t i = 0; reader && i < CODES; i++) {
		if (reader->codes[i])
			free(reader->codes[i]->table);
		free(reader->codes[i]);
	}
	for (size_t i = 0; reader && i < LOOKS; i++)
		free(reader->looks[i]);
	free(reader);
}

/* --- reading --- */

static uint64_t word_at(const uint8_t *bytes, unsigned offset)
{
	uint64_t word;

	memcpy(&word, bytes + offset, sizeof(word));
	return word;
}

static int32_t int_at(const uint8_t *bytes, unsigned offset)
{
	int32_t value;

	memcpy(&value, bytes + offset, sizeof(value));
	return value;
}

static struct look *look_of(struct python_reader *reader, int32_t pid, uint64_t state)
{
	struct look **slot = &reader->looks[(state >> 6 ^ (uint64_t)(uint32_t)pid * 0x9e3779b1u) % LOOKS];

	if (!*slot)
		*slot = mem_zalloc(1, sizeof(**slot));
	if ((*slot)->pid != pid || (*slot)->state != state) {
		memset(*slot, 0, sizeof(**slot));
		(*slot)->pid = pid;
		(*slot)->state = state;
	}
	return *slot;
}

static size_t frame_size(const struct python_layout *to)
{
	return to->scale ? FRAME_BYTES : (size_t)to->locals + 8;
}

/* What leads to the innermost frame. */
static void cells_want(struct memory_view *view, const struct python_layout *to, const struct look *look)
{
	memory_view_begin(view, look->pid);
	memory_view_want(view, look->state + (to->cframe ? to->cframe : to->frame), sizeof(uint64_t));
	if (to->cframe && look->cframe)
		memory_view_want(view, look->cframe + to->frame, sizeof(uint64_t));
}

/* The outermost first: the function of the innermost may have returned, and its memory be gone. */
static int look_again(struct memory_view *view, const struct python_layout *to, const struct look *look)
{
	cells_want(view, to, look);
	for (unsigned i = look->count; i-- > 0;) {
		memory_view_want(view, look->frames[i], frame_size(to));
		memory_view_want(view, look->codes[i], CODE_BYTES);
	}
	return memory_view_read(view);
}

/* 0: it can not be read. */
static uint64_t cell_at(const struct memory_view *view, uint64_t address)
{
	uint8_t room[sizeof(uint64_t)];
	const uint8_t *bytes = memory_at(view, address, sizeof(room), room);

	return bytes ? word_at(bytes, 0) : 0;
}

static uint64_t innermost(const struct memory_view *view, const struct python_layout *to, struct look *look)
{
	if (!to->cframe)
		return cell_at(view, look->state + to->frame);
	look->cframe = cell_at(view, look->state + to->cframe);
	return look->cframe ? cell_at(view, look->cframe + to->frame) : 0;
}

/* Returns how many were read. */
static unsigned frames_read(
	const struct memory_view *view, const struct python_layout *to, uint64_t frame, struct raw_frame *out)
{
	uint8_t room[FRAME_BYTES];
	unsigned count = 0;

	for (; count < FRAMES + FRAMES_SKIPPED && frame && !(frame & 7); count++) {
		const uint8_t *bytes = memory_at(view, frame, frame_size(to), room);

		if (!bytes)
			break;
		out[count] = (struct raw_frame){.address = frame,
			.code = word_at(bytes, to->code),
			.position = word_at(bytes, to->position),
			.index = int_at(bytes, to->position),
			.owner = to->owner ? bytes[to->owner] : 0};
		frame = word_at(bytes, to->back);
	}
	return count;
}

static void look_keep(struct look *look, const struct raw_frame *frames, unsigned count)
{
	look->count = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!frames[i].code || (frames[i].code & 7))
			continue;
		look->frames[look->count] = frames[i].address;
		look->codes[look->count++] = frames[i].code;
	}
}

/* --- text --- */

static void put_character(struct textbuf *out, uint32_t c)
{
	char bytes[4];
	size_t count = 1;

	if (c < 0x20 || c == 0x7f)
		c = ' ';
	if (c < 0x80) {
		bytes[0] = (char)c;
	} else if (c < 0x800) {
		bytes[0] = (char)(0xc0 | c >> 6);
		bytes[1] = (char)(0x80 | (c & 0x3f));
		count = 2;
	} else if (c < 0x10000) {
		bytes[0] = (char)(0xe0 | c >> 12);
		bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (c & 0x3f));
		count = 3;
	} else {
		bytes[0] = (char)(0xf0 | (c >> 18 & 7));
		bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[3] = (char)(0x80 | (c & 0x3f));
		count = 4;
	}
	textbuf_put(out, bytes, count);
}

/* The end of a str, `most` characters of it. */
static bool text_read(const struct python_layout *to, int32_t pid, uint64_t object, size_t most, char *out, size_t size)
{
	uint8_t head[PYTHON_STR_STATE + 8], data[4 * FILE_CHARS];
	uint64_t length, first;
	unsigned state, kind;
	struct textbuf text;

	textbuf_init(&text, out, size);
	if (!object || (object & 7) || memory_read(pid, object, head, sizeof(head)) != 0)
		return false;
	length = word_at(head, PYTHON_BYTES_SIZE);
	state = (unsigned)int_at(head, PYTHON_STR_STATE);
	kind = state >> 2 & 7;
	if (!(state >> 5 & 1) || length == 0 || length > INT32_MAX || (kind != 1 && kind != 2 && kind != 4))
		return false;
	first = length > most ? length - most : 0;
	length -= first;
	object += (state >> 6 & 1 ? to->ascii : to->compact) + first * kind;
	if (memory_read(pid, object, data, length * kind) != 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		uint32_t c = 0;

		memcpy(&c, data + i * kind, kind);
		put_character(&text, c);
	}
	return true;
}

/* --- code objects --- */

static void table_read(struct code *code)
{
	uint8_t head[PYTHON_BYTES_DATA];
	uint64_t size;

	free(code->table);
	code->table = NULL;
	code->table_size = 0;
	if (!code->lines || memory_read(code->pid, code->lines, head, sizeof(head)) != 0)
		return;
	size = word_at(head, PYTHON_BYTES_SIZE);
	if (size == 0 || size > TABLE_MOST)
		return;
	code->table = mem_alloc(size);
	if (memory_read(code->pid, code->lines + PYTHON_BYTES_DATA, code->table, size) == 0)
		code->table_size = size;
}

/* head: the object's first bytes, read just now. NULL: it is none, or was none by now. */
static const struct code *code_of(struct python_reader *reader, const struct python_layout *to, int32_t pid,
	uint64_t address, const uint8_t *head)
{
	struct code **slot = &reader->codes[(address >> 4 ^ (uint64_t)(uint32_t)pid * 0x9e3779b1u) % CODES], *code;
	struct code said = {.pid = pid,
		.address = address,
		.filename = word_at(head, to->filename),
		.name = word_at(head, to->name),
		.lines = word_at(head, to->lines),
		.first_line = (uint32_t)int_at(head, to->first_line)};

	if (!*slot)
		*slot = mem_zalloc(1, sizeof(**slot));
	code = *slot;
	if (code->pid == pid && code->address == address && code->filename == said.filename &&
		code->name == said.name && code->lines == said.lines && code->first_line == said.first_line)
		return code;
	said.table = code->table;
	if (!text_read(to, pid, said.filename, FILE_CHARS, said.file, sizeof(said.file)) ||
		!text_read(to, pid, said.name, NAME_CHARS, said.function, sizeof(said.function)))
		said.pid = 0; /* it is found by nobody */
	*code = said;
	table_read(code);
	return code->pid ? code : NULL;
}

/* A type called "code". */
static bool is_code_type(struct python_reader *reader, int32_t pid, uint64_t type)
{
	unsigned slot = (uint32_t)pid % PROCESSES;
	char name[sizeof("code")];
	uint64_t at;

	if (reader->code_types[slot].pid == pid && reader->code_types[slot].type == type)
		return true;
	if (!type || memory_read(pid, type + 24, &at, sizeof(at)) != 0 ||
		memory_read(pid, at, name, sizeof(name)) != 0 || memcmp(name, "code", sizeof(name)) != 0)
		return false;
	reader->code_types[slot].pid = pid;
	reader->code_types[slot].type = type;
	return true;
}

/* 3.12 and later keep a frame of their own below __init__: its code has one text for its file and its name. */
static bool is_function(
	struct python_reader *reader, const struct python_layout *to, int32_t pid, uint8_t owner, const uint8_t *head)
{
	return is_code_type(reader, pid, word_at(head, 8)) &&
	       !(to->owner && (owner == 3 || word_at(head, to->filename) == word_at(head, to->name)));
}

static int64_t offset_of(const struct python_layout *to, const struct raw_frame *frame)
{
	return to->scale ? (int64_t)frame->index * to->scale
			 : (int64_t)(frame->position - frame->code - to->first_code);
}

/* Below it are the frames of the parent, as it was when it forked. */
static bool is_bootstrap(const struct code *code)
{
	return text_ends_with(code->function, "_bootstrap") && text_ends_with(code->file, "/process.py");
}

static int frames_tell(struct python_reader *reader, const struct python_layout *to, int32_t pid,
	const struct raw_frame *frames, unsigned count, struct textbuf *out)
{
	uint8_t room[CODE_BYTES];
	int told = 0;

	for (unsigned i = 0; i < count && told < FRAMES; i++) {
		const struct code *code;
		const uint8_t *head;
		uint32_t line;

		if (!frames[i].code || (frames[i].code & 7))
			continue;
		head = memory_at(&reader->view, frames[i].code, CODE_BYTES, room);
		if (!head || !is_function(reader, to, pid, frames[i].owner, head))
			continue;
		code = code_of(reader, to, pid, frames[i].code, head);
		if (!code)
			return 0;
		line = python_line_at(
			to->minor, code->table, code->table_size, code->first_line, offset_of(to, &frames[i]));
		textbuf_printf(out, "%s:%u %s\n", code->file, line ? line : code->first_line, code->function);
		told++;
		if (is_bootstrap(code))
			break;
	}
	return told;
}

int python_reader_stack(struct python_reader *reader, int32_t pid, int minor, uint64_t state, char *text, size_t size)
{
	const struct python_layout *to = python_layout_of(minor);
	struct raw_frame frames[FRAMES + FRAMES_SKIPPED];
	struct memory_view *view = &reader->view;
	struct look *look = look_of(reader, pid, state);

	for (int tries = 0; to && tries < TRIES; tries++) {
		struct textbuf out;
		uint64_t frame;
		unsigned count;
		int told, rc = look_again(view, to, look);

		textbuf_init(&out, text, size);
		if (rc)
			return rc == -EPERM ? rc : 0;
		frame = innermost(view, to, look);
		count = frames_read(view, to, frame, frames);
		told = frames_tell(reader, to, pid, frames, count, &out);
		look_keep(look, frames, count);
		cells_want(view, to, look);
		if (told && out.length < size && memory_view_read(view) == 0 && innermost(view, to, look) == frame)
			return told;
	}
	return 0;
}
