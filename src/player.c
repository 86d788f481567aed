/* player.c: a stored run at any moment. */
#include "player.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "checkpoints.h"
#include "history.h"

struct player {
	struct source *source;
	struct checkpoints *checkpoints;
	struct history *history;         /* of the whole run */
	struct snapshot *last, *picture; /* picture NULL: it is the last */
};

static int read_all(struct player *player, const char **why)
{
	struct event event;
	int result;

	while ((result = source_next(player->source, &event, why)) > 0) {
		checkpoints_take(player->checkpoints, player->source, &event);
		history_apply(player->history, checkpoints_model(player->checkpoints), &event);
	}
	return result;
}

int player_open(const char *path, struct player **out, const char **why)
{
	struct player *player = mem_zalloc(1, sizeof(*player));
	int error = source_open(path, &player->source, why);
	struct model *model;

	if (error) {
		player_close(player);
		return error;
	}
	player->history = history_new();
	player->checkpoints = checkpoints_new(path);
	error = read_all(player, why);
	model = checkpoints_model(player->checkpoints);
	if (!error && model_process_count(model) == 0) {
		*why = "the recording holds no process: it was cut before its first frame ended";
		error = -EINVAL;
	}
	if (error) {
		player_close(player);
		return error;
	}
	history_finish(player->history, model);
	player->last = snapshot_take(model, player->history);
	*out = player;
	return 0;
}

void player_close(struct player *player)
{
	snapshot_free(player->picture);
	snapshot_free(player->last);
	history_free(player->history);
	checkpoints_free(player->checkpoints);
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

	if (ts_ns < player_end_ns(player)) {
		int error = checkpoints_go(player->checkpoints, ts_ns, &model);

		if (error)
			return error;
		picture = snapshot_take(model, player->history);
	}
	snapshot_free(player->picture);
	player->picture = picture;
	return 0;
}
