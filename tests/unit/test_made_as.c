/* What a line of source calls what it makes: only where it plainly says. */
#include <criterion/criterion.h>
#include <string.h>

#include "model/internal.h"
#include "trace.h"

static const struct {
	const char *line, *constructor, *name; /* name NULL: the line does not say */
} python_lines[] = {
	{"db_lock = mp.Lock()", "Lock", "db_lock"},
	{"    self.lock: Lock = ctx.Lock()  # Lock()", "Lock", "self.lock"},
	{"\tlocks[name] = multiprocessing.get_context('spawn').Lock()", "Lock", "locks[name]"},
	{"locks = [Lock() for _ in range(4)]", "Lock", "locks[]"},
	{"first, second = Lock(), Lock()", "Lock", "first, second"},
	{"with Pool(4) as pool:", "Pool", "pool"},
	{"with Pool(4) as pool, open('x') as f:", "Pool", "pool"},
	{"with Pool(len(names)) as pool:", "Pool", "pool"},
	{"locks = {name: Lock() for name in names}", "Lock", "locks[]"},
	{"with Lock(), open('x') as f:", "Lock", NULL},
	{"with Lock(", "Lock", NULL},
	{"make = lambda: Lock()", "Lock", NULL},
	{"jobs = [Job(Lock()) for _ in range(4)]", "Lock", NULL},
	{"rlock = RLock()", "Lock", NULL},
	{"if lock == Lock():", "Lock", NULL},
	{"p = Process(target=work, args=(Lock(),))", "Lock", NULL},
	{"app = App()", "Lock", NULL},
	{"Lock()", "Lock", NULL},
	{"return Lock()", "Lock", NULL},
	{"x == Lock()", "Lock", NULL},
	{"# lock = Lock()", "Lock", NULL},
	{"", "Lock", NULL},
	{"= Lock()", "Lock", NULL},
	{"a[ = Lock()", "Lock", NULL},
	{"a, = Lock()", "Lock", NULL},
	{"a_name_that_is_much_longer_than_any_column_has_room_for = Lock()", "Lock", NULL},
	{"with Lock() as", "Lock", NULL},
	{"with x as Lock(", "Lock", NULL},
};

static const struct {
	const char *line, *name;
} c_lines[] = {
	{"sem_t *ready = sem_open(\"/ready\", O_CREAT, 0600, 1);", "ready"},
	{"shared->full = sem_open(name, O_CREAT, 0600, 0);", "shared->full"},
	{"if ((lock = sem_open(name, 0)) == SEM_FAILED)", "lock"},
	{"sem_init(&shared->ready, 1, 0);", "shared->ready"},
	{"	pthread_mutex_lock(&table[2].lock);", "table[2].lock"},
	{"while (sem_wait(items) < 0 && errno == EINTR)", "items"},
	{"if (sem_init(&a, 1, 0) || sem_init(&b, 1, 0))", NULL},
	{"take(&lock);", NULL},
	{"my_sem_wait(&lock);", NULL},
	{"sem_wait(lock_of(table));", NULL},
	{"sem_wait(", NULL},
	{"return sem_open(name, 0);", NULL},
	{"if (x == sem_open(name, 0))", NULL},
	{"pthread_mutex_lock(", NULL},
	{"", NULL},
};

static void check(const char *line, bool said, const char *got, const char *name)
{
	cr_expect_eq(said, name != NULL, "%s: %s", line, said ? got : "no name");
	if (said && name)
		cr_expect_str_eq(got, name, "%s: %s", line, got);
}

Test(made_as, by_the_line_that_made_it)
{
	char out[VARIABLE_SIZE];

	for (size_t i = 0; i < sizeof(python_lines) / sizeof(python_lines[0]); i++) {
		memset(out, 0, sizeof(out));
		check(python_lines[i].line,
			made_as_python(python_lines[i].line, python_lines[i].constructor, out, sizeof(out)), out,
			python_lines[i].name);
	}
	for (size_t i = 0; i < sizeof(c_lines) / sizeof(c_lines[0]); i++) {
		memset(out, 0, sizeof(out));
		check(c_lines[i].line, made_as_c(c_lines[i].line, out, sizeof(out)), out, c_lines[i].name);
	}
}

#define LIB "/usr/lib/python3.11/multiprocessing/"

Test(made_as, of_a_stack_and_its_source)
{
	struct model *model =
		trace_model("0 0 0 stack id=1 kind=1 frames=\"" LIB "synchronize.py:57 SemLock.__init__\\n" LIB
			    "context.py:68 BaseContext.Lock\\n" LIB "synchronize.py:213 Condition.__init__\\n" LIB
			    "context.py:93 Event\\n/u/app.py:7 <module>\\n\"\n"
			    "0 0 0 stack id=2 kind=1 frames=\"/u/app.py:8 <module>\\n\"\n"
			    "0 0 0 source line=7 state=0 file=\"/u/app.py\" text=\"stop = Event()\"\n"
			    "0 0 0 source line=8 state=0 file=\"/u/app.py\" text=\"stop = Event()\"\n");
	char out[VARIABLE_SIZE];

	cr_assert_str_eq(model_constructor(model, 1), "multiprocessing.Event", "the outermost is what was asked for");
	cr_assert(model_variable(model, 1, out, sizeof(out)));
	cr_assert_str_eq(out, "stop");
	cr_assert_null(model_constructor(model, 2));
	cr_assert_not(model_variable(model, 2, out, sizeof(out)), "nothing of multiprocessing's made it");
	cr_assert_not(model_variable(model, 0, out, sizeof(out)));
	cr_assert_not(model_variable(model, 3, out, sizeof(out)));
	model_free(model);
}
