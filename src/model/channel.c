/* channel.c: pipes, socketpairs and fifos, and what went through them.
 *
 * A channel is one direction: a pipe or fifo by its inode; a socketpair is two channels, each known by the inode of the
 * end that reads from it. Totals come per descriptor and are cumulative: FD_TOTAL while it is open, FD_STAT when it
 * closes, told apart from later lives of the same number by `gen`. What is new since the last word is added to the
 * channel. */
#include "model/internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What was counted so far for one descriptor of one process. */
struct traffic {
	uint64_t key;         /* process number << 32 | descriptor */
	struct traffic *next; /* of the same process */
	uint32_t gen;
	bool closed;
	struct channel_end *in, *out; /* NULL: no channel */
	struct ev_fd_total seen;
	UT_hash_handle hh;
};

struct end_key {
	struct channel *channel;
	struct process *process;
};
_Static_assert(offsetof(struct channel_end, process) == offsetof(struct end_key, process), "the key lies in the end");

struct channel *channel_make(struct model *model, enum channel_kind kind, uint64_t dev, uint64_t ino)
{
	struct channel *channel;
	struct channel probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.dev = kind == CHANNEL_FIFO ? dev : 0;
	probe.key.ino = ino;
	HASH_FIND(hh, model->channels, &probe.key, sizeof(probe.key), channel);
	if (!channel) {
		channel = mem_zalloc(1, sizeof(*channel));
		channel->key = probe.key;
		channel->kind = kind;
		HASH_ADD(hh, model->channels, key, sizeof(channel->key), channel);
	}
	return channel;
}

static struct channel *channel_find(struct model *model, uint64_t ino)
{
	struct channel *channel;
	struct channel probe;

	memset(&probe, 0, sizeof(probe));
	probe.key.ino = ino;
	HASH_FIND(hh, model->channels, &probe.key, sizeof(probe.key), channel);
	return channel;
}

struct channel *channel_of(struct model *model, const struct open_file *file)
{
	if (file->ino == 0)
		return NULL;
	switch (file->kind) {
	case FD_PIPE:
		return channel_make(model, CHANNEL_PIPE, 0, file->ino);
	case FD_FIFO:
		return channel_make(model, CHANNEL_FIFO, file->dev, file->ino);
	case FD_SOCKPAIR:
		return channel_make(model, CHANNEL_SOCKETPAIR, 0, file->ino);
	case FD_SOCKET:
	case FD_UNIX: /* the kernel's list cannot tell a socketpair: known if it was made here */
		return channel_find(model, file->ino);
	default:
		return NULL;
	}
}

static struct channel_end *end_of(struct model *model, struct channel *channel, struct process *process)
{
	struct channel_end *end;
	struct end_key key;

	memset(&key, 0, sizeof(key));
	key.channel = channel;
	key.process = process;
	HASH_FIND(hh, model->channel_ends, &key, sizeof(key), end);
	if (!end) {
		end = mem_zalloc(1, sizeof(*end));
		end->channel = channel;
		end->process = process;
		if (channel->last_end)
			channel->last_end->next = end;
		else
			channel->ends = end;
		channel->last_end = end;
		HASH_ADD(hh, model->channel_ends, channel, sizeof(struct end_key), end);
	}
	return end;
}

struct channel_end *channel_end_at(struct model *model, struct process *process, int32_t fd, bool output)
{
	const struct fd_slot *slot = fd >= 0 && process->fds ? fdtable_get(process->fds, fd) : NULL;
	struct channel *channel = slot ? channel_of(model, slot->file) : NULL;
	struct channel *peer = channel && channel->peer_ino ? channel_find(model, channel->peer_ino) : NULL;

	return channel ? end_of(model, output && peer ? peer : channel, process) : NULL;
}

/* The ends a descriptor moves data at, from the file that is open there. */
static void find_ends(struct model *model, struct process *process, int32_t fd, struct traffic *traffic)
{
	const struct fd_slot *slot = fdtable_get(process->fds, fd);
	struct channel *channel = slot ? channel_of(model, slot->file) : NULL;
	struct channel *peer = channel && channel->peer_ino ? channel_find(model, channel->peer_ino) : NULL;

	if (slot)
		slot->file->used = true;
	if (!channel)
		return;
	traffic->in = end_of(model, channel, process);
	traffic->out = peer ? end_of(model, peer, process) : traffic->in;
}

static void add_in(struct channel_end *end, uint64_t calls, uint64_t bytes, uint64_t blocked_ns)
{
	end->calls_in += calls;
	end->bytes_in += bytes;
	end->blocked_in_ns += blocked_ns;
}

static void add_out(struct channel_end *end, uint64_t calls, uint64_t bytes, uint64_t blocked_ns)
{
	end->calls_out += calls;
	end->bytes_out += bytes;
	end->blocked_out_ns += blocked_ns;
}

/* Cumulative figures: only growth counts. */
static uint64_t growth(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void count(struct traffic *traffic, const struct ev_fd_total *now)
{
	const struct ev_fd_total *old = &traffic->seen;
	uint64_t calls, bytes, blocked;

	if (traffic->in) {
		calls = growth(now->calls_in, old->calls_in);
		bytes = growth(now->bytes_in, old->bytes_in);
		blocked = growth(now->blocked_in_ns, old->blocked_in_ns);
		add_in(traffic->in, calls, bytes, blocked);
		add_in(&traffic->in->channel->total, calls, bytes, blocked);
	}
	if (traffic->out) {
		calls = growth(now->calls_out, old->calls_out);
		bytes = growth(now->bytes_out, old->bytes_out);
		blocked = growth(now->blocked_out_ns, old->blocked_out_ns);
		add_out(traffic->out, calls, bytes, blocked);
		add_out(&traffic->out->channel->total, calls, bytes, blocked);
	}
	traffic->seen = *now;
}

static struct traffic *traffic_find(struct model *model, uint64_t key)
{
	struct traffic *traffic;

	HASH_FIND(hh, model->traffic, &key, sizeof(key), traffic);
	return traffic;
}

static void traffic_new_life(
	struct model *model, struct process *process, struct traffic *traffic, const struct ev_fd_total *ev)
{
	memset(&traffic->seen, 0, sizeof(traffic->seen));
	traffic->gen = ev->gen;
	traffic->closed = false;
	traffic->in = traffic->out = NULL;
	find_ends(model, process, ev->fd, traffic);
}

static void apply_totals(struct model *model, struct process *process, const struct ev_fd_total *ev, bool closes)
{
	uint64_t key = (uint64_t)process->number << 32 | (uint32_t)ev->fd;
	struct traffic *traffic = traffic_find(model, key);

	if (ev->fd < 0 || (ev->calls_in | ev->calls_out) == 0)
		return;
	if (!traffic) {
		traffic = mem_zalloc(1, sizeof(*traffic));
		traffic->key = key;
		traffic->next = process->traffic;
		process->traffic = traffic;
		HASH_ADD(hh, model->traffic, key, sizeof(traffic->key), traffic);
		traffic_new_life(model, process, traffic, ev);
	} else if (traffic->gen != ev->gen) {
		traffic_new_life(model, process, traffic, ev);
	} else if (traffic->closed && !closes) {
		return; /* told before the close, arrived after it */
	}
	count(traffic, ev);
	traffic->closed = closes;
}

void apply_fd_stat(struct model *model, struct process *process, const struct event *event)
{
	const struct ev_fd_stat *ev = &event->u.fd_stat;
	struct ev_fd_total total = {.fd = ev->fd,
		.gen = ev->gen,
		.calls_in = ev->calls_in,
		.calls_out = ev->calls_out,
		.bytes_in = ev->bytes_in,
		.bytes_out = ev->bytes_out,
		.blocked_in_ns = ev->blocked_in,
		.blocked_out_ns = ev->blocked_out};

	apply_totals(model, process, &total, true);
}

void apply_fd_total(struct model *model, struct process *process, const struct event *event)
{
	apply_totals(model, process, &event->u.fd_total, false);
}

void traffic_seal(struct model *model, struct process *process)
{
	while (process->traffic) {
		struct traffic *next = process->traffic->next;

		HASH_DEL(model->traffic, process->traffic);
		mem_free(process->traffic);
		process->traffic = next;
	}
}

void channels_free(struct model *model)
{
	struct channel *channel, *next;
	struct channel_end *end, *next_end;
	struct traffic *traffic, *next_traffic;

	HASH_ITER(hh, model->traffic, traffic, next_traffic)
	{
		HASH_DEL(model->traffic, traffic);
		mem_free(traffic);
	}
	HASH_ITER(hh, model->channel_ends, end, next_end)
	{
		HASH_DEL(model->channel_ends, end);
		mem_free(end);
	}
	HASH_ITER(hh, model->channels, channel, next)
	{
		HASH_DEL(model->channels, channel);
		mem_free(channel);
	}
}

bool channel_end_used(const struct channel_end *end, bool as_writer)
{
	return as_writer ? end->calls_out || end->blocked_out_ns || end->open_out.count
			 : end->calls_in || end->blocked_in_ns || end->open_in.count;
}

const struct channel *model_channels(const struct model *model)
{
	return model->channels;
}

const struct channel *channel_next(const struct channel *channel)
{
	return channel->hh.next;
}
