/* supervise_session.c: how a session begins and ends: memory, recording, start of the program; last totals, symbols,
 * own cost. */
#include "supervise_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/say.h"
#include "base/str.h"
#include "cpus.h"
#include "proc_files.h"
#include "python/reader.h"
#include "python_where.h"
#include "watched.h"
#include "session_socket.h"
#include "session_symbols.h"
#include "stack_table.h"
#include "switch_mark.h"
#include "totals.h"
#include "wire/kinds.h"
#include "wire/session.h"

/* A call that took so long counts as blocked rather than as moving data. */
#define BLOCK_COUNT_NS 20000u

static void put_event(void *context, const struct event *event)
{
	struct supervisor *supervisor = context;

	recording_append(supervisor->writer, event);
}

static void relieve(void *drain)
{
	drain_relieve(drain);
}

static void watch_descriptor(const struct supervisor *supervisor, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint32_t)fd};

	if (fd >= 0)
		epoll_ctl(supervisor->collect.events_fd, EPOLL_CTL_ADD, fd, &event);
}

/* MPWATCH_TEST names what this run must do without: "no-tsc,no-pidfd,no-reading". */
static bool switched_off(const char *name)
{
	const char *list = getenv("MPWATCH_TEST"), *at = list ? strstr(list, name) : NULL;
	size_t length = strlen(name);

	return at && (at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ',');
}

/* A descriptor for each process needs room; the program gets its own limit back (inherited_restore). */
static void raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static void arena_fill(struct collect *collect, const struct run_options *options)
{
	struct arena_control *control = collect->arena.control;
	uint64_t nonce = 0;

	if (getrandom(&nonce, sizeof(nonce), GRND_NONBLOCK) < 0)
		nonce = session_clock_ticks(&collect->clock) * 0x9e3779b97f4a7c15u >> 7;
	control->nonce = nonce;
	control->flags = (collect->clock.tsc ? ARENA_TSC : 0) | ARENA_PYTHON |
			 (!switched_off("no-rseq") && switch_mark_works() ? ARENA_RSEQ : 0) |
			 (options->stacks == STACKS_OFF ? 0 : ARENA_STACKS) |
			 (options->stacks == STACKS_FULL ? ARENA_STACKS_FULL : 0) |
			 (switched_off("no-reading") || !python_where_allowed() ? ARENA_STACKS_EARLY : 0);
	control->block_event_ticks = session_clock_to_ticks(&collect->clock, ARENA_BLOCK_EVENT_NS);
	control->block_count_ticks = session_clock_to_ticks(&collect->clock, BLOCK_COUNT_NS);
	collect->session = session_number(getpid(), collect->arena.fd, session_random(nonce));
	arena_host_publish(&collect->arena);
}

/* --- begin --- */

static int recording_begin(struct supervisor *supervisor)
{
	const struct run_options *options = supervisor->run->options;
	struct run_file *file = &supervisor->run->file;
	const char *program = supervisor->run->program.argv[0];
	char *name = NULL;
	int rc;

	file->fd = -1;
	if (options->record) {
		name = *options->record ? mem_copy_text(options->record) : run_file_name(program);
		rc = run_file_create(file, name);
		if (rc < 0)
			say("cannot write the recording %s: %s", name,
				rc == -EINVAL ? "not a regular file" : strerror(-rc));
	} else {
		rc = run_file_keep(file, program, !options->no_save);
		if (rc < 0)
			say("no place for a recording: %s", strerror(-rc));
	}
	free(name);
	supervisor->no_recording = rc < 0 && options->record;
	if (rc == 0)
		rc = recording_create(
			fcntl(file->fd, F_DUPFD_CLOEXEC, 3), options->record ? 0 : RUN_BUDGET, &supervisor->writer);
	return rc;
}

static char *command_text(char *const *argv)
{
	struct str text = {0};

	for (; *argv; argv++)
		str_printf(&text, "%s%s", text.length ? " " : "", *argv);
	return str_take(&text);
}

static void run_emit(struct supervisor *supervisor)
{
	struct collect *collect = &supervisor->collect;
	struct event event = {.type = EV_RUN};
	char *command = command_text(supervisor->run->program.argv), *cwd = getcwd(NULL, 0);
	struct statvfs shm;
	struct utsname kernel;
	struct cpus cpus;

	event.u.run.pid = supervisor->root;
	event.u.run.uid = geteuid();
	cpus_find(&cpus);
	event.u.run.cpus = cpus.usable;
	event.u.run.cpus_online = cpus.online;
	event.u.run.cpu_quota = cpus.quota;
	event.u.run.start_unix_ns = session_clock_start_unix_ns(&collect->clock);
	if (statvfs("/dev/shm", &shm) == 0) {
		event.u.run.shm_size = (uint64_t)shm.f_blocks * shm.f_frsize;
		event.u.run.shm_free = (uint64_t)shm.f_bavail * shm.f_frsize;
	}
	supervisor->symbols = session_symbols_new(collect, event.u.run.start_unix_ns);
	event.u.run.command = command;
	event.u.run.cwd = cwd;
	event.u.run.version = MPW_VERSION;
	event.u.run.kernel = uname(&kernel) == 0 ? kernel.release : NULL;
	collect_emit(collect, &event);
	free(command);
	free(cwd);
}

static void root_born(struct supervisor *supervisor, uint64_t started_ns)
{
	struct collect *collect = &supervisor->collect;
	struct watched *root = watched_born(collect, supervisor->root, NULL, START_ROOT, started_ns);

	root->root = true;
	collect->watched->root = root;
	watched_read_facts(root);
	watched_tell(collect, root, START_ROOT, root->born_ns);
	if (supervisor->run->program.image == ELFCHECK_WATCH) {
		root->early = family_new();
		family_learn_early(collect, root->early, root->pid, root->born_ns);
	}
}

static void unwatched_emit(struct supervisor *supervisor, uint32_t reason, const char *what)
{
	struct watched *root = supervisor->collect.watched->root;
	struct event event = {.type = EV_UNWATCHED, .proc = root->number, .ts_ns = root->born_ns};

	event.u.unwatched.reason = reason;
	event.u.unwatched.what = what;
	root->unwatched_told = true;
	collect_emit(&supervisor->collect, &event);
}

static int collect_begin(struct supervisor *supervisor)
{
	struct collect *collect = &supervisor->collect;
	int rc;

	collect->kernel.pidfd = !switched_off("no-pidfd");
	collect->kernel.pidfd_info = collect->kernel.pidfd && !switched_off("no-pidfd-info");
	collect->kernel.tsc = !switched_off("no-tsc");
	collect->sink = (struct event_sink){put_event, supervisor};
	session_clock_start(&collect->clock, collect->kernel.tsc);
	watched_init(collect);
	stack_table_init(collect);
	collect->reader = switched_off("no-reading") ? NULL : python_reader_new();
	supervisor->drain = drain_new(collect);
	supervisor->sampler = sampler_new(collect, relieve, supervisor->drain);
	collect->events_fd = epoll_create1(EPOLL_CLOEXEC);
	rc = collect->events_fd < 0 ? -errno : arena_host_open(&collect->arena);
	if (rc < 0) {
		say("no shared memory for watching: %s", strerror(-rc));
		return rc;
	}
	arena_fill(collect, supervisor->run->options);
	return recording_begin(supervisor);
}

static bool program_can_be_watched(const struct supervisor *supervisor, char *directory, size_t size)
{
	int rc = library_directory(directory, size);

	if (rc == -EINVAL)
		say("the path of mpwatch holds a blank, colon or $, which the dynamic linker cannot take: install it "
		    "elsewhere (%s)",
			directory);
	else if (rc < 0)
		say("libmpwatch.so was not found beside mpwatch nor in " MPW_FULL_LIBDIR
		    "/mpwatch: the program is not watched from "
		    "inside");
	return rc == 0 && supervisor->run->program.image == ELFCHECK_WATCH;
}

static int root_start(struct supervisor *supervisor)
{
	char directory[PATH_MAX], **environment = environ;
	bool watched = program_can_be_watched(supervisor, directory, sizeof(directory));
	uint64_t started_ns;
	int status;

	if (!watched && supervisor->run->options->require_probe) {
		say("%s cannot be watched (%s), and --require-probe was given", supervisor->run->program.path,
			supervisor->run->program.image == ELFCHECK_STATIC ? "statically linked"
									  : "another architecture or libc");
		return STATUS_FAILED;
	}
	if (watched)
		environment = environment_with_library(directory, supervisor->collect.session);
	if (!environment)
		environment = environ;
	supervisor->socket = watched ? session_socket_open(supervisor->collect.session) : -1;
	started_ns = session_clock_now(&supervisor->collect.clock);
	status = program_start(&supervisor->run->program, environment, &supervisor->run->inherited,
		supervisor->on_terminal ? &supervisor->terminal : NULL, &supervisor->root);
	if (environment != environ)
		environment_free(environment);
	watch_descriptor(supervisor, supervisor->socket);
	if (status != 0)
		return status;
	run_emit(supervisor);
	root_born(supervisor, started_ns);
	if (supervisor->run->program.image == ELFCHECK_STATIC)
		unwatched_emit(supervisor, UNWATCHED_STATIC, supervisor->run->program.path);
	else if (supervisor->run->program.image == ELFCHECK_STRIP)
		unwatched_emit(supervisor, UNWATCHED_LIBC, supervisor->run->program.path);
	sampler_begin(supervisor->sampler, supervisor->collect.watched->root);
	session_screen_started(supervisor);
	return 0;
}

/* Better than not at all: the program takes our place. */
static int run_unwatched(struct run *run)
{
	if (run->options->require_probe) {
		say("the program cannot be watched, and --require-probe was given");
		return STATUS_FAILED;
	}
	say("running the program unwatched");
	return program_become(&run->program, environ, &run->inherited);
}

int session_begin(struct supervisor *supervisor)
{
	struct run *run = supervisor->run;
	sigset_t ours;
	int status;

	signals_block(&ours);
	raise_limits();
	supervisor->collect.arena.fd = supervisor->collect.events_fd = supervisor->bell.fd = -1;
	supervisor->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	run->file.fd = -1;
	if (supervisor->signals < 0 || collect_begin(supervisor) < 0) {
		session_abandon(supervisor);
		if (supervisor->no_recording)
			return STATUS_FAILED; /* it was what the user wanted, and it was said why not */
		return run_unwatched(run);
	}
	sentinel_start(&supervisor->sentinel);
	/* All is ready before the program is: some fill their ring in the first millisecond. */
	if (doorbell_start(&supervisor->bell, supervisor->collect.arena.control) == 0)
		watch_descriptor(supervisor, supervisor->bell.fd);
	watch_descriptor(supervisor, supervisor->signals);
	status = session_screen_begin(supervisor);
	if (status == 0)
		status = root_start(supervisor);
	if (status != 0) {
		session_abandon(supervisor);
		if (status > 0)
			return status;
		say("no room for a process beside mpwatch: %s", strerror(-status));
		return run_unwatched(run);
	}
	supervisor->last_birth_ns = supervisor->last_record_ns = session_clock_now(&supervisor->collect.clock);
	supervisor->next_second_ns = supervisor->last_birth_ns + 1000000000u;
	return 0;
}

/* --- end --- */

static void own_cost_emit(struct supervisor *supervisor)
{
	struct collect *collect = &supervisor->collect;
	struct event event = {.type = EV_OWN, .ts_ns = session_clock_now(&collect->clock)};
	struct timespec cpu;
	struct rusage usage;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	getrusage(RUSAGE_SELF, &usage);
	event.u.own.cpu_ns = (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
	event.u.own.rss_kb = (uint64_t)usage.ru_maxrss;
	event.u.own.events = collect->events;
	event.u.own.arena_kb = (uint64_t)collect->arena.backed * ARENA_CHUNK_SIZE / 1024;
	collect_emit(collect, &event);
}

static void session_losses(struct supervisor *supervisor, uint64_t now)
{
	struct collect *collect = &supervisor->collect;
	uint64_t no_chunk = collect->arena.control->lost_no_chunk;

	if (no_chunk)
		loss_emit(collect, 0, 0, LOSS_NO_CHUNK, no_chunk, "processes or threads that found no shared memory",
			now);
	if (recording_thinned(supervisor->writer))
		loss_emit(collect, 0, 0, LOSS_THINNED, recording_thinned(supervisor->writer),
			"details left out to keep the recording small", now);
	if (recording_dropped(supervisor->writer))
		loss_emit(collect, 0, 0, LOSS_RECORDING, recording_dropped(supervisor->writer),
			"events that could not be written", now);
}

static void end_emit(struct supervisor *supervisor)
{
	struct collect *collect = &supervisor->collect;
	struct event event = {.type = EV_END, .ts_ns = session_clock_now(&collect->clock)};

	event.u.end.status = supervisor->root_ended ? supervisor->root_status : -1;
	event.u.end.reason = supervisor->give_up                           ? END_ASKED
			     : supervisor->run->options->wait == WAIT_TREE ? END_TREE
									   : END_ROOT;
	event.u.end.alive = collect->watched->alive;
	collect_emit(collect, &event);
}

static void collect_end(struct supervisor *supervisor)
{
	struct collect *collect = &supervisor->collect;

	doorbell_stop(&supervisor->bell);
	sentinel_stop(&supervisor->sentinel);
	session_symbols_free(supervisor->symbols);
	supervisor->symbols = NULL;
	if (supervisor->drain) {
		drain_free(supervisor->drain);
		sampler_free(supervisor->sampler);
		stack_table_free(collect);
		python_reader_free(collect->reader);
		collect->reader = NULL;
		watched_free(collect);
		arena_host_close(&collect->arena);
	}
	if (supervisor->socket >= 0)
		close(supervisor->socket);
	if (collect->events_fd >= 0)
		close(collect->events_fd);
	collect->events_fd = -1;
}

void session_abandon(struct supervisor *supervisor)
{
	if (supervisor->writer)
		recording_finish(supervisor->writer);
	if (supervisor->run->file.path)
		unlink(supervisor->run->file.path);
	free(supervisor->run->file.path);
	supervisor->run->file.path = NULL;
	if (supervisor->run->file.fd >= 0)
		close(supervisor->run->file.fd);
	session_screen_abandon(supervisor);
	collect_end(supervisor);
	if (supervisor->signals >= 0)
		close(supervisor->signals);
}

void session_end(struct supervisor *supervisor, struct run_result *result)
{
	struct collect *collect = &supervisor->collect;

	session_clock_anchor(&collect->clock);
	drain_round(supervisor->drain, false);
	drain_round(supervisor->drain, true);
	sampler_second(supervisor->sampler, true);
	drain_totals(supervisor->drain, true);
	drain_reap(supervisor->drain, true);
	/* Who ends by itself has moved. */
	if (supervisor->hang.told && !supervisor->hang.stopped_ns && !supervisor->hang.interrupted &&
		supervisor->root_ended && WIFEXITED(supervisor->root_status))
		hang_emit(&supervisor->hang, collect, SNAPSHOT_GOES_ON);
	session_symbols_rest(supervisor->symbols);
	session_losses(supervisor, session_clock_now(&collect->clock));
	own_cost_emit(supervisor);
	end_emit(supervisor);
	result->alive = collect->watched->alive;
	result->stopped = supervisor->hang.stopped_ns != 0;
	result->status = supervisor->root_ended ? supervisor->root_status : SIGTERM;
	result->recorded = supervisor->run->file.fd;
	result->write_error = recording_finish(supervisor->writer);
	collect_end(supervisor);
}
