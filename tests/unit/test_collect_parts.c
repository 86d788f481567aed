/* The small parts of the collector: session numbers, ELF check, clock, arena, program lookup, option names. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <time.h>

#include "arena_host.h"
#include "launch.h"
#include "options.h"
#include "proc_files.h"
#include "session_clock.h"
#include "wire/elfcheck.h"
#include "wire/session.h"

Test(session, number_travels_in_the_path)
{
	uint64_t numbers[] = {0, ~0ull >> 8, session_number(123456, 7, 0x2a5a5a), 1, 1ull << 55}, back;
	char path[512];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		cr_assert_eq(session_encode("/usr/lib/mpwatch", numbers[i], path, sizeof(path)), 0);
		cr_assert_eq(session_decode(path, &back), 0);
		cr_assert_eq(back, numbers[i]);
	}
	cr_assert_eq(session_supervisor(numbers[2]), 123456);
	cr_assert_eq(session_fd(numbers[2]), 7);
	cr_assert_eq(session_random(numbers[2]), 0x2a5a5a);
	cr_assert_lt(session_encode("/usr/lib/mpwatch", 1, path, 100), 0);
}

Test(session, the_kernel_ignores_the_noise)
{
	char directory[] = "/tmp/mpwatch-unit-XXXXXX", path[512], plain[128];

	cr_assert_not_null(mkdtemp(directory));
	snprintf(plain, sizeof(plain), "%s" SESSION_LIBRARY, directory);
	close(open(plain, O_CREAT | O_WRONLY, 0600));
	session_encode(directory, 0x5a5a5a5a5a5a5au, path, sizeof(path));
	cr_assert_eq(access(path, R_OK), 0);
	unlink(plain);
	rmdir(directory);
}

Test(session, other_paths_carry_none)
{
	uint64_t number;

	cr_assert_lt(session_decode(NULL, &number), 0);
	cr_assert_lt(session_decode("", &number), 0);
	cr_assert_lt(session_decode("/usr/lib/mpwatch/libmpwatch.so", &number), 0);
	cr_assert_lt(session_decode("/libmpwatch.so", &number), 0);
	cr_assert_lt(session_decode("libjemalloc.so.2", &number), 0);
}

Test(elfcheck, files_of_this_system)
{
	cr_assert_eq(elfcheck_path("/proc/self/exe"), ELFCHECK_WATCH);
	cr_assert_eq(elfcheck_path("/bin/sh"), ELFCHECK_WATCH);
	cr_assert_eq(elfcheck_path("/etc/passwd"), ELFCHECK_WATCH, "no ELF: a script perhaps");
	cr_assert_eq(elfcheck_path("/nonexistent"), ELFCHECK_WATCH);
}

Test(elfcheck, headers)
{
	unsigned char head[256] = {0};
	Elf64_Ehdr ehdr = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64},
		.e_machine = EM_X86_64,
		.e_type = ET_EXEC,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_phnum = 1};
	Elf64_Phdr interp = {.p_type = PT_INTERP, .p_offset = 128, .p_filesz = 28};

	memcpy(head, &ehdr, sizeof(ehdr));
	cr_assert_eq(elfcheck_bytes(head, sizeof(head)), ELFCHECK_STATIC);
	memcpy(head + sizeof(ehdr), &interp, sizeof(interp));
	memcpy(head + 128, "/lib64/ld-linux-x86-64.so.2", 28);
	cr_assert_eq(elfcheck_bytes(head, sizeof(head)), ELFCHECK_WATCH);
	memset(head + 128, 0, 28);
	memcpy(head + 128, "/lib/ld-musl-x86_64.so.1", 25);
	cr_assert_eq(elfcheck_bytes(head, sizeof(head)), ELFCHECK_STRIP);
	head[EI_CLASS] = ELFCLASS32;
	cr_assert_eq(elfcheck_bytes(head, sizeof(head)), ELFCHECK_STRIP);
	for (size_t length = 0; length < sizeof(head); length++)
		elfcheck_bytes(head, length); /* reads nothing behind it (sanitizer) */
}

Test(session_clock, what_is_cut_out_counts_nowhere)
{
	struct session_clock clock;
	uint64_t from, to, before, later, ms;

	session_clock_start(&clock, false);
	ms = session_clock_to_ticks(&clock, 1000000);
	from = session_clock_ticks(&clock) + 10 * ms;
	to = from + 5 * ms;
	before = session_clock_time(&clock, from);
	later = session_clock_time(&clock, to + ms);
	cr_assert_eq(session_clock_cut(&clock, from, to), 5000000);
	cr_assert_eq(session_clock_time(&clock, from), before);
	cr_assert_eq(session_clock_time(&clock, from + 2 * ms), before, "a moment inside is that of its begin");
	cr_assert_eq(session_clock_time(&clock, to + ms), later - 5000000);
	cr_assert_eq(session_clock_cut_within(&clock, to + ms, ms), 0);
	cr_assert_eq(session_clock_cut_within(&clock, to + ms, 3 * ms), 2000000);
	cr_assert_eq(session_clock_cut_within(&clock, to + ms, 9 * ms), 5000000);
	for (unsigned i = 0; i < 100; i++)
		session_clock_cut(&clock, to + (3 * i + 2) * ms, to + (3 * i + 3) * ms);
	cr_assert_eq(session_clock_time(&clock, to + 500 * ms), later + 499000000 - 5000000 - 100000000, "many cuts");
}

static uint64_t unix_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

Test(session_clock, the_start_is_never_told_too_early)
{
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t before = unix_ns(), start;
		struct session_clock clock;

		session_clock_start(&clock, false);
		start = session_clock_start_unix_ns(&clock);
		cr_assert(start + 1000 >= before, "%lu ns too early", before - start);
		cr_assert(start <= unix_ns() + 1000);
	}
}

Test(session_clock, ticks_and_time)
{
	struct session_clock clock;

	for (int tsc = 0; tsc < 2; tsc++) {
		uint64_t ticks, there, ns;

		session_clock_start(&clock, tsc);
		ticks = session_clock_ticks(&clock);
		there = session_clock_time(&clock, ticks);
		ns = session_clock_now(&clock);
		cr_assert(ns - there < 5000000, "%lu %lu", there, ns);
		usleep(20000);
		session_clock_anchor(&clock);
		cr_assert(
			session_clock_time(&clock, ticks) - there + 100000 < 200000, "past times stay where they are");
		ns = session_clock_span(&clock, session_clock_to_ticks(&clock, 1000000));
		cr_assert(ns > 999000 && ns < 1001000);
		cr_assert_eq(session_clock_span(&clock, (uint64_t)-5), 0);
		cr_assert_eq(clock.clamped, 1);
		cr_assert_eq(session_clock_time(&clock, 0), 0);
	}
}

Test(arena_host, offers_and_recycles)
{
	struct arena_host host;
	char *chunk;

	cr_assert_eq(arena_host_open(&host), 0);
	cr_assert_geq(arena_host_refill(&host, ARENA_FREE_AT_START), ARENA_FREE_AT_START);
	cr_assert_eq(arena_host_claimed(&host, 0, 0), 0, "nothing is claimed, the header does not count");
	cr_assert_geq(arena_host_refill(&host, 500), 500);
	cr_assert_geq(host.window_count, 4);
	cr_assert_lt(host.control->window_hint, host.window_count);
	cr_assert_null(arena_host_chunk(&host, 0));
	cr_assert_null(arena_host_chunk(&host, ARENA_WINDOW_CHUNKS));
	cr_assert_null(arena_host_chunk(&host, UINT32_MAX));
	((struct arena_window *)(void *)host.windows[0].base)->free_bits[0] &= ~2ull;
	cr_assert_eq(arena_host_claimed(&host, 0, 0), 2);
	chunk = arena_host_chunk(&host, 1);
	memset(chunk, 0xff, ARENA_CHUNK_SIZE);
	arena_host_recycle(&host, 1, ARENA_CHUNK_SIZE);
	for (size_t i = 0; i < ARENA_CHUNK_SIZE; i++)
		cr_assert_eq(chunk[i], 0);
	cr_assert_eq(arena_host_claimed(&host, 0, 0), 0);
	((struct arena_window *)(void *)host.windows[0].base)->offered = UINT32_MAX; /* a hostile program */
	memset(((struct arena_window *)(void *)host.windows[0].base)->free_bits, 0, 16);
	cr_assert_eq(arena_host_claimed(&host, 0, 0) & 1, 0);
	cr_assert_lt(ftruncate(host.fd, 4096), 0, "nobody can take the memory away");
	arena_host_close(&host);
}

Test(launch, finds_programs_as_execvp_does)
{
	static struct program program;
	char name_sh[] = "sh", name_missing[] = "no-such-program", name_folder[] = "/tmp", name_empty[] = "";
	char *sh[] = {name_sh, NULL}, *missing[] = {name_missing, NULL}, *folder[] = {name_folder, NULL},
	     *empty[] = {name_empty, NULL};

	setenv("PATH", "/nonexistent:/bin:/usr/bin", 1);
	cr_assert_eq(program_find(&program, sh), 0);
	cr_assert_str_eq(program.path, "/bin/sh");
	cr_assert_eq(program_find(&program, missing), STATUS_NOT_FOUND);
	cr_assert_eq(program_find(&program, folder), STATUS_CANNOT_RUN);
	cr_assert_eq(program_find(&program, empty), STATUS_NOT_FOUND);
}

Test(launch, preload_comes_first_and_keeps_the_old_one)
{
	char **environment;
	uint64_t number;
	const char *found = NULL;

	setenv("LD_PRELOAD", "libother.so", 1);
	environment = environment_with_library("/usr/lib/mpwatch", 42);
	for (char **at = environment; *at; at++)
		if (strncmp(*at, "LD_PRELOAD=", 11) == 0)
			found = *at + 11;
	cr_assert_not_null(found);
	cr_assert_str_eq(strchr(found, ':') + 1, "libother.so");
	*strchr(found, ':') = 0;
	cr_assert_eq(session_decode(found, &number), 0);
	cr_assert_eq(number, 42);
	environment_free(environment);
}

Test(options, suggestions)
{
	cr_assert_str_eq(options_suggest("quite"), "quiet");
	cr_assert_str_eq(options_suggest("jsn"), "json");
	cr_assert_null(options_suggest("xyzzy"));
	cr_assert_eq(text_distance("report", "reprot", 9), 2);
	cr_assert_eq(text_distance("", "abc", 9), 3);
}

Test(proc_files, own_facts)
{
	struct proc_stat stat;
	char *comm = proc_comm(getpid()), *exe = proc_exe(getpid()), *cmdline = proc_cmdline(getpid());

	cr_assert_eq(proc_stat_read(getpid(), &stat), 0);
	cr_assert_eq(stat.ppid, getppid());
	cr_assert_eq(stat.state, 'R');
	cr_assert_gt(stat.start_time, 0);
	cr_assert(comm && exe && cmdline && exe[0] == '/');
	cr_assert_lt(proc_stat_read(4999999, &stat), 0);
	cr_assert_null(proc_exe(4999999));
	free(comm);
	free(exe);
	free(cmdline);
}
