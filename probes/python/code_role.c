/* code_role.c: code objects by the file and name that they tell. */
#include "python/code_role.h"

#include <string.h>

#include "python/failure.h"
#include "python/words.h"

/* Arrays, as pointers would be relocated in every process of the tree. */
/* clang-format off */
static const struct {
	char file[32], function[16]; /* part of the file's name; no function: any */
	uint8_t role;                /* enum code_role */
} roles[] = {
	{"/multiprocessing/pool.py",        "worker",          CODE_POOL_WORKER},
	{"/multiprocessing/pool.py",        "_handle_tasks",   CODE_POOL_TASKS},
	{"/multiprocessing/pool.py",        "_handle_results", CODE_POOL_RESULTS},
	{"/multiprocessing/pool.py",        "mapstar",         CODE_POOL_CHUNK},
	{"/multiprocessing/pool.py",        "starmapstar",     CODE_POOL_STAR},
	{"/multiprocessing/pool.py",        "",                CODE_POOL},
	{"/multiprocessing/queues.py",      "_feed",           CODE_FEEDER},
	{"/multiprocessing/queues.py",      "put",             CODE_QUEUE_PUT},
	{"/multiprocessing/queues.py",      "",                CODE_QUEUE},
	{"/multiprocessing/managers.py",    "",                CODE_MANAGER},
	{"/multiprocessing/popen_fork.py",  "_launch",         CODE_LAUNCH},
	{"/multiprocessing/process.py",     "_bootstrap",      CODE_BOOTSTRAP},
	{"/multiprocessing/reduction.py",   "",                CODE_TRANSPORT},
	{"/multiprocessing/connection.py",  "",                CODE_TRANSPORT},
	{"/concurrent/futures/process.py",  "_process_chunk",  CODE_EXECUTOR_CHUNK},
	{"/concurrent/futures/process.py",  "submit",          CODE_SUBMIT},
	{"/concurrent/futures/process.py",  "",                CODE_EXECUTOR},
	{"/loky/process_executor.py",       "_process_chunk",  CODE_EXECUTOR_CHUNK},
	{"/loky/process_executor.py",       "submit",          CODE_SUBMIT},
	{"/loky/process_executor.py",       "",                CODE_EXECUTOR},
	{"/loky/backend/queues.py",         "_feed",           CODE_FEEDER},
	{"/loky/backend/queues.py",         "put",             CODE_QUEUE_PUT},
	{"/loky/backend/queues.py",         "",                CODE_QUEUE},
	{"/loky/backend/process.py",        "_bootstrap",      CODE_BOOTSTRAP},
	{"/loky/backend/reduction.py",      "",                CODE_TRANSPORT},
	{"/pebble/pool/",                   "",                CODE_EXECUTOR},
	{"/cloudpickle/",                   "",                CODE_TRANSPORT},
	{"/torch/multiprocessing/queue.py", "",                CODE_TRANSPORT},
	{"/billiard/popen_fork.py",         "_launch",         CODE_LAUNCH},
	{"/billiard/process.py",            "_bootstrap",      CODE_BOOTSTRAP},
	{"/billiard/queues.py",             "_feed",           CODE_FEEDER},
	{"/billiard/queues.py",             "put",             CODE_QUEUE_PUT},
	{"/billiard/queues.py",             "",                CODE_QUEUE},
	{"/billiard/reduction.py",          "",                CODE_TRANSPORT},
	{"/billiard/connection.py",         "",                CODE_TRANSPORT},
};
/* clang-format on */

bool is_function(const char *name, const char *wanted)
{
	const char *dot = strrchr(name, '.');

	return strcmp(dot ? dot + 1 : name, wanted) == 0;
}

static enum code_role role_read(const char *code)
{
	char file[160], name[64];

	python_code_names(code, file, sizeof(file), name, sizeof(name));
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strstr(file, roles[i].file) && (!*roles[i].function || is_function(name, roles[i].function))) {
			if (roles[i].role == CODE_BOOTSTRAP)
				python_bottom = code;
			return roles[i].role;
		}
	return is_program_file(file) ? CODE_PROGRAM : CODE_LIBRARY;
}

#define CACHE 128

static struct words cache[CACHE]; /* python_code_id << 8 | role */

enum code_role code_role_of(const char *code, uint32_t id)
{
	struct words *words = &cache[id % CACHE];
	uint64_t known = words_find(words, (uint64_t)id << 8, 8);

	if (unlikely(!known)) {
		known = (uint64_t)id << 8 | role_read(code);
		words_keep(words, known);
	}
	return known & 0xff;
}

enum code_role code_role(const char *code)
{
	return code_role_of(code, python_code_id(code));
}

int frame_of_program(const struct python_frame *frames, int count)
{
	for (int i = 0; i < count; i++) {
		enum code_role role = code_role(frames[i].code);

		if (role == CODE_PROGRAM)
			return i;
		if (role == CODE_BOOTSTRAP) /* below are the frames of the parent */
			return -1;
	}
	return -1;
}
