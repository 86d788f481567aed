/* player.c: a stored run at any moment: the model is built again from the events until then. */
#include "player.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "history.h"
#include "model/model.h"
#include "source.h"

struct player {
	struct source *source;
	struct history *history;         /* of the whole run */
	struct snapshot *last, *picture; /* picture NULL: it is the last */
};

/* Names of what happened may be told later: without them a place of an early moment would have none. */
static bool names_things(const struct event *event)
{
	return event->type == EV_MODULE || event->type == EV_STACK || event->type == EV_SYMBOL ||
	       event->type == EV_SOURCE;
}

/* Applies the events until ts_ns; they are not strictly in order of time. */
static int build(struct player *player, struct model *model, uint64_t ts_ns, struct history *history, const char **why)
{
	struct event event;
	int result;

	while ((result = source_next(player->source, &event, why)) > 0) {
		if (event.ts_ns > ts_ns && !names_things(&event))
			continue;
		if (event.ts_ns > ts_ns)
			event.ts_ns = ts_ns;
		model_apply(model, &event);
		if (history)
			history_apply(history, model, &event);
	}
	return result;
}

int player_open(const char *path, struct player **out, const char **why)
{
	struct player *player = mem_zalloc(1, sizeof(*player));
	struct model *model = model_new();
	int error = source_open(path, &player->source, why);

	player->history = history_new();
	if (!error)
		error = build(player, model, UINT64_MAX, player->history, why);
	if (!error && model_process_count(model) == 0) {
		*why = "the recording holds no process: it was cut before its first frame ended";
		error = -EINVAL;
	}
	if (!error) {
		history_finish(player->history, model);
		player->last = snapshot_take(model, player->history);
		*out = player;
	} else {
		player_close(player);
	}
	model_free(model);
	return error;
}

void player_close(struct player *player)
{
	snapshot_free(player->picture);
	snapshot_free(player->last);
	history_free(player->history);
	if (player->source)
		source_close(player->source);
	free(player);
}

const struct snapshot *player_picture(const struct player *player)
{
	return player->picture ? player->picture : player->last;
}

const struct snapshot *player_last(const struct player *player)
{
	return player->last;
}

uint64_t player_end_ns(const struct player *player)
{
	return player->last->now_ns;
}

int player_goto(struct player *player, uint64_t ts_ns)
{
	struct snapshot *picture = NULL;
	struct model *model;
	const char *why;
	int error;

	if (ts_ns < player_end_ns(player)) {
		struct event tick = {.type = EV_TICK, .ts_ns = ts_ns};

		error = source_rewind(player->source, &why);
		if (error)
			return error;
		model = model_new();
		error = build(player, model, ts_ns, NULL, &why);
		if (!error) {
			model_apply(model, &tick); /* time goes on between events too */
			picture = snapshot_take(model, player->history);
		}
		model_free(model);
		if (error)
			return error;
	}
	snapshot_free(player->picture);
	player->picture = picture;
	return 0;
}
