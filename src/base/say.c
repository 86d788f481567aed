#include "base/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/text.h"

void say(const char *format, ...)
{
	int saved = errno;
	char line[4096];
	struct str text = {0};
	va_list list;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	str_puts(&text, "mpwatch: ");
	text_clean(&text, line, strlen(line), TEXT_UTF8);
	str_puts(&text, "\n");
	if (write(STDERR_FILENO, text.data, text.length) < 0)
		saved = errno == EINTR ? saved : saved; /* nobody to tell */
	str_fini(&text);
	errno = saved;
}
