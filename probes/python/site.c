/* site.c: see site.h. */
#include "python/site.h"

#include <string.h>

#include "python/code_role.h"
#include "python/words.h"

/* Arrays, as pointers would be relocated in every process of the tree. */
/* clang-format off */
static const struct {
	char file[36], function[12]; /* end of the file's name */
	uint8_t caller;              /* enum caller */
} callers[] = {
	{"/multiprocessing/reduction.py",  "dumps", CALLER_SEND},    {"/multiprocessing/reduction.py", "dump",  CALLER_START},
	{"/multiprocessing/connection.py", "recv",  CALLER_RECEIVE}, {"/multiprocessing/queues.py",    "get",   CALLER_RECEIVE},
	{"/multiprocessing/spawn.py",      "_main", CALLER_BEGIN},
	{"/loky/backend/reduction.py",     "dump",  CALLER_SEND},    {"/loky/backend/queues.py",       "get",   CALLER_RECEIVE},
	{"/cloudpickle/cloudpickle.py",    "dump",  CALLER_CLOUD},   {"/cloudpickle/cloudpickle_fast.py", "dump", CALLER_CLOUD},
	{"/torch/multiprocessing/queue.py", "send", CALLER_SEND},    {"/torch/multiprocessing/queue.py", "recv", CALLER_RECEIVE},
	{"/billiard/reduction.py",         "dumps", CALLER_SEND},    {"/billiard/connection.py",       "recv",  CALLER_RECEIVE},
	{"/traceback.py",                  "print_exc", CALLER_PRINT},   {"/traceback.py",              "format_exc", CALLER_FORMAT},
	{"/logging/__init__.py",           "_log",  CALLER_LOG},     {"/multiprocessing/forkserver.py", "main", CALLER_FORKSERVER},
};
/* clang-format on */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

bool code_is(const char *code, const char *file_end, const char *function)
{
	char file[80], name[48];

	python_code_names(code, file, sizeof(file), name, sizeof(name));
	return ends_with(file, file_end) && is_function(name, function);
}

static enum caller caller_read(const char *code)
{
	char file[80], name[48];

	python_code_names(code, file, sizeof(file), name, sizeof(name));
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
		if (ends_with(file, callers[i].file) && is_function(name, callers[i].function))
			return callers[i].caller;
	return CALLER_OTHER;
}

#define CALLERS_KNOWN 64
#define SITES_KNOWN 64

static struct words callers_known[CALLERS_KNOWN]; /* python_code_id << 8 | enum caller */
static struct words sites_known[SITES_KNOWN];

/* id: python_code_id of it. */
static enum caller caller_of(const char *code, uint64_t id)
{
	struct words *words = &callers_known[id % CALLERS_KNOWN];
	uint64_t known = words_find(words, id << 8, 8);

	if (unlikely(!known)) {
		known = id << 8 | caller_read(code);
		words_keep(words, known);
	}
	return known & 0xff;
}

static enum caller caller_behind_cloud(const struct python_frame *frame)
{
	return caller_of(frame->code, python_code_id(frame->code)) == CALLER_SEND ? CALLER_SEND : CALLER_OTHER;
}

enum caller caller_find(void)
{
	struct python_frame frame, next;
	enum caller caller;

	if (!python_innermost(&frame))
		return CALLER_OTHER;
	caller = caller_of(frame.code, python_code_id(frame.code));
	if (likely(caller != CALLER_CLOUD))
		return caller;
	return python_walk_on(&frame, &next, 1) == 1 ? caller_behind_cloud(&next) : CALLER_OTHER;
}

/* --- what kind of message is it? --- */

/* *used: so many frames tell it. */
static enum message_kind kind_of(const struct site *site, bool *executor, int *used)
{
	bool queue = false, out = site->caller == CALLER_SEND;

	*executor = false;
	*used = 0;
	if (site->caller == CALLER_START || site->caller == CALLER_BEGIN)
		return MESSAGE_PROCESS;
	for (int i = 0; i < site->count; i++) {
		*used = i + 1;
		switch (code_role(site->frames[i].code)) {
		case CODE_POOL_WORKER:
			return out ? MESSAGE_POOL_RESULT : MESSAGE_POOL_TASK;
		case CODE_POOL_TASKS:
			return out ? MESSAGE_POOL_TASK : MESSAGE_OTHER;
		case CODE_POOL_RESULTS:
			return out ? MESSAGE_OTHER : MESSAGE_POOL_RESULT;
		case CODE_MANAGER:
			return MESSAGE_MANAGER;
		case CODE_EXECUTOR: /* reads the pipe of its queue itself */
			*executor = queue = true;
			break;
		case CODE_QUEUE:
		case CODE_QUEUE_PUT:
		case CODE_FEEDER:
			queue = true;
			break;
		case CODE_TRANSPORT:
			break;
		default:
			return queue ? MESSAGE_QUEUE : MESSAGE_PIPE;
		}
	}
	return queue ? MESSAGE_QUEUE : MESSAGE_PIPE;
}

/* --- sites that are known: 44 bits of the key | decide | job | program + 1 | executor | kind | caller --- */

#define KEY_SHIFT 20
#define DECIDE_SHIFT 16
#define DECIDE_MOST 15u
#define JOB_MOST 7u
_Static_assert(CALLER_FORKSERVER < 16 && SITE_FRAMES <= 8, "fields of the word");

/* decide: frames further out that tell it from other sites. */
static uint64_t word_of(const struct site *site, unsigned decide)
{
	return (uint64_t)(decide < DECIDE_MOST ? decide : DECIDE_MOST) << DECIDE_SHIFT | (uint64_t)site->job << 13 |
	       (uint64_t)(site->program + 1) << 9 | (uint64_t)site->executor << 8 | (uint64_t)site->kind << 4 |
	       site->caller;
}

static void word_read(uint64_t word, struct site *site)
{
	site->caller = word & 0xf;
	site->kind = word >> 4 & 0xf;
	site->executor = word >> 8 & 1;
	site->program = (int)(word >> 9 & 0xf) - 1;
	site->job = word >> 13 & JOB_MOST;
}

/* Frames behind the first that were needed so far to tell one site of this caller from another. The walk over them is
 * most of what a known site costs. */
static uint8_t needed[CALLER_FORKSERVER + 1];

static int job_of(const struct site *site)
{
	for (int i = 1; i < site->count; i++)
		if (code_role(site->frames[i].code) == CODE_POOL_TASKS)
			return i;
	return 0;
}

/* What calls these is the library's own: nobody asks for a line of the program there. */
static bool is_of_pool(const struct python_frame *frame)
{
	enum code_role role = code_role(frame->code);

	return role == CODE_POOL_WORKER || role == CODE_POOL_TASKS || role == CODE_POOL_RESULTS;
}

/* Returns how many frames decide: where the kind was clear, and the program's own line; without one all were looked
 * at. */
static int site_read(struct site *site)
{
	int used, job;

	if (site->caller == CALLER_CLOUD)
		site->caller = site->count > 1 ? caller_behind_cloud(&site->frames[1]) : CALLER_OTHER;
	site->kind = kind_of(site, &site->executor, &used);
	if (used && is_of_pool(&site->frames[used - 1]))
		site->count = used;
	site->program = frame_of_program(site->frames, site->count);
	job = job_of(site);
	site->job = job ? python_distance(&site->frames[0], &site->frames[job]) : 0;
	if (site->job > JOB_MOST)
		site->job = 0;
	return site->program < 0 ? site->count : site->program >= used ? site->program + 1 : used;
}

static uint64_t place_of(const struct python_frame *frame)
{
	return (uint64_t)python_code_id(frame->code) << 32 | (unsigned)frame->offset;
}

const struct python_frame *site_frame(struct site *site, int number)
{
	if (site->count <= number)
		site->count = 1 + python_walk_on(&site->frames[0], site->frames + 1, number);
	return &site->frames[number < site->count ? number : 0];
}

/* The last site of the thread: a loop of a worker has no other one for long. */
static __thread struct last_site {
	uint64_t key, word;
	struct python_path path; /* kept when it came a second time */
} last_out, last_in;

static void site_is(struct site *site, uint64_t word, uint64_t key)
{
	word_read(word, site);
	site->place = key;
	site->count = 1;
}

void site_find(struct site *site, bool out)
{
	struct last_site *last = out ? &last_out : &last_in;
	static const struct python_frame end;
	struct python_frame *frames = site->frames;
	struct words *known;
	uint64_t id, key, word;
	unsigned walked, decide;
	enum caller caller;
	int used, walked_all;
	bool to_end;

	site->caller = CALLER_OTHER;
	if (python_path_is(&last->path, &frames[0])) {
		site_is(site, last->word, last->key);
		return;
	}
	if (!python_innermost(&frames[0]))
		return;
	id = python_code_id(frames[0].code);
	site->caller = caller = caller_of(frames[0].code, id);
	if (caller == CALLER_OTHER)
		return;
	walked = needed[caller];
	key = python_key_on(&frames[0], walked, id);
	known = &sites_known[key % SITES_KNOWN];
	word = words_find(known, key, KEY_SHIFT);
	if (likely(word)) {
		site_is(site, word, key);
		if (last->key == key)
			python_path_keep(
				&last->path, &frames[0], word >> DECIDE_SHIFT & DECIDE_MOST, site->program >= 0);
		last->key = key;
		last->word = word;
		return;
	}
	site->count = 1 + python_walk_on(&frames[0], frames + 1, SITE_FRAMES - 1);
	walked_all = site->count;
	used = site_read(site);
	site->place = site->program < 0 ? 0 : place_of(&frames[site->program]);
	to_end = site->program < 0 && used == walked_all && used < SITE_FRAMES;
	decide = python_distance(&frames[0], to_end ? &end : &frames[used - 1]);
	if (decide > walked) {
		needed[caller] = (uint8_t)decide;
		return;
	}
	words_keep(known, key >> KEY_SHIFT << KEY_SHIFT | word_of(site, decide));
}
