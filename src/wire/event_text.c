/* event_text.c: one event as one line of text and back: the form of golden traces and of reports about a recording.
 * Everything type-specific comes from event_describe(). */
#include "wire/event.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/textbuf.h"
#include "base/utf8.h"
#include "wire/calls.h"

#define NS_PER_SECOND UINT64_C(1000000000)

/* --- printing --- */

/* The letters of C's short escapes, in the order of the bytes they stand for. */
static const char escape_bytes[] = "\a\b\t\n\v\f\r\"\\";
static const char escape_letters[] = "abtnvfr\"\\";

static void print_character(struct textbuf *line, const char *bytes, size_t length, uint32_t code)
{
	unsigned char first = (unsigned char)bytes[0];
	const char *escape = length == 1 ? strchr(escape_bytes, first) : NULL;

	if (escape)
		textbuf_printf(line, "\\%c", escape_letters[escape - escape_bytes]);
	else if (length == 0 || code < 0x20 || code == 0x7f)
		textbuf_printf(line, "\\x%02x", first);
	else if (code >= 0x80 && code < 0xa0) /* C1 controls: a terminal obeys them too */
		textbuf_printf(line, "\\x%02x\\x%02x", first, (unsigned char)bytes[1]);
	else
		textbuf_put(line, bytes, length);
}

static void print_text(struct textbuf *line, const char *text)
{
	const char *end = text + strlen(text);

	textbuf_put_string(line, "\"");
	while (text < end) {
		uint32_t code = 0;
		size_t length = utf8_decode(text, (size_t)(end - text), &code);

		print_character(line, text, length, code);
		text += length ? length : 1;
	}
	textbuf_put_string(line, "\"");
}

static int is_call_field(const struct field_desc *field)
{
	return field->kind == FIELD_U32 && strcmp(field->name, "call") == 0;
}

/* A number as its kind prints it: signed ones are sign-extended here. */
static uint64_t field_number(const struct field_desc *field, const void *payload)
{
	const char *at = (const char *)payload + field->offset;
	uint64_t wide;
	uint32_t narrow;

	if (field->kind == FIELD_I32 || field->kind == FIELD_U32) {
		memcpy(&narrow, at, sizeof(narrow));
		return field->kind == FIELD_I32 ? (uint64_t)(int64_t)(int32_t)narrow : narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

static void print_field(struct textbuf *line, const struct field_desc *field, const void *payload)
{
	uint64_t number;

	if (field->kind == FIELD_STR) {
		const char *text;

		memcpy(&text, (const char *)payload + field->offset, sizeof(text));
		if (text) {
			textbuf_printf(line, " %s=", field->name);
			print_text(line, text);
		}
		return;
	}
	number = field_number(field, payload);
	if (number == 0)
		return;
	if (is_call_field(field) && number < CALL_COUNT)
		textbuf_printf(line, " %s=%s", field->name, call_name((unsigned)number));
	else if (field->kind == FIELD_I32 || field->kind == FIELD_I64)
		textbuf_printf(line, " %s=%" PRId64, field->name, (int64_t)number);
	else
		textbuf_printf(line, " %s=%" PRIu64, field->name, number);
}

/* Microseconds are enough for most traces a person writes; nanoseconds appear only where they say something. */
static void print_time(struct textbuf *line, uint64_t ts_ns)
{
	uint64_t fraction = ts_ns % NS_PER_SECOND;

	textbuf_printf(line, "%" PRIu64, ts_ns / NS_PER_SECOND);
	if (fraction % 1000 == 0)
		textbuf_printf(line, ".%06" PRIu64, fraction / 1000);
	else
		textbuf_printf(line, ".%09" PRIu64, fraction);
}

int event_print(const struct event *event, char *buffer, size_t size)
{
	const struct event_desc *desc = event_describe(event->type);
	struct textbuf line;

	textbuf_init(&line, buffer, size);
	print_time(&line, event->ts_ns);
	textbuf_printf(&line, " %" PRIu32 " %" PRIu32 " %s", event->proc, event->tid, desc ? desc->name : "?");
	for (unsigned i = 0; desc && i < desc->field_count; i++)
		print_field(&line, &desc->fields[i], &event->u);
	if (event->stack)
		textbuf_printf(&line, " stack=%" PRIu32, event->stack);
	return (int)line.length;
}

/* --- parsing --- */

/* What is left of the line, and where text of the result goes. */
struct scan {
	const char *at;
	char *scratch, *scratch_end;
	const char *why;
};

static int fail(struct scan *scan, const char *why)
{
	scan->why = why;
	return -EINVAL;
}

static int is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct scan *scan)
{
	while (is_space(*scan->at))
		scan->at++;
}

/* A word: up to white space, '=' or the end. */
static size_t word_length(const char *at)
{
	return strcspn(at, " \t\r\n=");
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Digits without sign, decimal or 0x; no larger than `max`. Stops behind the last digit. */
static int parse_digits(struct scan *scan, uint64_t max, uint64_t *out)
{
	unsigned base = 10;
	uint64_t value = 0;

	if (scan->at[0] == '0' && (scan->at[1] == 'x' || scan->at[1] == 'X') && digit_value(scan->at[2]) < 16) {
		base = 16;
		scan->at += 2;
	}
	if ((unsigned)digit_value(*scan->at) >= base)
		return fail(scan, "a number is expected here");
	for (unsigned digit; (digit = (unsigned)digit_value(*scan->at)) < base; scan->at++) {
		if (value > (max - digit) / base)
			return fail(scan, "number out of range");
		value = value * base + digit;
	}
	*out = value;
	return 0;
}

static int end_of_word(struct scan *scan)
{
	return *scan->at == '\0' || is_space(*scan->at) ? 0 : fail(scan, "unexpected character after a value");
}

static int parse_number(struct scan *scan, enum field_kind kind, uint64_t *out)
{
	int is_signed = kind == FIELD_I32 || kind == FIELD_I64;
	int narrow = kind == FIELD_I32 || kind == FIELD_U32;
	int negative = is_signed && *scan->at == '-';
	uint64_t max = narrow ? UINT32_MAX : UINT64_MAX;
	uint64_t value;
	int rc;

	if (is_signed)
		max = max / 2 + (negative ? 1 : 0);
	scan->at += negative;
	rc = parse_digits(scan, max, &value);
	if (rc == 0)
		rc = end_of_word(scan);
	if (rc == 0)
		*out = negative ? 0 - value : value;
	return rc;
}

static int parse_call(struct scan *scan, uint64_t *out)
{
	char name[64];
	size_t length = word_length(scan->at);

	if (digit_value(*scan->at) < 10)
		return parse_number(scan, FIELD_U32, out);
	if (length == 0 || length >= sizeof(name))
		return fail(scan, "unknown call");
	memcpy(name, scan->at, length);
	name[length] = '\0';
	*out = call_by_name(name);
	if (!*out)
		return fail(scan, "unknown call");
	scan->at += length;
	return end_of_word(scan);
}

/* One byte behind a backslash. */
static int parse_escape(struct scan *scan, char *out)
{
	const char *letter;

	if (*scan->at == 'x') {
		int high = digit_value(scan->at[1]);
		int low = high < 16 ? digit_value(scan->at[2]) : 16;

		if (low == 16 || high + low == 0)
			return fail(scan, "\\x needs two hexadecimal digits, not 00");
		*out = (char)(high << 4 | low);
		scan->at += 3;
		return 0;
	}
	letter = *scan->at ? strchr(escape_letters, *scan->at) : NULL;
	if (!letter)
		return fail(scan, "unknown escape in text");
	*out = escape_bytes[letter - escape_letters];
	scan->at++;
	return 0;
}

static int parse_text(struct scan *scan, const char **out)
{
	char *text = scan->scratch;

	if (*scan->at++ != '"')
		return fail(scan, "text must stand in double quotes");
	for (;;) {
		char c = *scan->at;

		if (c == '\0' || c == '\n')
			return fail(scan, "text without closing quote");
		if (scan->scratch == scan->scratch_end)
			return fail(scan, "line too long");
		scan->at++;
		if (c == '"')
			break;
		if (c == '\\') {
			int rc = parse_escape(scan, &c);

			if (rc)
				return rc;
		}
		*scan->scratch++ = c;
	}
	*scan->scratch++ = '\0';
	*out = text;
	return end_of_word(scan);
}

static int parse_value(struct scan *scan, const struct field_desc *field, void *payload)
{
	char *target = (char *)payload + field->offset;
	uint64_t number;
	uint32_t narrow;
	int rc;

	if (field->kind == FIELD_STR) {
		const char *text;

		rc = parse_text(scan, &text);
		if (rc == 0)
			memcpy(target, &text, sizeof(text));
		return rc;
	}
	rc = is_call_field(field) ? parse_call(scan, &number) : parse_number(scan, field->kind, &number);
	if (rc)
		return rc;
	narrow = (uint32_t)number;
	if (field->kind == FIELD_I32 || field->kind == FIELD_U32)
		memcpy(target, &narrow, sizeof(narrow));
	else
		memcpy(target, &number, sizeof(number));
	return 0;
}

/* Index of the field called so, or field_count. */
static unsigned find_field(const struct event_desc *desc, const char *name, size_t length)
{
	unsigned i = 0;

	while (i < desc->field_count &&
		(strlen(desc->fields[i].name) != length || memcmp(desc->fields[i].name, name, length) != 0))
		i++;
	return i;
}

/* name=value ...: each field at most once, `stack` for the head's stack. */
static int parse_fields(struct scan *scan, const struct event_desc *desc, struct event *out)
{
	uint32_t seen = 0;
	_Static_assert(EVENT_MAX_FIELDS < 32, "one bit per field and one for the stack");

	for (skip_space(scan); *scan->at; skip_space(scan)) {
		const char *name = scan->at;
		size_t length = word_length(name);
		unsigned i = find_field(desc, name, length);
		int is_stack = length == 5 && memcmp(name, "stack", 5) == 0;
		uint64_t stack;
		int rc;

		if (name[length] != '=')
			return fail(scan, "field=value is expected here");
		if (i == desc->field_count && !is_stack)
			return fail(scan, "this event has no such field");
		if (seen & 1u << i)
			return fail(scan, "field given twice");
		seen |= 1u << i;
		scan->at += length + 1;
		rc = i < desc->field_count ? parse_value(scan, &desc->fields[i], &out->u)
					   : parse_number(scan, FIELD_U32, &stack);
		if (rc)
			return rc;
		if (i == desc->field_count)
			out->stack = (uint32_t)stack;
	}
	return 0;
}

/* 12, 12.5 or 12.000001234: up to nine digits behind the point. */
static int parse_time(struct scan *scan, uint64_t *out)
{
	uint64_t seconds, unit = NS_PER_SECOND;
	int rc = parse_digits(scan, UINT64_MAX / NS_PER_SECOND, &seconds);

	if (rc)
		return rc;
	*out = seconds * NS_PER_SECOND;
	if (*scan->at == '.') {
		for (scan->at++; unit > 1 && digit_value(*scan->at) < 10; scan->at++) {
			unit /= 10;
			*out += unit * (unsigned)digit_value(*scan->at);
		}
	}
	if (*out < seconds * NS_PER_SECOND)
		return fail(scan, "number out of range");
	return end_of_word(scan);
}

static int parse_head(struct scan *scan, struct event *out)
{
	uint64_t proc, tid;
	size_t length;
	int rc = parse_time(scan, &out->ts_ns);

	skip_space(scan);
	if (rc == 0)
		rc = parse_number(scan, FIELD_U32, &proc);
	skip_space(scan);
	if (rc == 0)
		rc = parse_number(scan, FIELD_U32, &tid);
	if (rc)
		return rc;
	skip_space(scan);
	length = word_length(scan->at);
	out->proc = (uint32_t)proc;
	out->tid = (uint32_t)tid;
	out->type = (uint16_t)event_by_name(scan->at, length);
	if (!out->type)
		return fail(scan, "unknown event");
	scan->at += length;
	return end_of_word(scan);
}

int event_parse(const char *line, struct event *out, char *scratch, size_t scratch_size, const char **why)
{
	struct scan scan = {.at = line, .scratch = scratch, .scratch_end = scratch + scratch_size};
	struct event event;
	int rc;

	skip_space(&scan);
	if (*scan.at == '\0' || *scan.at == '#')
		return 1;
	memset(&event, 0, sizeof(event));
	rc = parse_head(&scan, &event);
	if (rc == 0)
		rc = parse_fields(&scan, event_describe(event.type), &event);
	if (rc) {
		*why = scan.why;
		return rc;
	}
	*out = event;
	return 0;
}
