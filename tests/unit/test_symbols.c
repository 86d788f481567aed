/* test_symbols.c: places of small programs, compiled here, in the forms that programs have in the wild. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbols.h"

static char folder[] = "/tmp/mpw-symbols-XXXXXX";

/* The program prints the return addresses of three calls as file offsets: it finds its own mapping as a reader of
 * /proc/PID/maps would. `place` is never inlined; `inner` always; `hidden` is what a header's wrapper is. */
static const char program[] = "#include <stdio.h>\n"                                          /* 1 */
			      "#include <stdint.h>\n"                                         /* 2 */
			      "#define ALWAYS static inline __attribute__((always_inline))\n" /* 3 */
			      "__attribute__((noinline)) void place(void)\n"                  /* 4 */
			      "{\n"                                                           /* 5 */
			      "	uint64_t pc = (uint64_t)__builtin_return_address(0), low, high, offset; char "
			      "line[4096];\n"                                      /* 6 */
			      "	FILE *maps = fopen(\"/proc/self/maps\", \"r\");\n" /* 7 */
			      "	while (fgets(line, sizeof(line), maps))\n"         /* 8 */
			      "		if (sscanf(line, \"%lx-%lx %*s %lx\", &low, &high, &offset) == 3 && pc >= low "
			      "&& pc < high)\n"                                            /* 9 */
			      "			printf(\"%lu \", pc - low + offset);\n"    /* 10 */
			      "	fclose(maps);\n"                                           /* 11 */
			      "}\n"                                                        /* 12 */
			      "ALWAYS void inner(void)\n"                                  /* 13 */
			      "{\n"                                                        /* 14 */
			      "	place();\n"                                                /* 15 */
			      "}\n"                                                        /* 16 */
			      "ALWAYS __attribute__((__artificial__)) void hidden(void)\n" /* 17 */
			      "{\n"                                                        /* 18 */
			      "	place();\n"                                                /* 19 */
			      "}\n"                                                        /* 20 */
			      "__attribute__((noinline)) void outer(void)\n"               /* 21 */
			      "{\n"                                                        /* 22 */
			      "	place();\n"                                                /* 23 */
			      "	inner();\n"                                                /* 24 */
			      "	hidden();\n"                                               /* 25 */
			      "	printf(\"\\n\");\n"                                        /* 26 */
			      "}\n"                                                        /* 27 */
			      "int main(void)\n"                                           /* 28 */
			      "{\n"                                                        /* 29 */
			      "	outer();\n"                                                /* 30 */
			      "}\n";

static void shell(const char *command)
{
	int status = system(command);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		cr_skip("a compiler or binutils is missing");
	cr_assert_eq(status, 0, "%s", command);
}

static void make_program(void)
{
	FILE *file;

	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	file = fopen("p.c", "w");
	fputs(program, file);
	fclose(file);
}

static void remove_program(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(symbols, .init = make_program, .fini = remove_program, .timeout = 60);

static char path[64];

/* Runs ./p and returns the offsets it prints; `path` becomes its name. */
static void run_program(uint64_t offsets[3])
{
	FILE *output = popen("./p", "r");

	cr_assert_eq(fscanf(output, "%lu %lu %lu", &offsets[0], &offsets[1], &offsets[2]), 3);
	pclose(output);
	snprintf(path, sizeof(path), "%s/p", folder);
}

static void expect(struct symbols *symbols, uint64_t offset, const char *function, unsigned line)
{
	struct symbol symbol;
	char file[64];

	snprintf(file, sizeof(file), "%s/p.c", folder);
	cr_assert_eq(symbols_lookup(symbols, path, NULL, offset, &symbol), 0);
	cr_assert_str_eq(symbol.function, function);
	cr_assert_eq(symbol.line, line, "line %u", symbol.line);
	cr_assert_str_eq(symbol.file, line ? file : "");
}

static void expect_lines(const char *compile)
{
	struct symbols *symbols = symbols_new(20000);
	uint64_t offsets[3];

	shell(compile);
	run_program(offsets);
	expect(symbols, offsets[0], "outer", 23);
	expect(symbols, offsets[1], "inner", 15);
	expect(symbols, offsets[2], "outer", 25);
	symbols_free(symbols);
}

Test(symbols, lines_of_a_position_independent_program)
{
	expect_lines("cc -g -O2 -pie -fPIE -o p p.c");
}

Test(symbols, lines_of_a_program_at_a_fixed_address)
{
	expect_lines("cc -g -O2 -no-pie -o p p.c");
}

Test(symbols, lines_in_the_older_dwarf_form_and_compressed)
{
	expect_lines("cc -gdwarf-4 -gz -O2 -o p p.c");
}

/* clang writes no .debug_aranges. */
Test(symbols, lines_without_address_ranges)
{
	expect_lines("cc -g -O2 -o p.o -c p.c && objcopy --remove-section .rela.debug_aranges --remove-section "
		     ".debug_aranges p.o && "
		     "cc -o p p.o");
}

Test(symbols, lines_from_a_separate_file)
{
	expect_lines("cc -g -O2 -o p p.c && objcopy --only-keep-debug p p.debug && strip p && objcopy "
		     "--add-gnu-debuglink=p.debug p");
}

static void expect_function_only(const char *compile)
{
	struct symbols *symbols = symbols_new(20000);
	uint64_t offsets[3];

	shell(compile);
	run_program(offsets);
	for (int i = 0; i < 3; i++)
		expect(symbols, offsets[i], "outer", 0);
	symbols_free(symbols);
}

Test(symbols, names_from_the_symbol_table)
{
	expect_function_only("cc -O2 -o p p.c");
}

Test(symbols, names_from_the_dynamic_symbols)
{
	expect_function_only("cc -O2 -rdynamic -s -o p p.c");
}

/* What distributions leave in stripped programs: a small symbol table, compressed. */
Test(symbols, names_from_the_minimal_debug_data)
{
	expect_function_only("command -v xz >/dev/null || exit 127; cc -O2 -o p p.c && objcopy --only-keep-debug p d "
			     "&& xz d && strip p && "
			     "objcopy --add-section .gnu_debugdata=d.xz p");
}

Test(symbols, names_of_cxx_functions_are_readable)
{
	struct symbols *symbols = symbols_new(20000);
	struct symbol symbol;
	uint64_t offsets[3];

	shell("command -v c++ >/dev/null || exit 127; sed 's/void outer(void)/void outer(char *)/; "
	      "s/outer();/outer(0);/' p.c >p.cc && "
	      "c++ -O2 -o p p.cc");
	run_program(offsets);
	cr_assert_eq(symbols_lookup(symbols, path, NULL, offsets[0], &symbol), 0);
	cr_assert_str_eq(symbol.function, "outer(char*)");
	symbols_free(symbols);
}

Test(symbols, nothing_is_known_of_a_stripped_program)
{
	struct symbols *symbols = symbols_new(20000);
	struct symbol symbol;
	uint64_t offsets[3];

	shell("cc -O2 -s -o p p.c");
	run_program(offsets);
	cr_assert_eq(symbols_lookup(symbols, path, NULL, offsets[0], &symbol), -ENOENT);
	cr_assert_str_eq(symbol.function, "");
	cr_assert_str_eq(symbol.file, "");
	symbols_free(symbols);
}

Test(symbols, places_outside_of_any_code)
{
	struct symbols *symbols = symbols_new(20000);
	struct symbol symbol;
	uint64_t offsets[3];

	shell("cc -g -O2 -o p p.c");
	run_program(offsets);
	cr_assert_eq(symbols_lookup(symbols, path, NULL, 0, &symbol), -ENOENT);
	cr_assert_eq(symbols_lookup(symbols, path, NULL, 1, &symbol), -ENOENT);
	cr_assert_eq(symbols_lookup(symbols, path, NULL, UINT64_MAX, &symbol), -ENOENT);
	cr_assert_eq(symbols_lookup(symbols, "[vdso]", NULL, 100, &symbol), -ENOENT);
	cr_assert_eq(symbols_lookup(symbols, "/nonexistent", NULL, 100, &symbol), -ENOENT);
	cr_assert_eq(symbols_lookup(symbols, "/dev/zero", NULL, 100, &symbol), -EINVAL);
	expect(symbols, offsets[0], "outer", 23);
	symbols_free(symbols);
}

Test(symbols, a_file_that_is_another_one_now)
{
	struct symbols *symbols = symbols_new(20000);
	char before[BUILD_ID_TEXT], after[BUILD_ID_TEXT];
	struct symbol symbol;
	uint64_t offsets[3];

	shell("cc -g -O2 -Wl,--build-id -o p p.c");
	run_program(offsets);
	cr_assert_eq(symbols_build_id(path, before), 0);
	cr_assert_eq(strlen(before), 40);
	cr_assert_eq(symbols_lookup(symbols, path, before, offsets[0], &symbol), 0);
	symbols_free(symbols);

	symbols = symbols_new(20000);
	shell("cc -g -O1 -Wl,--build-id -o p p.c");
	cr_assert_eq(symbols_build_id(path, after), 0);
	cr_assert_str_neq(before, after);
	cr_assert_eq(symbols_lookup(symbols, path, before, offsets[0], &symbol), -ESTALE);
	symbols_free(symbols);
}

Test(symbols, build_ids_of_other_files)
{
	char id[BUILD_ID_TEXT];

	cr_assert_eq(symbols_build_id("p.c", id), 0);
	cr_assert_str_eq(id, "");
	cr_assert_eq(symbols_build_id("/nonexistent", id), -ENOENT);
	cr_assert_eq(symbols_build_id("/dev/zero", id), -EINVAL);
	cr_assert_eq(symbols_build_id("/", id), -EINVAL);
}

/* Whatever stands in the file: an answer or an error, and the next question is answered. */
Test(symbols, broken_files_do_no_harm)
{
	struct symbols *symbols = symbols_new(50000);
	uint64_t offsets[3], seed = 1;
	char id[BUILD_ID_TEXT];
	struct stat status;
	char *bytes;
	int fd;

	shell("cc -g -O2 -o p p.c && cp p q");
	run_program(offsets);
	fd = open("q", O_RDWR);
	cr_assert_eq(fstat(fd, &status), 0);
	bytes = malloc((size_t)status.st_size);
	cr_assert_eq(read(fd, bytes, (size_t)status.st_size), status.st_size);
	for (int round = 0; round < 60; round++) {
		struct symbol symbol;
		char broken[80];

		snprintf(broken, sizeof(broken), "%s/q%d", folder, round);
		for (int i = 0; i < 60; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			bytes[(seed >> 33) % (uint64_t)status.st_size] = (char)(seed >> 25);
		}
		close(fd);
		fd = open(broken, O_RDWR | O_CREAT, 0600);
		cr_assert_eq(write(fd, bytes, (size_t)status.st_size), status.st_size);
		symbols_build_id(broken, id);
		symbols_lookup(symbols, broken, NULL, offsets[round % 3], &symbol);
	}
	expect(symbols, offsets[0], "outer", 23);
	symbols_free(symbols);
	free(bytes);
	close(fd);
}

Test(symbols, the_budget_ends_it)
{
	struct symbols *symbols = symbols_new(0);
	struct symbol symbol;

	cr_assert_eq(symbols_lookup(symbols, "/bin/sh", NULL, 5000, &symbol), -ETIME);
	symbols_free(symbols);
}

static pid_t only_child(void)
{
	FILE *file = fopen("/proc/thread-self/children", "r");
	int pid = 0;

	if (!file)
		cr_skip("this kernel does not list children");
	cr_assert_eq(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

/* A child that was stopped gives no answer: the budget counts all the same. */
Test(symbols, a_hanging_child_is_ended)
{
	struct symbols *symbols = symbols_new(300);
	struct symbol symbol;
	int rc = symbols_lookup(symbols, "/bin/sh", NULL, 5000, &symbol);

	cr_assert(rc == 0 || rc == -ENOENT);
	cr_assert_eq(kill(only_child(), SIGSTOP), 0);
	cr_assert_eq(symbols_lookup(symbols, "/bin/sh", NULL, 6000, &symbol), -ETIME);
	cr_assert_eq(symbols_lookup(symbols, "/bin/sh", NULL, 5000, &symbol), -ETIME);
	symbols_free(symbols);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a child was left behind");
}

/* A pipe of the session's must not stay open in the child. */
Test(symbols, the_child_keeps_no_descriptor)
{
	struct symbols *symbols = symbols_new(5000);
	struct symbol symbol;
	int ends[2];
	char byte;

	cr_assert_eq(pipe(ends), 0);
	symbols_lookup(symbols, "/bin/sh", NULL, 5000, &symbol);
	close(ends[1]);
	cr_assert_eq(read(ends[0], &byte, 1), 0);
	symbols_free(symbols);
}
