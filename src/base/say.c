#include "base/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/text.h"

static struct str waiting;
static int held;

static void put_out(const struct str *text)
{
	if (text->length && write(STDERR_FILENO, text->data, text->length) < 0)
		return; /* nobody to tell */
}

void say_hold(int hold)
{
	held = hold;
	if (held)
		return;
	put_out(&waiting);
	str_fini(&waiting);
	waiting = (struct str){0};
}

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
	if (held)
		str_put(&waiting, text.data, text.length);
	else
		put_out(&text);
	str_fini(&text);
	errno = saved;
}
