/* tui_frames.c: what a frame, a key and a step in time cost on a recording, without a terminal. Usage: tui_frames FILE.
 * Prints milliseconds of processor time: the worst screen's median frame, the worst key's median answer (with the frame
 * that shows it), the median and the worst step in time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keys.h"
#include "tui.h"

#define ROUNDS 15

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median of rounds of a key (0: none) and the frame behind it. */
static double measure(struct tui *tui, uint32_t key, double *worst)
{
	double rounds[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double begin = now_ms();

		if (key)
			tui_key(tui, key);
		tui_draw(tui);
		rounds[i] = now_ms() - begin;
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), by_size);
	if (worst)
		*worst = rounds[ROUNDS - 1];
	return rounds[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	static const char keys[] = "jkGgz+-f";
	double frame = 0, answer = 0, step, worst_step, begin = now_ms();
	struct player *player;
	const char *why;
	struct tui tui;

	if (argc != 2 || player_open(argv[1], &player, &why) != 0) {
		fputs("usage: tui_frames FILE\n", stderr);
		return 2;
	}
	fprintf(stderr, "open %.0f ms\n", now_ms() - begin);
	tui_init(&tui, player, argv[1], 200, 60, false, PALETTE_256);
	for (uint32_t view = 0; view < VIEW_COUNT; view++) {
		double time;

		tui_key(&tui, view == 9 ? '0' : '1' + view);
		time = measure(&tui, 0, NULL);
		fprintf(stderr, "screen %u: %.2f ms", view + 1, time);
		frame = time > frame ? time : frame;
		for (const char *key = keys; *key; key++) {
			time = measure(&tui, (uint32_t)*key, NULL);
			fprintf(stderr, "  %c %.2f", *key, time);
			answer = time > answer ? time : answer;
		}
		fputs("\n", stderr);
	}
	tui_key(&tui, '1');
	step = measure(&tui, '[', &worst_step);
	for (const char *key = "{{{{{[]]}"; *key; key++) {
		double worst, time = measure(&tui, (uint32_t)*key, &worst);

		step = time > step ? time : step;
		worst_step = worst > worst_step ? worst : worst_step;
	}
	printf("%.3f %.3f %.3f %.3f\n", frame, answer, step, worst_step);
	tui_fini(&tui);
	player_close(player);
	return 0;
}
