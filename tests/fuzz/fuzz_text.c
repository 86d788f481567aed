/* fuzz_text.c: any line as an event in text form. What is accepted must print, and that must give the same event again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "any_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct event *event)
{
	int length = event_print(event, NULL, 0);
	char *line = malloc((size_t)length + 1), *scratch = malloc((size_t)length);
	struct event again;
	const char *why;

	if (event_print(event, line, (size_t)length + 1) != length || (int)strlen(line) != length)
		abort();
	if (event_parse(line, &again, scratch, (size_t)length, &why) != 0 || !same_event(event, &again, &why))
		abort();
	free(line);
	free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *scratch = malloc(size ? size : 1);
	struct event event;
	const char *why = NULL;
	int rc;

	memcpy(line, data, size);
	line[size] = '\0';
	rc = event_parse(line, &event, scratch, size, &why);
	if (rc == 0)
		round_trip(&event);
	else if (rc < 0 && !why)
		abort();
	free(line);
	free(scratch);
	return 0;
}
