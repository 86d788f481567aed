/* player.h: a stored run that can be looked at as it was at any moment. */
#ifndef MPW_PLAYER_H
#define MPW_PLAYER_H

#include "snapshot.h"

struct player;

/* Reads the whole recording once and stands at its end. 0, or negative errno with one line in *why. */
int player_open(const char *path, struct player **out, const char **why);
void player_close(struct player *player);

/* The picture of the moment; valid until the next player_goto or player_close. */
const struct snapshot *player_picture(const struct player *player);
/* The picture of the end: what will have happened. */
const struct snapshot *player_last(const struct player *player);
uint64_t player_end_ns(const struct player *player);
/* Goes to a moment: what happened until then, and nothing later, is in the picture. Clamped to the run. 0, or negative
 * errno when the file can no longer be read: the picture stays. */
int player_goto(struct player *player, uint64_t ts_ns);
/* The picture of a part of the run. */
int player_goto_range(struct player *player, uint64_t from_ns, uint64_t to_ns);

/* A run that goes on: opened when it has a first process, -EAGAIN before. */
int player_open_live(const char *path, struct player **out, const char **why);
/* Takes what was recorded since. True when the last picture is a new one; the one that is shown is it, unless the
 * player stands at another moment. Pictures got before are gone then. */
bool player_update(struct player *player);
/* Stands still at the latest moment while the run goes on. 0 or negative errno. */
int player_freeze(struct player *player);
/* The picture is the last one and moves on with it. */
bool player_follows(const struct player *player);

#endif
