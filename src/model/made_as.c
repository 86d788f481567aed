/* made_as.c: what the program calls a lock or queue, as the line of source that made it says ("db_lock = mp.Lock()"),
 * and which constructor of multiprocessing made it. The line is text that anybody may have written in any way: where it
 * does not plainly say, there is no name. */
#include "model/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_blanks(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* Behind names with dots, indices and commas: "self.locks[0]", "left, right". */
static const char *skip_target(const char *at)
{
	for (;;) {
		if (!is_word(*at) || isdigit((unsigned char)*at))
			return NULL;
		while (is_word(*at) || *at == '.')
			at++;
		if (*at == '[') {
			at = strchr(at, ']');
			if (!at)
				return NULL;
			at++;
		}
		if (*at != ',')
			return at;
		at = skip_blanks(at + 1);
	}
}

/* Where `name(` is called in `text`; *depth gets the brackets that are open there. NULL: nowhere. */
static const char *find_call(const char *text, const char *name, int *depth)
{
	size_t length = strlen(name);

	*depth = 0;
	for (const char *at = text; *at && *at != '#'; at++) {
		if (strncmp(at, name, length) == 0 && at[length] == '(' && (at == text || !is_word(at[-1])))
			return at;
		*depth += strchr("([{", *at) != NULL;
		*depth -= strchr(")]}", *at) != NULL;
	}
	return NULL;
}

static bool put(char *out, size_t size, const char *from, const char *end, const char *after)
{
	while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (end <= from || (size_t)(end - from) + strlen(after) + 1 > size)
		return false;
	snprintf(out, size, "%.*s%s", (int)(end - from), from, after);
	return true;
}

/* Behind the bracket that closes the first one from here on; NULL: none does. */
static const char *skip_brackets(const char *at)
{
	int open = 0;

	for (; *at; at++) {
		open += strchr("([{", *at) != NULL;
		if (strchr(")]}", *at) && --open <= 0)
			return at + 1;
	}
	return NULL;
}

/* with Pool(4) as pool: */
static bool named_by_with(const char *text, const char *constructor, char *out, size_t size)
{
	int depth;
	const char *call = find_call(text, constructor, &depth),
		   *behind = call && depth == 0 ? skip_brackets(call) : NULL, *name, *end, *comma;

	if (!behind || strncmp(behind, " as ", 4) != 0)
		return false;
	name = behind + 4;
	end = skip_target(name);
	comma = strchr(name, ',');
	return end && put(out, size, name, comma && comma < end ? comma : end, "");
}

bool made_as_python(const char *line, const char *constructor, char *out, size_t size)
{
	const char *text = skip_blanks(line), *end, *value;
	int depth;

	if (strncmp(text, "with ", 5) == 0)
		return named_by_with(text + 5, constructor, out, size);
	end = skip_target(text);
	if (!end)
		return false;
	value = skip_blanks(end);
	if (*value == ':') /* its type */
		value = strchr(value, '=');
	if (!value || *value != '=' || value[1] == '=')
		return false;
	value = skip_blanks(value + 1);
	if (strncmp(value, "lambda", 6) == 0 || !find_call(value, constructor, &depth) || depth > 1 ||
		(depth == 1 && !strchr("[{(", *value)))
		return false;
	return put(out, size, text, end, depth > 0 ? "[]" : "");
}

/* "sem_t *lock = sem_open(...)": the last word before the sign. */
static bool named_by_assignment(const char *text, const char *call, char *out, size_t size)
{
	const char *sign = call, *begin;

	while (sign > text && *sign != '=')
		sign--;
	if (sign == text || strchr("=!<>", sign[-1]))
		return false;
	begin = sign;
	while (begin > text && (begin[-1] == ' ' || begin[-1] == '\t'))
		begin--;
	while (begin > text && (is_word(begin[-1]) || strchr(".->[]", begin[-1])))
		begin--;
	return put(out, size, begin, sign, "");
}

/* sem_init(&shared->ready, 1, 0): the first argument. */
static bool named_by_argument(const char *call, char *out, size_t size)
{
	const char *begin = strchr(call, '('), *end;

	if (!begin)
		return false;
	begin = skip_blanks(begin + 1);
	begin = *begin == '&' ? begin + 1 : begin;
	end = begin;
	while (is_word(*end) || (*end && strchr(".->[]", *end)))
		end++;
	return (*end == ',' || *end == ')') && put(out, size, begin, end, "");
}

/* The next call of a lock's function from `at` on, or NULL. */
static const char *find_lock_call(const char *text, const char *at)
{
	static const char *const starts[] = {"sem_", "pthread_mutex_", "pthread_rwlock_", "pthread_cond_"};

	for (; *at; at++)
		for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
			const char *end = at;

			if (strncmp(at, starts[i], strlen(starts[i])) != 0 || (at > text && is_word(at[-1])))
				continue;
			while (is_word(*end))
				end++;
			if (*end == '(') /* not so: sem_t */
				return at;
		}
	return NULL;
}

bool made_as_c(const char *line, char *out, size_t size)
{
	const char *text = skip_blanks(line), *call = find_lock_call(text, text);

	if (!call || find_lock_call(text, call + 1)) /* which of two it was, the line does not say */
		return false;
	return strncmp(call, "sem_open", 8) == 0 ? named_by_assignment(text, call, out, size)
						 : named_by_argument(call, out, size);
}

static const char *const constructors[] = {"multiprocessing.Lock", "multiprocessing.RLock", "multiprocessing.Semaphore",
	"multiprocessing.BoundedSemaphore", "multiprocessing.Condition", "multiprocessing.Event",
	"multiprocessing.Barrier", "multiprocessing.Queue", "multiprocessing.JoinableQueue",
	"multiprocessing.SimpleQueue", "multiprocessing.Pool", "multiprocessing.Value", "multiprocessing.Array",
	"multiprocessing.Pipe"};
#define PACKAGE_LENGTH (sizeof("multiprocessing.") - 1)

const char *model_constructor(const struct model *model, uint32_t stack)
{
	const char *found = NULL;
	struct frame frame;
	int program = stack ? model_user_frame(model, stack, &frame) : -1;

	for (unsigned i = 0; stack && (program < 0 || i < (unsigned)program) && model_frame(model, stack, i, &frame);
		i++) {
		const char *dot = frame.function ? strrchr(frame.function, '.') : NULL;
		const char *name = dot ? dot + 1 : frame.function;

		if (!frame.python || !name || !text_ends_with(frame.file, "/context.py"))
			continue;
		for (size_t j = 0; j < sizeof(constructors) / sizeof(constructors[0]); j++)
			if (strcmp(name, constructors[j] + PACKAGE_LENGTH) == 0)
				found = constructors[j];
	}
	return found;
}

bool model_variable(const struct model *model, uint32_t stack, char *out, size_t size)
{
	const char *constructor = model_constructor(model, stack);
	struct source_line source;
	struct frame frame;

	if (!stack || model_user_frame(model, stack, &frame) < 0 || !frame.file || !frame.line ||
		!model_source(model, frame.file, frame.line, &source) || source.state != 0 || !source.text)
		return false;
	if (frame.python)
		return constructor && made_as_python(source.text, constructor + PACKAGE_LENGTH, out, size);
	return made_as_c(source.text, out, size);
}

bool place_put(const struct model *model, uint32_t stack, const char *before, struct str *out)
{
	struct frame frame;

	if (!stack || model_user_frame(model, stack, &frame) < 0 || !frame.file || !frame.line)
		return false;
	str_printf(out, "%s%s:%u", before, text_last_part(frame.file), frame.line);
	return true;
}

void lock_put(const struct model *model, const struct lock *lock, bool with_name, struct str *out)
{
	const char *constructor = model_constructor(model, lock->stack);
	bool queue = lock_role(model, lock) != LOCK_ROLE_OWN;
	char variable[VARIABLE_SIZE];
	bool named = model_variable(model, lock->stack, variable, sizeof(variable));

	if (named)
		str_printf(out, "%s (%s", variable, constructor ? constructor : kind_name_lock(lock->kind));
	else
		str_printf(out, "a %s", constructor ? constructor : queue ? "queue" : kind_name_lock(lock->kind));
	if (!named && !constructor && lock->name && with_name)
		str_printf(out, " %s", lock->name);
	place_put(model, lock->stack, " made at ", out);
	str_puts(out, named ? ")" : "");
}

void lock_put_wait(const struct model *model, const struct lock *lock, bool with_name, struct str *out)
{
	enum lock_role role = lock_role(model, lock);

	if (role != LOCK_ROLE_OWN)
		str_puts(out, role == LOCK_ROLE_INPUT ? "its turn to read from " : "its turn to write to ");
	lock_put(model, lock, with_name, out);
}
