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

/* The picture of all that was read. */
static void show_last(struct player *player)
{
	struct model *model = checkpoints_model(player->checkpoints);

	struct snapshot *old = player->last;

	history_finish(player->history, model);
	player->last = snapshot_take(model, player->history); /* at another address than the one before */
	snapshot_free(old);
}

static int open_run(const char *path, struct player **out, const char **why)
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
	if (!error && model_process_count(model) == 0)
		error = -EAGAIN;
	if (error) {
		player_close(player);
		return error;
	}
	show_last(player);
	*out = player;
	return 0;
}

int player_open(const char *path, struct player **out, const char **why)
{
	int error = open_run(path, out, why);

	if (error == -EAGAIN) {
		*why = "the recording holds no process: it was cut before its first frame ended";
		error = -EINVAL;
	}
	return error;
}

int player_open_live(const char *path, struct player **out, const char **why)
{
	int error = open_run(path, out, why);

	return error == -ENODATA ? -EAGAIN : error;
}

bool player_update(struct player *player)
{
	uint64_t before = checkpoints_events(player->checkpoints);
	const char *why;

	/* What cannot be read now may be read later: the file grows. */
	(void)read_all(player, &why);
	if (checkpoints_events(player->checkpoints) == before)
		return false;
	show_last(player);
	return true;
}

bool player_follows(const struct player *player)
{
	return !player->picture;
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

/* A picture of its own, also of the end. */
static int take_picture(struct player *player, uint64_t ts_ns, struct snapshot **out)
{
	struct model *model;
	int error = checkpoints_go(player->checkpoints, ts_ns, &model);

	if (!error)
		*out = snapshot_take(model, player->history);
	return error;
}

static void show_picture(struct player *player, struct snapshot *picture)
{
	snapshot_free(player->picture);
	player->picture = picture;
}

int player_goto(struct player *player, uint64_t ts_ns)
{
	struct snapshot *picture = NULL;

	if (ts_ns < player_end_ns(player)) {
		int error = take_picture(player, ts_ns, &picture);

		if (error)
			return error;
	}
	show_picture(player, picture);
	return 0;
}

int player_goto_range(struct player *player, uint64_t from_ns, uint64_t to_ns)
{
	struct snapshot *from, *to;
	int error = take_picture(player, from_ns, &from);

	if (error)
		return error;
	error = take_picture(player, to_ns < player_end_ns(player) ? to_ns : player_end_ns(player), &to);
	if (!error) {
		snapshot_limit(to, from);
		show_picture(player, to);
	}
	snapshot_free(from);
	return error;
}

int player_freeze(struct player *player)
{
	struct snapshot *picture;
	int error = take_picture(player, player_end_ns(player), &picture);

	if (!error)
		show_picture(player, picture);
	return error;
}
