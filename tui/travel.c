/* travel.c: the moment that is shown: steps, events, playing, and a marked part of the run. */
#include <string.h>

#include "base/format.h"
#include "tui.h"
#include "view.h"

const unsigned tui_speeds[10] = SPEEDS;

void tui_new_picture(struct tui *tui)
{
	tui->picture = player_picture(tui->player);
	table_clear(&tui->table); /* its rows were of the old picture */
	tui->table.state = &tui->tables[tui->view];
}

static void new_picture(struct tui *tui, int error)
{
	if (error)
		tui_message(tui, "The recording can no longer be read: the picture stays.");
	tui_new_picture(tui);
}

void tui_goto_time(struct tui *tui, uint64_t ts_ns)
{
	if (tui->ranged)
		tui_message(tui, "The marked range is given up.");
	tui->ranged = false;
	new_picture(tui, player_goto(tui->player, ts_ns));
}

static void step(struct tui *tui, int64_t by_ns)
{
	uint64_t now = tui->picture->now_ns;

	tui->playing = false;
	if (by_ns < 0)
		tui_goto_time(tui, now > (uint64_t)-by_ns ? now - (uint64_t)-by_ns : 0);
	else
		tui_goto_time(tui, now + (uint64_t)by_ns);
}

static void go_to_moment(struct tui *tui, bool next)
{
	const struct snapshot *all = player_last(tui->player);
	const struct snap_moment *best = NULL;
	uint64_t now = tui->picture->now_ns;

	for (size_t i = 0; i < all->moment_count; i++) {
		const struct snap_moment *moment = &all->moments[i];

		if (next ? moment->ts_ns > now && !best : moment->ts_ns < now)
			best = moment;
	}
	tui->playing = false;
	if (!best) {
		tui_message(tui, next ? "No later event." : "No earlier event.");
		return;
	}
	tui_goto_time(tui, best->ts_ns);
	tui_message(tui, "%s: %s", best->who, best->text ? best->text : "");
}

const char *tui_speed_text(const struct tui *tui)
{
	static const char *const texts[] = {"1/8x", "1/4x", "1/2x", "1x", "2x", "4x", "8x", "16x", "32x", "64x"};

	return texts[tui->speed];
}

static void change_speed(struct tui *tui, bool faster)
{
	if (faster && tui->speed + 1 < sizeof(tui_speeds) / sizeof(tui_speeds[0]))
		tui->speed++;
	else if (!faster && tui->speed > 0)
		tui->speed--;
	tui_message(tui, "Speed %s.", tui_speed_text(tui));
}

/* While the program runs: stands still, or goes on with it. */
static void freeze(struct tui *tui)
{
	if (player_follows(tui->player))
		new_picture(tui, player_freeze(tui->player));
	else
		tui_goto_time(tui, player_end_ns(tui->player));
}

static void play(struct tui *tui)
{
	if (tui->live) {
		freeze(tui);
		return;
	}
	tui->playing = !tui->playing;
	/* Playing from the end would stop at once. */
	if (tui->playing && tui->picture->now_ns >= player_end_ns(tui->player))
		tui_goto_time(tui, 0);
}

void tui_advance(struct tui *tui, uint64_t real_ns)
{
	uint64_t end = player_end_ns(tui->player), to;

	tui->since_key_ns += real_ns;
	if (!tui->playing)
		return;
	to = tui->picture->now_ns + real_ns * tui_speeds[tui->speed] / 8;
	tui->playing = to < end;
	tui_goto_time(tui, to < end ? to : end);
}

/* m: from here; m again: to here, and only what was between counts; m once more: all of it again. */
static void mark(struct tui *tui)
{
	uint64_t now = tui->picture->now_ns, from = tui->mark_ns < now ? tui->mark_ns : now,
		 to = tui->mark_ns < now ? now : tui->mark_ns;

	tui->playing = false;
	if (tui->ranged) {
		tui_goto_time(tui, now);
	} else if (tui->mark_ns == UNKNOWN) {
		tui->mark_ns = now;
		tui_message(tui, "A range begins here. Go to its other end and press m again.");
	} else if (from == to) {
		tui->mark_ns = UNKNOWN;
		tui_message(tui, "No range: it would begin and end at the same moment.");
	} else {
		tui->mark_ns = UNKNOWN;
		tui->ranged = true;
		new_picture(tui, player_goto_range(tui->player, from, to));
	}
}

bool travel_act(struct tui *tui, enum action action)
{
	static const struct {
		enum action action;
		int64_t by_ns;
	} steps[] = {{ACTION_STEP_BACK, -100000000}, {ACTION_STEP, 100000000}, {ACTION_LEAP_BACK, -10000000000},
		{ACTION_LEAP, 10000000000}};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].action == action) {
			step(tui, steps[i].by_ns);
			return true;
		}
	if (action == ACTION_EVENT_BACK || action == ACTION_EVENT_NEXT)
		go_to_moment(tui, action == ACTION_EVENT_NEXT);
	else if (action == ACTION_PLAY)
		play(tui);
	else if (action == ACTION_SLOWER || action == ACTION_FASTER)
		change_speed(tui, action == ACTION_FASTER);
	else if (action == ACTION_TO_END)
		step(tui, (int64_t)(INT64_MAX / 2));
	else if (action == ACTION_GOTO)
		prompt_start(tui, PROMPT_TIME);
	else if (action == ACTION_MARK)
		mark(tui);
	else
		return false;
	return true;
}
