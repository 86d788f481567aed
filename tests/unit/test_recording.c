/* test_recording.c: what was written is what is read, also from files that are cut, damaged, growing or out of room. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "any_event.h"
#include "recording.h"

/* --- helpers --- */

static int new_file(void)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	cr_assert(fd >= 0);
	return fd;
}

/* A second description of the same file: the writer closes its own. */
static int reopen(int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	cr_assert(again >= 0);
	return again;
}

static struct recording_writer *new_writer(int fd, uint64_t budget)
{
	struct recording_writer *writer;

	cr_assert_eq(recording_create(fd, budget, &writer), 0);
	return writer;
}

static struct recording_reader *open_fd(int fd)
{
	struct recording_reader *reader = NULL;
	const char *why = "";

	cr_assert_eq(recording_open_fd(fd, &reader, &why), 0, "%s", why);
	return reader;
}

static unsigned storable_type(uint64_t number)
{
	unsigned type = 1 + (unsigned)(number % (EV_COUNT - 1));

	return event_describe(type)->origin == ORIGIN_CARRY ? EV_TICK : type;
}

/* The number-th event of a sequence: the same whenever it is asked for. */
static void nth_event(struct any *any, uint64_t number, struct event *out)
{
	*any = any_seed(number + 1);
	any_event(any, storable_type(any_u64(any)), out);
}

static void append_range(struct recording_writer *writer, uint64_t from, uint64_t to)
{
	struct any any;
	struct event event;

	for (; from < to; from++) {
		nth_event(&any, from, &event);
		cr_assert_eq(recording_append(writer, &event), 0);
	}
}

/* Reads up to the end and checks that the events are those from `from` on. Returns the number behind the last. */
static uint64_t expect_from(struct recording_reader *reader, uint64_t from)
{
	struct any any;
	struct event want, got;
	const char *which;
	int rc;

	while ((rc = recording_next(reader, &got)) == 1) {
		nth_event(&any, from, &want);
		cr_assert(same_event(&want, &got, &which), "event %lu (%s): %s differs", from,
			event_describe(want.type)->name, which);
		from++;
	}
	cr_assert_eq(rc, 0);
	return from;
}

/* A finished recording of `count` events with a commit every `step`; returns a descriptor of it. */
static int record(uint64_t count, uint64_t step)
{
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer = new_writer(fd, 0);

	for (uint64_t at = 0; at < count; at += step) {
		append_range(writer, at, at + step < count ? at + step : count);
		cr_assert_eq(recording_commit(writer), 0);
	}
	cr_assert_eq(recording_finish(writer), 0);
	return again;
}

/* Where the first event of any recording begins. */
static size_t size_of_tables(void)
{
	struct recording_writer *writer = new_writer(new_file(), 0);
	size_t size = recording_bytes(writer);

	recording_finish(writer);
	return size;
}

static size_t file_size(int fd)
{
	struct stat status;

	cr_assert_eq(fstat(fd, &status), 0);
	return (size_t)status.st_size;
}

/* --- round trip --- */

Test(recording, every_type_comes_back)
{
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer = new_writer(fd, 0);
	struct recording_reader *reader;
	struct any any = any_seed(7);
	struct event event, got;
	const char *which;

	for (unsigned type = 1; type < EV_COUNT; type++) {
		any_event(&any, type, &event);
		cr_assert_eq(
			recording_append(writer, &event), event_describe(type)->origin == ORIGIN_CARRY ? -EINVAL : 0);
	}
	cr_assert_eq(recording_finish(writer), 0);
	reader = open_fd(again);
	any = any_seed(7);
	for (unsigned type = 1; type < EV_COUNT; type++) {
		any_event(&any, type, &event);
		if (event_describe(type)->origin == ORIGIN_CARRY)
			continue;
		cr_assert_eq(recording_next(reader, &got), 1);
		cr_assert(same_event(&event, &got, &which), "%s: %s differs", event_describe(type)->name, which);
	}
	cr_assert_eq(recording_next(reader, &got), 0);
	cr_assert(recording_is_complete(reader));
	recording_close(reader);
	close(again);
}

/* Long enough for many groups of frames. */
Test(recording, many_events_come_back_in_order)
{
	int fd = record(40000, 1000);
	struct recording_reader *reader = open_fd(fd);

	cr_assert_eq(expect_from(reader, 0), 40000);
	recording_close(reader);
	close(fd);
}

Test(recording, refuses_types_that_are_not_stored)
{
	struct recording_writer *writer = new_writer(new_file(), 0);

	cr_assert_eq(recording_append(writer, &(struct event){.type = EV_EMPTY}), -EINVAL);
	cr_assert_eq(recording_append(writer, &(struct event){.type = EV_COUNT}), -EINVAL);
	cr_assert_eq(recording_append(writer, &(struct event){.type = EV_TEXT}), -EINVAL);
	cr_assert_eq(recording_finish(writer), 0);
}

Test(recording, cuts_text_that_is_too_long)
{
	static char text[200000];
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer = new_writer(fd, 0);
	struct recording_reader *reader;
	struct event event = {.type = EV_NOTE}, got;

	memset(text, 'x', sizeof(text) - 1);
	event.u.note.text = text;
	cr_assert_eq(recording_append(writer, &event), 0);
	cr_assert_eq(recording_finish(writer), 0);
	reader = open_fd(again);
	cr_assert_eq(recording_next(reader, &got), 1);
	cr_assert_eq(strlen(got.u.note.text), 65535);
	recording_close(reader);
	close(again);
}

/* --- cut and damaged files --- */

Test(recording, cut_at_any_byte_gives_all_complete_frames)
{
	const uint64_t step = 20, count = 200;
	int fd = record(count, step), cut = new_file();
	size_t size = file_size(fd);
	char *bytes = malloc(size);
	uint64_t seen = 0;
	int opened = 0;

	cr_assert_eq(pread(fd, bytes, size, 0), (ssize_t)size);
	for (size_t length = 0; length <= size; length++) {
		struct recording_reader *reader = NULL;
		const char *why = NULL;
		int rc;

		if (length)
			cr_assert_eq(pwrite(cut, bytes + length - 1, 1, (off_t)length - 1), 1);
		rc = recording_open_fd(cut, &reader, &why);
		if (rc) {
			cr_assert(!opened, "opened with fewer bytes than %zu", length);
			cr_assert_eq(rc, -ENODATA);
			cr_assert_not_null(why);
			continue;
		}
		opened = 1;
		rc = (int)expect_from(reader, 0);
		cr_assert(rc % step == 0 && (uint64_t)rc >= seen && (uint64_t)rc <= seen + step);
		seen = (uint64_t)rc;
		cr_assert_eq(recording_is_complete(reader), length == size);
		recording_close(reader);
	}
	cr_assert_eq(seen, count);
	free(bytes);
}

/* The events after the damage are found again; none is invented, none comes twice. */
static uint64_t read_damaged(int fd, uint64_t count, int *errors)
{
	struct recording_reader *reader = NULL;
	const char *why = NULL;
	uint64_t next = 0, got = 0;
	struct event event, want;
	struct any any;
	int rc;

	*errors = 0;
	if (recording_open_fd(fd, &reader, &why) != 0) {
		cr_assert_not_null(why);
		*errors = 1;
		return 0;
	}
	while ((rc = recording_next(reader, &event)) != 0) {
		const char *which;

		if (rc < 0) {
			cr_assert((*errors)++ < 1000);
			continue;
		}
		do {
			cr_assert(next < count, "an event that was never written");
			nth_event(&any, next++, &want);
		} while (!same_event(&want, &event, &which));
		got++;
	}
	if (got < count)
		*errors += !recording_is_complete(reader);
	recording_close(reader);
	return got;
}

Test(recording, survives_a_flipped_byte_anywhere, .timeout = 120)
{
	const uint64_t count = 20000;
	int fd = record(count, 50), errors;
	size_t size = file_size(fd);
	uint64_t least = count;
	size_t tables_end = size_of_tables();

	for (size_t at = 0; at < size; at += size / 250 + 1) {
		unsigned char good, bad;
		uint64_t got;

		cr_assert_eq(pread(fd, &good, 1, (off_t)at), 1);
		bad = good ^ (unsigned char)(1u << at % 8);
		cr_assert_eq(pwrite(fd, &bad, 1, (off_t)at), 1);
		got = read_damaged(fd, count, &errors);
		cr_assert(got == count || errors > 0, "damage at %zu went unnoticed", at);
		if (at >= tables_end && got < least)
			least = got;
		cr_assert_eq(pwrite(fd, &good, 1, (off_t)at), 1);
	}
	cr_assert(least > count / 4, "one flipped byte costs all but %lu of %lu events", least, count);
	cr_assert_eq(read_damaged(fd, count, &errors), count);
	cr_assert_eq(errors, 0);
	close(fd);
}

Test(recording, finds_its_way_behind_a_hole)
{
	const uint64_t count = 12000;
	int fd = record(count, 100), errors;
	size_t size = file_size(fd);
	char zeros[1000] = {0};
	uint64_t got;

	cr_assert_eq(pwrite(fd, zeros, sizeof(zeros), (off_t)size / 3), (ssize_t)sizeof(zeros));
	got = read_damaged(fd, count, &errors);
	cr_assert(got > count / 3 && got < count && errors > 0);
	close(fd);
}

Test(recording, says_why_a_file_is_refused)
{
	static const char *const foreign[] = {
		"", "\x89PNG\r\n", "#!/bin/sh\necho hello, this is a script\n", "\x8dmpw\n\n\x1a\n123456789"};
	static const int errors[] = {-ENODATA, -EBADMSG, -EBADMSG, -EBADMSG};
	struct recording_reader *reader = NULL;
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		int fd = new_file();

		cr_assert_eq(write(fd, foreign[i], strlen(foreign[i])), (ssize_t)strlen(foreign[i]));
		why = NULL;
		cr_assert_eq(recording_open_fd(fd, &reader, &why), errors[i], "%zu: %s", i, why);
		cr_assert_not_null(why);
		close(fd);
	}
	cr_assert_eq(recording_open("/proc", &reader, &why), -EISDIR);
	cr_assert_eq(recording_open("/dev/null", &reader, &why), -EINVAL);
	cr_assert_eq(recording_open("/nonexistent/x.mpw", &reader, &why), -ENOENT);
	cr_assert_str_eq(why, "No such file or directory");
}

Test(recording, names_the_format_of_a_newer_version)
{
	int fd = record(10, 10);
	struct recording_reader *reader = NULL;
	const char *why = "";

	cr_assert_eq(pwrite(fd, "\x09", 1, 8), 1);
	cr_assert_eq(recording_open_fd(fd, &reader, &why), -EPROTONOSUPPORT);
	cr_assert(strstr(why, "newer mpwatch (format 9"), "%s", why);
	close(fd);
}

/* A disk that gives up must not keep its reader in a loop. */
Test(recording, tells_once_that_the_file_can_not_be_read)
{
	int fd = record(1000, 10);
	struct recording_reader *reader = open_fd(fd);
	struct event event;
	int rc;

	cr_assert_eq(recording_next(reader, &event), 1);
	close(fd);
	while ((rc = recording_next(reader, &event)) == 1)
		;
	cr_assert_eq(rc, -EBADF);
	cr_assert_eq(recording_next(reader, &event), 0);
	recording_close(reader);
}

/* --- going to a time --- */

enum { TICKS = 60000, TICK_NS = 1000 };

/* Ticks that carry their number, with text enough for several groups; the file as it is, or cut before its index. */
static int record_ticks(int cut)
{
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer = new_writer(fd, 0);

	for (uint32_t number = 0; number < TICKS; number++) {
		struct event event = {.type = EV_NOTE, .ts_ns = (uint64_t)number * TICK_NS};
		char text[64];

		snprintf(text, sizeof(text), "a note that nobody wrote before, number %u", number);
		event.u.note.level = number;
		event.u.note.text = text;
		cr_assert_eq(recording_append(writer, &event), 0);
	}
	cr_assert_eq(recording_finish(writer), 0);
	if (cut)
		cr_assert_eq(ftruncate(again, (off_t)file_size(again) - 5), 0);
	return again;
}

static uint32_t first_after_seek(struct recording_reader *reader, uint64_t ts_ns)
{
	struct event event;

	cr_assert_eq(recording_seek(reader, ts_ns), 0);
	cr_assert_eq(recording_next(reader, &event), 1);
	cr_assert_eq(event.ts_ns, event.u.note.level * (uint64_t)TICK_NS);
	return event.u.note.level;
}

Test(recording, goes_to_a_time_with_and_without_its_index)
{
	int whole = record_ticks(0), cut = record_ticks(1);
	struct recording_reader *with = open_fd(whole), *without = open_fd(cut);
	uint32_t last = 0, jumps = 0;

	cr_assert(recording_is_complete(with) && !recording_is_complete(without));
	for (uint64_t number = 0; number < TICKS; number += 500) {
		uint32_t found = first_after_seek(with, number * TICK_NS);

		cr_assert_eq(first_after_seek(without, number * TICK_NS), found);
		cr_assert(found <= number && found >= last);
		jumps += found != last;
		last = found;
	}
	cr_assert(jumps >= 3, "only %u groups", jumps);
	cr_assert_eq(first_after_seek(with, UINT64_MAX), last);
	cr_assert_eq(first_after_seek(with, 0), 0);
	recording_close(with);
	recording_close(without);
}

/* A group whose beginning is lost is no place to start from. */
Test(recording, goes_to_a_time_in_a_damaged_file)
{
	int fd = record_ticks(1);
	struct recording_reader *reader = open_fd(fd);
	size_t middle = file_size(fd) / 2;
	char zeros[200] = {0};
	struct event event;
	uint32_t found;
	int rc;

	cr_assert_eq(pwrite(fd, zeros, sizeof(zeros), (off_t)middle), (ssize_t)sizeof(zeros));
	found = first_after_seek(reader, (uint64_t)(TICKS - 1) * TICK_NS);
	cr_assert(found > TICKS / 2);
	while ((rc = recording_next(reader, &event)) == 1)
		found++;
	cr_assert_eq(rc, 0);
	cr_assert_eq(found, TICKS - 1);
	recording_close(reader);
}

/* --- a growing file --- */

Test(recording, shows_what_was_committed_and_goes_on)
{
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer = new_writer(fd, 0);
	struct recording_reader *reader = open_fd(again);
	uint64_t seen = 0;

	for (uint64_t at = 0; at < 3000; at += 30) {
		append_range(writer, at, at + 30);
		if (at % 60)
			cr_assert_eq(recording_commit(writer), 0);
		seen = expect_from(reader, seen);
		cr_assert(at % 60 ? seen == at + 30 : seen <= at + 30);
		cr_assert_eq(recording_is_complete(reader), 0);
	}
	cr_assert_eq(recording_finish(writer), 0);
	cr_assert_eq(expect_from(reader, seen), 3000);
	cr_assert(recording_is_complete(reader));
	recording_close(reader);
	close(again);
}

/* --- no room --- */

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(recording, waits_in_memory_while_there_is_no_room)
{
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer = new_writer(fd, 0);
	struct recording_reader *reader;
	size_t size;

	append_range(writer, 0, 500);
	cr_assert_eq(recording_commit(writer), 0);
	size = file_size(again);
	limit_file_size(size + 100);
	append_range(writer, 500, 1000);
	cr_assert_eq(recording_commit(writer), -EFBIG);
	cr_assert_eq(file_size(again), size, "half a frame was left in the file");
	append_range(writer, 1000, 1500);
	cr_assert_eq(recording_commit(writer), -EFBIG);
	limit_file_size(RLIM_INFINITY);
	cr_assert_eq(recording_commit(writer), 0);
	append_range(writer, 1500, 2000);
	cr_assert_eq(recording_dropped(writer), 0);
	cr_assert_eq(recording_finish(writer), -EFBIG, "the first error is reported");
	reader = open_fd(again);
	cr_assert_eq(expect_from(reader, 0), 2000);
	cr_assert(recording_is_complete(reader));
	recording_close(reader);
}

Test(recording, counts_what_memory_could_not_hold)
{
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer = new_writer(fd, 0);
	struct recording_reader *reader;
	struct any any;
	struct event event;
	uint64_t stored, kept = 0;
	int rc, errors = 0;

	limit_file_size(file_size(again) + 100);
	for (uint64_t number = 0; number < 120000; number++) {
		nth_event(&any, number, &event);
		rc = recording_append(writer, &event);
		cr_assert(rc == 0 || rc == -EFBIG);
		if (number % 1000 == 0)
			recording_commit(writer);
	}
	stored = 120000 - recording_dropped(writer);
	cr_assert(recording_dropped(writer) > 1000 && stored > 1000);
	limit_file_size(RLIM_INFINITY);
	cr_assert_eq(recording_commit(writer), 0);
	cr_assert_eq(recording_finish(writer), -EFBIG);
	reader = open_fd(again);
	while ((rc = recording_next(reader, &event)) != 0) {
		kept += rc > 0;
		errors += rc < 0;
	}
	cr_assert_eq(errors, 0);
	cr_assert_eq(kept, stored);
	recording_close(reader);
}

Test(recording, starts_without_room_and_catches_up)
{
	int fd = new_file(), again = reopen(fd);
	struct recording_writer *writer;
	struct recording_reader *reader = NULL;
	const char *why = NULL;

	limit_file_size(10);
	writer = new_writer(fd, 0);
	append_range(writer, 0, 100);
	cr_assert_eq(recording_commit(writer), -EFBIG);
	cr_assert_eq(recording_open_fd(again, &reader, &why), -ENODATA);
	limit_file_size(RLIM_INFINITY);
	cr_assert_eq(recording_commit(writer), 0);
	reader = open_fd(again);
	cr_assert_eq(expect_from(reader, 0), 100);
	recording_close(reader);
	recording_finish(writer);
}

Test(recording, refuses_what_can_not_be_a_file)
{
	struct recording_writer *writer;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_lt(recording_create(ends[1], 0, &writer), 0);
}
