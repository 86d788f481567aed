/* test_source_lines.c: lines of foreign files: raw, bounded, and only from regular files that did not change. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "source_lines.h"

static const uint64_t future = UINT64_C(1) << 62;
static char folder[] = "/tmp/mpw-source-XXXXXX";

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
	static const char *const names[] = {"a.c", "link", "fifo", "sub/b.c", "sub"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(names[i]);
	rmdir(folder);
}

TestSuite(source_lines, .init = make_folder, .fini = remove_folder, .timeout = 20);

static void write_file(const char *name, const void *bytes, size_t count)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
	close(fd);
}

static void expect(unsigned line, enum source_state state, const char *want)
{
	char text[SOURCE_TEXT_MAX];

	cr_assert_eq(source_line_read(NULL, "a.c", line, future, text), state, "line %u", line);
	cr_assert_str_eq(text, want);
}

Test(source_lines, gives_each_line_raw)
{
	static const char bytes[] = "one\n\n\tthree \xff\x1b[2J\r\nlast";

	write_file("a.c", bytes, sizeof(bytes) - 1);
	expect(1, SOURCE_READ, "one");
	expect(2, SOURCE_READ, "");
	expect(3, SOURCE_READ, "\tthree \xff\x1b[2J");
	expect(4, SOURCE_READ, "last");
	expect(5, SOURCE_UNREADABLE, "");
	expect(0, SOURCE_UNREADABLE, "");
}

Test(source_lines, there_is_no_line_behind_the_last_newline)
{
	write_file("a.c", "one\ntwo\n", 8);
	expect(2, SOURCE_READ, "two");
	expect(3, SOURCE_UNREADABLE, "");
	write_file("a.c", "", 0);
	expect(1, SOURCE_UNREADABLE, "");
}

/* Lines that cross the pieces in which the file is read. */
Test(source_lines, finds_lines_in_long_files)
{
	const unsigned count = 30000;
	char *bytes = malloc(count * 16), *at = bytes, want[32];

	for (unsigned i = 1; i <= count; i++)
		at += sprintf(at, "line %u\n", i);
	write_file("a.c", bytes, (size_t)(at - bytes));
	for (unsigned i = 1; i <= count; i += 997) {
		snprintf(want, sizeof(want), "line %u", i);
		expect(i, SOURCE_READ, want);
	}
	free(bytes);
}

Test(source_lines, cuts_long_lines)
{
	static char bytes[200000];
	char text[SOURCE_TEXT_MAX];

	memset(bytes, 'x', sizeof(bytes));
	bytes[150000] = '\n';
	bytes[150001] = 'y';
	bytes[150002] = '\n';
	write_file("a.c", bytes, sizeof(bytes));
	cr_assert_eq(source_line_read(NULL, "a.c", 1, future, text), SOURCE_READ);
	cr_assert_eq(strlen(text), SOURCE_TEXT_MAX - 1);
	cr_assert_eq(source_line_read(NULL, "a.c", 2, future, text), SOURCE_READ);
	cr_assert_str_eq(text, "y");
}

Test(source_lines, tells_a_file_that_changed)
{
	struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000, .tv_nsec = 5}};
	const uint64_t modified = UINT64_C(1000000000005);
	char text[SOURCE_TEXT_MAX];

	write_file("a.c", "one\n", 4);
	cr_assert_eq(utimensat(AT_FDCWD, "a.c", times, 0), 0);
	cr_assert_eq(source_line_read(NULL, "a.c", 1, modified, text), SOURCE_READ);
	cr_assert_eq(source_line_read(NULL, "a.c", 1, modified - 1, text), SOURCE_CHANGED);
	cr_assert_str_eq(text, "");
}

Test(source_lines, opens_regular_files_only)
{
	char text[SOURCE_TEXT_MAX];

	cr_assert_eq(mkfifo("fifo", 0600), 0);
	cr_assert_eq(symlink("/dev/zero", "link"), 0);
	cr_assert_eq(source_line_read(NULL, "fifo", 1, future, text), SOURCE_UNREADABLE);
	cr_assert_eq(source_line_read(NULL, "link", 1, future, text), SOURCE_UNREADABLE);
	cr_assert_eq(source_line_read(NULL, "/dev/tty", 1, future, text), SOURCE_UNREADABLE);
	cr_assert_eq(source_line_read(NULL, folder, 1, future, text), SOURCE_UNREADABLE);
	cr_assert_eq(source_line_read(NULL, "nowhere.c", 1, future, text), SOURCE_UNREADABLE);
	cr_assert_eq(source_line_read(NULL, "", 1, future, text), SOURCE_UNREADABLE);
}

Test(source_lines, relative_names_start_in_the_directory)
{
	char text[SOURCE_TEXT_MAX];

	cr_assert_eq(mkdir("sub", 0700), 0);
	write_file("sub/b.c", "here\n", 5);
	cr_assert_eq(source_line_read(NULL, "b.c", 1, future, text), SOURCE_UNREADABLE);
	cr_assert_eq(source_line_read("sub", "b.c", 1, future, text), SOURCE_READ);
	cr_assert_str_eq(text, "here");
	cr_assert_eq(source_line_read("nowhere", "b.c", 1, future, text), SOURCE_UNREADABLE);
}
