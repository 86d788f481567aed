/* exchange.h: what the Python processes of a run sent each other as objects, summed up by kind ("Pool tasks"): how
 * much, what that cost, who sent what where. */
#ifndef MPW_MODEL_EXCHANGE_H
#define MPW_MODEL_EXCHANGE_H

#include "model/model.h"
#include "wire/kinds.h"

#define EXCHANGE_KINDS (MESSAGE_PROCESS + 1)

/* Sent from one place: objects of one kind. */
struct exchange_part {
	const char *what; /* "list of int", a task's function; NULL not known */
	uint32_t stack;   /* 0 not known */
	uint64_t count, bytes, ns, largest;
};

struct exchange {
	uint64_t sent, received, bytes, largest; /* bytes 0: not known */
	uint64_t pickle_ns, unpickle_ns;
	const struct process **from, **to; /* each once for each of its rows */
	size_t from_count, to_count;
	struct exchange_part *parts; /* most bytes first; what was received when no sender told */
	size_t part_count;
};

/* One for each enum message_kind. */
struct exchange *exchange_make(const struct model *model);
void exchange_free(struct exchange *all);

/* Which messages a channel is for, as the library's code that made it tells. MESSAGE_OTHER: not known. *name: in words,
 * also for what a library needs for itself, or NULL. */
enum message_kind channel_use(const struct model *model, const struct channel *channel, const char **name);
/* Do all channels of this kind make one row? Those of Pools do: what they are for says more than where they were made.
 */
bool channel_use_folds(const char *name);

#endif
