/* channel_use.c: what a pipe is for, by the functions that made it: those of multiprocessing, concurrent.futures and
 * their relatives. The files between the system call and the first that is none of the makers of pipes tell. */
#include <string.h>

#include "base/text.h"
#include "model/exchange.h"

enum maker {
	MAKER_OTHER,
	MAKER_SOCKET,
	MAKER_PIPE,
	MAKER_QUEUE,
	MAKER_POOL,
	MAKER_EXECUTOR,
	MAKER_PROCESS,
	MAKER_INTERNAL
};

/* clang-format off */
static const struct {
	const char *file;
	enum maker maker;
} files[] = {
	{"/socket.py",                             MAKER_SOCKET}, /* for whoever called it */
	{"/multiprocessing/connection.py",         MAKER_PIPE},
	{"/multiprocessing/context.py",            MAKER_PIPE},
	{"/multiprocessing/queues.py",             MAKER_QUEUE},
	{"/multiprocessing/pool.py",               MAKER_POOL},
	{"/multiprocessing/managers.py",           MAKER_INTERNAL}, /* its objects go through sockets */
	{"/multiprocessing/popen_spawn_posix.py",  MAKER_PROCESS},
	{"/multiprocessing/popen_forkserver.py",   MAKER_PROCESS},
	{"/multiprocessing/popen_fork.py",         MAKER_INTERNAL},
	{"/multiprocessing/resource_tracker.py",   MAKER_INTERNAL},
	{"/multiprocessing/semaphore_tracker.py",  MAKER_INTERNAL},
	{"/multiprocessing/forkserver.py",         MAKER_INTERNAL},
	{"/concurrent/futures/process.py",         MAKER_EXECUTOR},
	{"/loky/process_executor.py",              MAKER_EXECUTOR},
	{"/loky/backend/queues.py",                MAKER_QUEUE},
	{"/loky/backend/context.py",               MAKER_PIPE},
	{"/loky/backend/popen_loky_posix.py",      MAKER_PROCESS},
	{"/loky/backend/resource_tracker.py",      MAKER_INTERNAL},
	{"/billiard/connection.py",                MAKER_PIPE},
	{"/billiard/context.py",                   MAKER_PIPE},
	{"/billiard/queues.py",                    MAKER_QUEUE},
	{"/billiard/pool.py",                      MAKER_POOL},
	{"/billiard/popen_fork.py",                MAKER_INTERNAL},
	{"/torch/multiprocessing/queue.py",        MAKER_QUEUE},
	{"/torch/multiprocessing/pool.py",         MAKER_POOL},
};
/* clang-format on */

#define NAME_INTERNAL "internal"

static enum maker maker_of(const struct frame *frame)
{
	for (size_t i = 0; frame->python && frame->file && i < sizeof(files) / sizeof(files[0]); i++) {
		if (!text_ends_with(frame->file, files[i].file))
			continue;
		/* a Pool wakes its own threads, too */
		if (files[i].maker == MAKER_POOL &&
			!(frame->function && text_ends_with(frame->function, "_setup_queues")))
			return MAKER_INTERNAL;
		return files[i].maker;
	}
	return MAKER_OTHER;
}

/* Does the process that made it send? What others do there may be unknown, and a Pool that ends writes and reads on all
 * ends. */
static bool maker_sends(const struct channel *channel)
{
	const struct channel_end *own = NULL;
	bool others_send = false, reads, writes;

	for (const struct channel_end *end = channel->ends; end; end = end->next)
		if (end->process == channel->maker)
			own = end;
		else
			others_send = others_send || channel_end_used(end, true);
	reads = own && channel_end_used(own, false);
	writes = own && channel_end_used(own, true);
	if (reads && writes)
		return own->bytes_out >= own->bytes_in;
	return reads || writes ? writes : !others_send;
}

static enum message_kind kind_made(const struct channel *channel, enum maker maker, bool queue, bool pipe)
{
	bool sends = maker_sends(channel);

	switch (maker) {
	case MAKER_POOL:
		return sends ? MESSAGE_POOL_TASK : MESSAGE_POOL_RESULT;
	case MAKER_EXECUTOR:
		return !queue ? MESSAGE_OTHER : sends ? MESSAGE_EXECUTOR_TASK : MESSAGE_EXECUTOR_RESULT;
	case MAKER_PROCESS:
		return MESSAGE_PROCESS;
	case MAKER_INTERNAL:
		return MESSAGE_OTHER;
	default:
		return queue ? MESSAGE_QUEUE : pipe ? MESSAGE_PIPE : MESSAGE_OTHER;
	}
}

static const char *standard_name(uint32_t standard)
{
	static const char *const names[8] = {NULL, "stdin", "stdout", "stdin, stdout", "stderr", "stdin, stderr",
		"stdout, stderr", "standard streams"};

	return names[standard & 7];
}

enum message_kind channel_use(const struct model *model, const struct channel *channel, const char **name)
{
	enum maker maker = MAKER_OTHER;
	bool queue = false, pipe = false;
	enum message_kind kind;
	struct frame frame;

	for (unsigned i = 0; channel->stack && model_frame(model, channel->stack, i, &frame); i++) {
		maker = maker_of(&frame);
		if (maker != MAKER_PIPE && maker != MAKER_QUEUE && maker != MAKER_SOCKET)
			break;
		queue |= maker == MAKER_QUEUE;
		pipe |= maker == MAKER_PIPE;
	}
	kind = kind_made(channel, maker, queue, pipe);
	*name = kind                                                 ? kind_name_message(kind)
		: maker == MAKER_INTERNAL || maker == MAKER_EXECUTOR ? NAME_INTERNAL
								     : standard_name(channel->standard);
	return kind;
}

bool channel_use_folds(const char *name)
{
	return name && strcmp(name, kind_name_message(MESSAGE_PIPE)) != 0 &&
	       strcmp(name, kind_name_message(MESSAGE_QUEUE)) != 0;
}
