/* columns.h: a view's rows of columns.def as an array called `columns`. Define COLUMNS_<VIEW> and the getters first.
 * Included once, by view_<name>.c: it has no guard. */
#define COLUMN(title_, width_, align_, priority_, stretch_, get_, draw_, head_)                                        \
	{.title = title_,                                                                                              \
		.width = width_,                                                                                       \
		.align = ALIGN_##align_,                                                                               \
		.priority = priority_,                                                                                 \
		.stretch = stretch_,                                                                                   \
		.get = get_,                                                                                           \
		.draw = draw_,                                                                                         \
		.head = head_},
static const struct column columns[] = {
#include "columns.def"
};
#undef COLUMN
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
