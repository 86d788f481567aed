/* test_layout.c: where things go, for every size there is. */
#include <criterion/criterion.h>

#include "layout.h"

static bool holds(struct rect outer, struct rect inner)
{
	return inner.h == 0 ||
	       (inner.x >= outer.x && inner.y >= outer.y && inner.w >= 0 && inner.h >= 0 &&
		       inner.x + inner.w <= outer.x + outer.w && inner.y + inner.h <= outer.y + outer.h);
}

static bool apart(struct rect a, struct rect b)
{
	return a.h == 0 || b.h == 0 || a.y + a.h <= b.y || b.y + b.h <= a.y;
}

static void check_frame(int w, int h)
{
	struct rect screen = {0, 0, w, h};
	struct frame_layout f;

	layout_frame(w, h, &f);
	const struct rect parts[] = {f.header, f.tabs, f.body, f.message, f.hints};

	for (unsigned i = 0; i < 5; i++) {
		cr_assert(holds(screen, parts[i]), "%dx%d: part %u leaves the screen", w, h, i);
		for (unsigned j = 0; j < i; j++)
			cr_assert(apart(parts[i], parts[j]), "%dx%d: parts %u and %u overlap", w, h, i, j);
	}
	cr_assert(f.body.h >= 1, "%dx%d: no body", w, h);
	if (f.size >= SIZE_COMPACT) {
		cr_assert_eq(f.hints.y, h - 1);
		cr_assert_lt(f.hints.x + f.hints.w, w, "%dx%d: the last cell is used", w, h);
	}
}

Test(layout, frame_fits_every_size)
{
	for (int w = 1; w <= 200; w++)
		for (int h = 1; h <= 60; h++)
			check_frame(w, h);
}

Test(layout, frame_classes)
{
	static const struct {
		int w, h;
		enum size_class size;
	} cases[] = {{19, 24, SIZE_NOTHING}, {80, 1, SIZE_NOTHING}, {20, 2, SIZE_LINE}, {39, 24, SIZE_LINE},
		{80, 7, SIZE_LINE}, {40, 8, SIZE_COMPACT}, {59, 40, SIZE_COMPACT}, {60, 14, SIZE_FULL},
		{80, 24, SIZE_FULL}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame_layout f;

		layout_frame(cases[i].w, cases[i].h, &f);
		cr_assert_eq(f.size, cases[i].size, "%dx%d", cases[i].w, cases[i].h);
	}
}

Test(layout, split_keeps_the_list)
{
	for (int h = 1; h <= 60; h++)
		for (int rows = 1; rows <= 80; rows++)
			for (int wanted = 0; wanted <= 30; wanted += 3) {
				struct rect body = {0, 2, 80, h};
				struct split_layout s;

				layout_split(body, rows, wanted, 2, &s);
				cr_assert(holds(body, s.list) && holds(body, s.detail) && apart(s.list, s.detail),
					"h %d, rows %d, wanted %d", h, rows, wanted);
				cr_assert(s.list.h >= (rows < h / 2 ? rows : h / 2),
					"h %d, rows %d, wanted %d: list of %d", h, rows, wanted, s.list.h);
			}
}

Test(layout, columns_never_leave_their_room)
{
	static const struct column_size sizes[] = {
		{10, 0, false}, {7, 3, false}, {6, 0, false}, {17, 1, true}, {26, 4, false}};
	int x[5], width[5];

	for (int total = 0; total <= 200; total++) {
		int end = 0;

		layout_columns(sizes, 5, total, x, width);
		for (unsigned i = 0; i < 5; i++) {
			if (!width[i])
				continue;
			cr_assert(x[i] >= end, "%d columns: column %u overlaps", total, i);
			end = x[i] + width[i];
			cr_assert(end <= total, "%d columns: column %u ends at %d", total, i, end);
		}
		if (total >= 70)
			cr_assert(width[4], "%d columns: there was room for all", total);
		if (total >= 10)
			cr_assert(width[0], "%d columns: the first must stay", total);
		if (total >= 17 && total < 34)
			cr_assert(!width[4] && !width[1] && !width[3], "%d columns: the others must go", total);
	}
}

Test(layout, scroll_shows_the_selected)
{
	for (size_t count = 0; count < 40; count++)
		for (size_t visible = 1; visible < 12; visible++)
			for (size_t selected = 0; selected < count; selected++)
				for (size_t top = 0; top < 45; top += 4) {
					size_t first = layout_scroll(top, selected, count, visible);

					cr_assert(first <= selected && selected < first + visible);
					cr_assert(first == 0 || first + visible <= count);
				}
}
