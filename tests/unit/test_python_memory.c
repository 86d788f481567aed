/* The view of another process's memory; the test looks at itself. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "python/memory.h"

static char bytes[4096];

static uint64_t at(const void *address)
{
	return (uint64_t)(uintptr_t)address;
}

Test(python_memory, what_was_asked_for_is_as_it_was_then)
{
	static struct memory_view view;
	uint8_t room[4];

	memcpy(bytes, "abcdefgh", 8);
	memory_view_begin(&view, getpid());
	memory_view_want(&view, at(bytes), 4);
	memory_view_want(&view, at(bytes + 4), 4);
	cr_assert_eq(memory_view_read(&view), 0);
	memcpy(bytes, "ABCDEFGH", 8);
	cr_assert(memcmp(memory_at(&view, at(bytes), 4, room), "abcd", 4) == 0);
	cr_assert(memcmp(memory_at(&view, at(bytes + 4), 2, room), "ef", 2) == 0);
	cr_assert(memcmp(memory_at(&view, at(bytes + 1), 4, room), "BCDE", 4) == 0, "not in the view: read now");
	memory_view_begin(&view, getpid());
	cr_assert(
		memcmp(memory_at(&view, at(bytes), 4, room), "ABCD", 4) == 0, "a new view has nothing of the old one");
}

Test(python_memory, what_is_gone_hides_only_what_follows_and_that_is_read_when_asked_for)
{
	static struct memory_view view;
	uint8_t room[4];
	char *gone = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(bytes, "abcdefgh", 8);
	memory_view_begin(&view, getpid());
	memory_view_want(&view, at(bytes), 4);
	memory_view_want(&view, at(gone), 4);
	memory_view_want(&view, at(bytes + 4), 4);
	cr_assert_eq(memory_view_read(&view), 0);
	cr_assert_eq(view.got, 1);
	memcpy(bytes, "ABCDEFGH", 8);
	cr_assert(memcmp(memory_at(&view, at(bytes), 4, room), "abcd", 4) == 0);
	cr_assert(memcmp(memory_at(&view, at(bytes + 4), 4, room), "EFGH", 4) == 0);
	cr_assert_null(memory_at(&view, at(gone), 4, room));
	munmap(gone, 4096);
}

Test(python_memory, more_than_a_view_holds_is_read_when_asked_for)
{
	static struct memory_view view;
	uint8_t room[MEMORY_PIECE_BYTES + 1];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i % 251);
	memory_view_begin(&view, getpid());
	memory_view_want(&view, at(bytes), MEMORY_PIECE_BYTES + 1);
	for (unsigned i = 0; i < MEMORY_PIECES + 5; i++)
		memory_view_want(&view, at(bytes + 8 * i), 8);
	cr_assert_eq(view.wanted, MEMORY_PIECES);
	cr_assert_eq(memory_view_read(&view), 0);
	for (unsigned i = 0; i < MEMORY_PIECES + 5; i++)
		cr_assert(memcmp(memory_at(&view, at(bytes + 8 * i), 8, room), bytes + 8 * i, 8) == 0);
	cr_assert(memcmp(memory_at(&view, at(bytes), sizeof(room), room), bytes, sizeof(room)) == 0);
}

Test(python_memory, a_process_that_is_gone_is_an_error)
{
	static struct memory_view view;
	uint8_t room[4];

	memory_view_begin(&view, 0x7ffffff0);
	memory_view_want(&view, at(bytes), 4);
	cr_assert_lt(memory_view_read(&view), 0);
	cr_assert_null(memory_at(&view, at(bytes), 4, room));
}
