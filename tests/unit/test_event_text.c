/* test_event_text.c: the text form of events: what is printed can be read again, and bad lines say what is wrong. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>

#include "any_event.h"

Test(event_text, every_event_comes_back)
{
	struct any any = any_seed(3);

	for (unsigned round = 0; round < 300; round++) {
		for (unsigned type = 1; type < EV_COUNT; type++) {
			char line[8192], scratch[8192];
			struct event want, got;
			const char *which, *why = "";

			any_event(&any, type, &want);
			cr_assert_lt(event_print(&want, line, sizeof(line)), (int)sizeof(line));
			cr_assert_eq(event_parse(line, &got, scratch, strlen(line), &why), 0, "%s\n%s", line, why);
			cr_assert(same_event(&want, &got, &which), "%s: %s", line, which);
		}
	}
}

Test(event_text, a_line_is_printable)
{
	struct any any = any_seed(4);
	struct event event;
	char line[8192];

	for (unsigned round = 0; round < 300; round++) {
		any_event(&any, EV_RUN, &event);
		event_print(&event, line, sizeof(line));
		for (const char *at = line; *at; at++)
			cr_assert(*at != 0x7f && ((unsigned char)*at >= 0x20), "%s", line);
	}
}

Test(event_text, prints_as_documented)
{
	struct event event = {.type = EV_FORK, .proc = 3, .tid = 4121, .stack = 7, .ts_ns = 1234000};
	char line[256];

	event.u.fork.child = 4122;
	event.u.fork.call = CALL_fork;
	event_print(&event, line, sizeof(line));
	cr_assert_str_eq(line, "0.001234 3 4121 fork child=4122 call=fork stack=7");
	event.ts_ns = 12000000001;
	event.u.fork.call = 60000;
	event.u.fork.err = -1;
	event_print(&event, line, sizeof(line));
	cr_assert_str_eq(line, "12.000000001 3 4121 fork child=4122 call=60000 err=-1 stack=7");
}

Test(event_text, escapes_what_a_terminal_obeys)
{
	struct event event = {.type = EV_NOTE};
	char line[256];

	event.u.note.text = "a\"b\\c\n\x1b[2J\x7f\xc2\x9b\xc3\xa9\xff";
	event_print(&event, line, sizeof(line));
	cr_assert_str_eq(line, "0.000000 0 0 note text=\"a\\\"b\\\\c\\n\\x1b[2J\\x7f\\xc2\\x9b\xc3\xa9\\xff\"");
	event.u.note.text = "";
	event_print(&event, line, sizeof(line));
	cr_assert_str_eq(line, "0.000000 0 0 note text=\"\"");
}

/* snprintf's contract: the full length, a terminated part. */
Test(event_text, a_short_buffer_holds_a_part)
{
	struct event event = {.type = EV_TICK, .proc = 1};
	char line[64], part[64];
	int length = event_print(&event, line, sizeof(line));

	cr_assert_eq(length, (int)strlen(line));
	for (size_t size = 1; size < sizeof(part); size++) {
		memset(part, '#', sizeof(part));
		cr_assert_eq(event_print(&event, part, size), length);
		cr_assert_eq(strlen(part), size <= (size_t)length ? size - 1 : (size_t)length);
		cr_assert(strncmp(part, line, strlen(part)) == 0);
	}
	cr_assert_eq(event_print(&event, NULL, 0), length);
}

Test(event_text, skips_comments_and_empty_lines)
{
	static const char *const lines[] = {"", "\n", "  \t\r\n", "# a comment", "   # fork"};
	struct event event = {.type = 77};
	char scratch[64];
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_assert_eq(event_parse(lines[i], &event, scratch, sizeof(scratch), &why), 1);
	cr_assert_eq(event.type, 77);
}

Test(event_text, reads_what_people_write)
{
	struct event event;
	char scratch[64];
	const char *why = NULL;

	cr_assert_eq(event_parse("  3.5  1\t2 fd_open flags=0x80000 fd=3 name=\"\\x41\\t\" stack=0x10 call=pipe2 \n",
			     &event, scratch, sizeof(scratch), &why),
		0);
	cr_assert_eq(event.ts_ns, 3500000000);
	cr_assert_eq(event.u.fd_open.flags, 0x80000);
	cr_assert_eq(event.u.fd_open.fd, 3);
	cr_assert_eq(event.u.fd_open.call, CALL_pipe2);
	cr_assert_eq(event.stack, 16);
	cr_assert_str_eq(event.u.fd_open.name, "A\t");
	cr_assert_eq(event_parse("7 0 0 tick", &event, scratch, sizeof(scratch), &why), 0);
	cr_assert_eq(event.ts_ns, 7000000000);
}

Test(event_text, says_what_is_wrong)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{"x 1 2 tick", "a number is expected here"},
		{"1", "a number is expected here"},
		{"1 2 3", "unknown event"},
		{"1 2 3 tack", "unknown event"},
		{"-1 2 3 tick", "a number is expected here"},
		{"1.5.5 2 3 tick", "unexpected character after a value"},
		{"18446744073.8 2 3 tick", "number out of range"},
		{"1 4294967296 3 tick", "number out of range"},
		{"1 2 3 tick procs", "field=value is expected here"},
		{"1 2 3 tick prox=1", "this event has no such field"},
		{"1 2 3 tick procs=", "a number is expected here"},
		{"1 2 3 tick procs=-1", "a number is expected here"},
		{"1 2 3 tick procs=1x", "unexpected character after a value"},
		{"1 2 3 tick procs=1 procs=1", "field given twice"},
		{"1 2 3 tick stack=1 stack=1", "field given twice"},
		{"1 2 3 fork child=2147483648", "number out of range"},
		{"1 2 3 fork child=-2147483649", "number out of range"},
		{"1 2 3 fork call=spoon", "unknown call"},
		{"1 2 3 fork call=", "unknown call"},
		{"1 2 3 note text=a", "text must stand in double quotes"},
		{"1 2 3 note text=\"a", "text without closing quote"},
		{"1 2 3 note text=\"a\"b", "unexpected character after a value"},
		{"1 2 3 note text=\"\\q\"", "unknown escape in text"},
		{"1 2 3 note text=\"\\", "unknown escape in text"},
		{"1 2 3 note text=\"\\x0\"", "\\x needs two hexadecimal digits, not 00"},
		{"1 2 3 note text=\"\\x00\"", "\\x needs two hexadecimal digits, not 00"},
	};
	struct event event = {.type = 77};
	char scratch[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *why = "";

		cr_assert_eq(
			event_parse(bad[i].line, &event, scratch, sizeof(scratch), &why), -EINVAL, "%s", bad[i].line);
		cr_assert_str_eq(why, bad[i].why, "%s: %s", bad[i].line, why);
	}
	cr_assert_eq(event.type, 77);
}
