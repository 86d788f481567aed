/* cmd_doctor.c: mpwatch doctor: is everything here that mpwatch needs? One line a check, and what to do where something
 * is missing. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <langinfo.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/say.h"
#include "base/text.h"
#include "commands.h"
#include "launch.h"
#include "proc_files.h"
#include "recording.h"
#include "run_store.h"
#include "session_clock.h"
#include "watched.h"

enum verdict { GOOD, LESS, BROKEN }; /* LESS: it works, something is missing from what it tells */

static unsigned broken;

static void tell(enum verdict verdict, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void tell(enum verdict verdict, const char *what, const char *format, ...)
{
	static const char *const words[] = {"ok  ", "less", "FAIL"};
	char text[2 * PATH_MAX], *clean;
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	clean = text_cleaned(text, TEXT_UTF8);
	printf("%s  %-18s %s\n", words[verdict], what, clean);
	free(clean);
	broken += verdict == BROKEN;
}

/* --- mpwatch itself --- */

static void check_library(void)
{
	char directory[PATH_MAX] = "";
	int rc = library_directory(directory, sizeof(directory));

	if (rc == 0)
		tell(GOOD, "probe", "%s/libmpwatch.so", directory);
	else if (rc == -EINVAL)
		tell(BROKEN, "probe",
			"%s: the dynamic linker takes no path with a blank, colon or $; install mpwatch elsewhere",
			directory);
	else
		tell(BROKEN, "probe",
			"libmpwatch.so is neither beside mpwatch nor where it was installed; install mpwatch again");
}

/* Runs a program of one process under mpwatch, with the recording in our memory. */
static int recorded_run(void)
{
	int fd = memfd_create("mpwatch-doctor", 0), status = 0;
	char option[64], record[] = "record", quiet[] = "-qq", self[] = "/proc/self/exe", program[] = "/bin/true";
	char *arguments[] = {self, record, quiet, option, program, NULL};
	pid_t child;

	if (fd < 0)
		return -errno;
	snprintf(option, sizeof(option), "-o/proc/%d/fd/%d", getpid(), fd);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		unsetenv("LD_PRELOAD"); /* a run of its own, also when we are watched */
		unsetenv("MPWATCH_DISABLE");
		unsetenv("MPWATCH_OPTS");
		execv(self, arguments);
		_exit(STATUS_FAILED);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
		close(fd);
		return -ECHILD;
	}
	return fd;
}

static void check_probe_works(void)
{
	struct recording_reader *reader = NULL;
	struct event event;
	const char *why = "the run failed";
	int fd = recorded_run();
	bool spoke = false;
	uint64_t begin = 0, end = 0;

	if (fd < 0 || recording_open_fd(fd, &reader, &why) < 0) {
		tell(BROKEN, "a watched run", "%s; try: mpwatch -n /bin/true", why);
		goto out;
	}
	while (recording_next(reader, &event) > 0) {
		spoke = spoke || event.type == EV_START;
		if (event.type == EV_PROC && !begin)
			begin = event.ts_ns;
		end = event.ts_ns;
	}
	if (spoke)
		tell(GOOD, "a watched run", "/bin/true spoke, %.1f ms", (double)(end - begin) / 1e6);
	else
		tell(BROKEN, "a watched run",
			"/bin/true ran, but its probe kept silent; is it of the same build as mpwatch?");
out:
	if (reader)
		recording_close(reader);
	if (fd >= 0)
		close(fd);
}

/* --- the kernel --- */

static void check_kernel(void)
{
	struct utsname name;

	if (uname(&name) == 0)
		tell(GOOD, "kernel", "%s %s, %ld CPUs", name.sysname, name.release, sysconf(_SC_NPROCESSORS_ONLN));
}

static void check_clock(void)
{
	struct session_clock clock;

	session_clock_start(&clock, true);
	if (clock.tsc)
		tell(GOOD, "clock", "tsc, %.0f MHz", 1e3 / clock.ns_per_tick);
	else
		tell(LESS, "clock",
			"CLOCK_MONOTONIC: the kernel does not trust the time stamp counter here; calls cost a bit "
			"more");
}

/* How the end of somebody else's child is seen: before and after its parent has fetched the status. */
static void check_deaths(void)
{
	struct watched process = {.pidfd = -1};
	struct collect collect = {.kernel = {.pidfd = true, .pidfd_info = true}};
	pid_t child = fork();

	if (child == 0)
		_exit(7);
	process.pid = child;
	process.pidfd = child > 0 ? (int)syscall(SYS_pidfd_open, child, 0) : -1;
	if (child > 0)
		waitpid(child, NULL, 0);
	if (process.pidfd < 0) {
		tell(LESS, "ends of processes", "no pidfd_open here (Linux 5.3): seen with some delay");
		return;
	}
	watched_gone(&collect, &process, 1);
	close(process.pidfd);
	if (process.source == EXIT_PIDFD && process.status == 7 << 8)
		tell(GOOD, "ends of processes", "pidfd, with the status of everybody's children");
	else
		tell(LESS, "ends of processes",
			"pidfd without status (Linux 6.15 has it): a status may stay unseen when a parent "
			"that is not watched fetches it first");
}

static void check_proc(void)
{
	char name[48], text[256];
	ssize_t length = proc_read(getpid(), "status", text, sizeof(text));
	FILE *scope = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int level = 0;

	if (length <= 0) {
		tell(LESS, "/proc", "is not to be had: no names, memory and lists of descriptors");
	} else {
		snprintf(name, sizeof(name), "task/%d/children", getpid());
		length = proc_read(getpid(), name, text, sizeof(text));
		tell(length >= 0 ? GOOD : LESS, "/proc", "%s",
			length >= 0 ? "with lists of children"
				    : "without lists of children (CONFIG_PROC_CHILDREN): children of "
				      "programs that cannot be watched are not found");
	}
	if (scope && fscanf(scope, "%d", &level) == 1 && level >= 1 && geteuid() != 0)
		tell(LESS, "ptrace_scope", "%d: /proc tells less about other processes", level);
	if (scope)
		fclose(scope);
}

/* --- limits and places --- */

static const char *limit_text(char out[32], rlim_t value)
{
	if (value == RLIM_INFINITY)
		snprintf(out, 32, "unlimited");
	else
		snprintf(out, 32, "%" PRIu64, (uint64_t)value);
	return out;
}

static void check_limits(void)
{
	struct rlimit files, processes, memory;
	char a[32], b[32], c[32], d[32];

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_NPROC, &processes);
	getrlimit(RLIMIT_AS, &memory);
	tell(files.rlim_max < 256 ? LESS : GOOD, "limits", "descriptors %s of %s, processes %s, address space %s%s",
		limit_text(a, files.rlim_cur), limit_text(b, files.rlim_max), limit_text(c, processes.rlim_cur),
		limit_text(d, memory.rlim_cur),
		files.rlim_max < 256 ? ": mpwatch needs a descriptor for each process (ulimit -H -n)" : "");
}

static void check_shm(void)
{
	struct statvfs shm;

	if (statvfs("/dev/shm", &shm) < 0)
		tell(LESS, "/dev/shm", "is not there: programs that need it will fail, mpwatch does not");
	else
		tell(GOOD, "/dev/shm", "%" PRIu64 " MiB, %" PRIu64 " free (mpwatch itself does not use it)",
			(uint64_t)shm.f_blocks * shm.f_frsize >> 20, (uint64_t)shm.f_bavail * shm.f_frsize >> 20);
}

static void check_runs(void)
{
	struct run_file file;
	char *folder = runs_folder();

	if (!folder) {
		tell(LESS, "last runs", "are not kept: there is no HOME; use mpwatch record -o FILE");
		return;
	}
	if (run_file_keep(&file, "doctor", true) == 0 && file.path) {
		unlink(file.path);
		tell(GOOD, "last runs", "%s", folder);
	} else {
		tell(LESS, "last runs", "%s cannot be written: runs are not kept; use mpwatch record -o FILE", folder);
	}
	close(file.fd);
	free(file.path);
	free(folder);
}

static void check_terminal(void)
{
	const char *term = getenv("TERM");
	struct winsize size = {0};

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	tell(GOOD, "terminal", "input %s, output %s, errors %s; TERM %s, %u x %u, %s", isatty(0) ? "yes" : "no",
		isatty(1) ? "yes" : "no", isatty(2) ? "yes" : "no", term && *term ? term : "not set", size.ws_col,
		size.ws_row, nl_langinfo(CODESET));
}

static void check_environment(void)
{
	const char *preload = getenv("LD_PRELOAD"), *options = getenv("MPWATCH_OPTS");

	if (getenv("MPWATCH_DISABLE"))
		tell(LESS, "MPWATCH_DISABLE", "is set: programs are not watched");
	if (preload && *preload)
		tell(GOOD, "LD_PRELOAD", "%s (kept behind the probe)", preload);
	if (options && *options)
		tell(GOOD, "MPWATCH_OPTS", "%s", options);
}

int cmd_doctor(int argc, char **argv)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		puts("usage: mpwatch doctor\n\nLooks whether everything is here that mpwatch needs, with a line for "
		     "each thing:\n"
		     "ok, less (it works, but tells less), FAIL. Exit status 1 if something is broken.");
		return 0;
	}
	if (argc > 1) {
		say("doctor takes no arguments: %s", argv[1]);
		return STATUS_FAILED;
	}
	self[length > 0 ? length : 0] = 0;
	tell(GOOD, "mpwatch", MPW_VERSION ", %s", length > 0 ? self : "(no /proc)");
	check_library();
	check_probe_works();
	check_kernel();
	check_clock();
	check_deaths();
	check_proc();
	check_limits();
	check_shm();
	check_runs();
	check_terminal();
	check_environment();
	return broken || fflush(stdout) != 0 ? 1 : 0;
}
