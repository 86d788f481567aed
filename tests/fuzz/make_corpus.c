/* make_corpus.c: writes what the fuzz targets start from: recordings, encoded events and text lines with an event of
 * every type. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "any_event.h"
#include "recording.h"
#include "recording_encode.h"
#include "recording_tables.h"

/* First bytes of fuzz_recording's input. */
enum { SHAPE_PLAIN, SHAPE_EVENTS, SHAPE_TABLES };

static const char *folder;

static int create(const char *kind, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, kind);
	if (mkdir(path, 0777) != 0 && errno != EEXIST) {
		perror(path);
		exit(1);
	}
	snprintf(path, sizeof(path), "%s/%s/%s", folder, kind, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
	if (fd < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void write_file(const char *kind, const char *name, const void *bytes, size_t count)
{
	int fd = create(kind, name);

	if (write(fd, bytes, count) != (ssize_t)count) {
		perror(name);
		exit(1);
	}
	close(fd);
}

static int is_stored(unsigned type)
{
	return event_describe(type)->origin != ORIGIN_CARRY;
}

/* A whole recording behind the byte that says so. */
static void make_recording(unsigned rounds)
{
	char path[4096], name[40];
	struct recording_writer *writer;
	struct any any = any_seed(rounds);
	struct bytes file = {0};
	struct event event;
	int fd = create("recording", "scratch"), again = dup(fd);
	off_t size;

	if (recording_create(fd, 0, &writer) != 0)
		exit(1);
	for (unsigned round = 0; round < rounds; round++) {
		for (unsigned type = 1; type < EV_COUNT; type++) {
			any_event(&any, type, &event);
			if (is_stored(type))
				recording_append(writer, &event);
		}
		recording_commit(writer);
	}
	if (recording_finish(writer) != 0)
		exit(1);
	size = lseek(again, 0, SEEK_END);
	bytes_put_u8(&file, SHAPE_PLAIN);
	if (pread(again, bytes_reserve(&file, (size_t)size), (size_t)size, 0) != size)
		exit(1);
	file.length += (size_t)size;
	snprintf(name, sizeof(name), "plain-%u", rounds);
	write_file("recording", name, file.data, file.length);
	bytes_free(&file);
	close(again);
	snprintf(path, sizeof(path), "%s/recording/scratch", folder);
	unlink(path);
}

/* Encoded events, with this build's tables or with their own (which then take the first half). */
static void make_events(unsigned seed, int own_tables)
{
	struct bytes file = {0}, tables = {0}, events = {0};
	struct encoder *encoder = encoder_new();
	struct any any = any_seed(seed);
	struct event event;
	char name[40];

	bytes_put_u8(&file, own_tables ? SHAPE_TABLES : SHAPE_EVENTS);
	tables_put(&tables);
	for (unsigned type = 1; !own_tables || events.length < tables.length; type = type % (EV_COUNT - 1) + 1) {
		any_event(&any, type, &event);
		if (is_stored(type))
			encoder_put(encoder, &event, &events);
		if (!own_tables && type == EV_COUNT - 1)
			break;
	}
	if (own_tables)
		bytes_put(&file, tables.data, tables.length);
	bytes_put(&file, events.data, own_tables ? tables.length : events.length);
	snprintf(name, sizeof(name), "%s-%u", own_tables ? "tables" : "events", seed);
	write_file("recording", name, file.data, file.length);
	bytes_free(&file);
	bytes_free(&tables);
	bytes_free(&events);
	encoder_free(encoder);
}

static void make_texts(void)
{
	struct any any = any_seed(1);
	struct event event;
	char line[8192];

	for (unsigned type = 1; type < EV_COUNT; type++) {
		any_event(&any, type, &event);
		write_file("text", event_describe(type)->name, line, (size_t)event_print(&event, line, sizeof(line)));
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus DIRECTORY\n");
		return 2;
	}
	folder = argv[1];
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		perror(folder);
		return 1;
	}
	make_recording(1);
	make_recording(5);
	make_events(1, 0);
	make_events(2, 0);
	make_events(3, 1);
	make_texts();
	return 0;
}
