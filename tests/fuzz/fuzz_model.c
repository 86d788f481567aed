/* Any events in any order: the model, the detectors and both prints survive them. Input: lines of a text trace. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char mark[] = "# mpwatch trace 1\n";

static void write_input(const char *path, const uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "we");

	if (!file)
		abort();
	fwrite(mark, 1, sizeof(mark) - 1, file);
	fwrite(data, 1, size, file);
	fclose(file);
}

static void check_output(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\n') || (unsigned char)text[i] > 0x7e)
			abort(); /* would reach a terminal raw */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	struct report_options options = {.width = 80, .ascii = true};
	struct report_result result;
	const char *why = NULL;
	char *output = NULL;
	size_t length = 0;
	FILE *text = open_memstream(&output, &length), *json = fopen("/dev/null", "we");

	if (!path[0])
		snprintf(path, sizeof(path), "/dev/shm/mpwatch-fuzz-%d", getpid());
	write_input(path, data, size);
	report_write_file(path, &options, text, json, &result, &why);
	fclose(text);
	fclose(json);
	unlink(path);
	check_output(output, length);
	free(output);
	return 0;
}
