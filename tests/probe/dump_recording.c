/* dump_recording: a recording as text, one event a line. For tests and for looking. usage: dump_recording FILE */
#include <stdio.h>

#include "recording.h"

int main(int argc, char **argv)
{
	struct recording_reader *reader;
	struct event event;
	const char *why = "";
	static char line[1 << 16];
	int rc;

	if (argc != 2 || recording_open(argv[1], &reader, &why) < 0) {
		fprintf(stderr, "dump_recording: %s\n", argc == 2 ? why : "usage: dump_recording FILE");
		return 2;
	}
	while ((rc = recording_next(reader, &event)) != 0) {
		if (rc < 0)
			printf("# damaged here\n");
		else if (event_print(&event, line, sizeof(line)) >= 0)
			puts(line);
	}
	recording_close(reader);
	return 0;
}
