/* Foreign text is harmless after cleaning, and numbers read well. */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/text.h"

static void expect(const char *in, enum text_mode mode, const char *out)
{
	char *clean = text_cleaned(in, mode);

	cr_assert_str_eq(clean, out);
	free(clean);
}

Test(text, controls_and_broken_bytes)
{
	expect("plain ~ text", TEXT_ASCII, "plain ~ text");
	expect("a\x1b[2J\n\r\t\x7f", TEXT_ASCII, "a?[2J????");
	expect("\xc2\x9b"
	       "31m",
		TEXT_DATA, "?31m");
	expect("\xff\xc3(\xe2\x82", TEXT_DATA,
		"?"
		"?(?"
		"?");
	expect("\xc0\xaf", TEXT_DATA, "??");
	expect("\xed\xa0\x80", TEXT_DATA, "???");
	expect("\xe2\x80\xae"
	       "evil\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\xd8\x9c",
		TEXT_DATA, "?evil????");
	expect("\xc3\xa9", TEXT_ASCII, "?");
	expect("\xc3\xa9", TEXT_DATA, "\xc3\xa9");
	cr_assert_null(text_cleaned(NULL, TEXT_ASCII));
}

Test(text, width_is_of_the_screen)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		cr_skip_test("no UTF-8 locale");
	cr_assert_eq(text_width("a\xe6\x97\xa5", 4), 3);
	cr_assert_eq(text_fit("\xe6\x97\xa5\xe6\x9c\xac", 3), 3, "half a wide character does not fit");
	expect("e\xcc\x81", TEXT_UTF8, "e?");
	expect("\xe6\x97\xa5", TEXT_UTF8, "\xe6\x97\xa5");
}

Test(format, numbers)
{
	char b[FORMAT_SIZE];

	cr_assert_str_eq(format_bytes(0, b), "0 B");
	cr_assert_str_eq(format_bytes(1023, b), "1023 B");
	cr_assert_str_eq(format_bytes(1229, b), "1.20 KiB");
	cr_assert_str_eq(format_bytes(UINT64_MAX, b), "15.9 EiB");
	cr_assert_str_eq(format_count(0, b), "0");
	cr_assert_str_eq(format_count(1640, b), "1 640");
	cr_assert_str_eq(format_count(UINT64_MAX, b), "18 446 744 073 709 551 615");
	cr_assert_str_eq(format_seconds(0, b), "0 s");
	cr_assert_str_eq(format_seconds(999, b), "999 ns");
	cr_assert_str_eq(format_seconds(31000, b), "31.0 us");
	cr_assert_str_eq(format_seconds(2100000000, b), "2.10 s");
	cr_assert_str_eq(format_seconds(59999999999, b), "59.9 s");
	cr_assert_str_eq(format_seconds(102000000000, b), "1 min 42 s");
	cr_assert_str_eq(format_clock(41600000000, b), "00:41.6");
	cr_assert_str_eq(format_signal(9, b), "SIGKILL");
	cr_assert_str_eq(format_signal(40, b), "signal 40");
}
