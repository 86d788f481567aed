/* symbols_module.c: see symbols_module.h.
 *
 * Where debug information comes from is libdwfl's rule: the file itself, /usr/lib/debug/.build-id and .gnu_debuglink,
 * and .gnu_debugdata for symbols. Never the network: the worker takes debuginfod's variable out of its environment. */
#include "symbols_module.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/regular.h"

/* What a compilation unit covers, for files whose compiler wrote no .debug_aranges (clang). */
struct unit_range {
	Dwarf_Addr low, high;
	Dwarf_Off unit;
};

struct module {
	Dwfl *dwfl;
	Dwfl_Module *dwfl_module;
	struct unit_range *ranges;
	size_t range_count;
	int ranges_read;
	char build_id[BUILD_ID_TEXT];
	char file[2 * PATH_MAX];
	char function[1024];
};

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

/* --- the file --- */

static void print_build_id(const unsigned char *bytes, int count, char out[BUILD_ID_TEXT])
{
	out[0] = '\0';
	for (int i = 0; i < count && i < (int)(BUILD_ID_TEXT - 1) / 2; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
}

static void find_build_id(struct module *module)
{
	const unsigned char *bytes = NULL;
	GElf_Addr address;
	GElf_Addr bias;

	/* Only once the main file was read does libdwfl know its notes. */
	if (dwfl_module_getelf(module->dwfl_module, &bias))
		print_build_id(bytes, dwfl_module_build_id(module->dwfl_module, &bytes, &address), module->build_id);
}

int module_open(const char *path, struct module **out)
{
	struct module *module;
	int fd = open_regular(AT_FDCWD, path);

	if (fd < 0)
		return fd;
	module = mem_zalloc(1, sizeof(*module));
	module->dwfl = dwfl_begin(&callbacks);
	if (!module->dwfl)
		die_no_memory();
	dwfl_report_begin(module->dwfl);
	module->dwfl_module = dwfl_report_offline(module->dwfl, path, path, fd);
	dwfl_report_end(module->dwfl, NULL, NULL);
	if (!module->dwfl_module) {
		close(fd); /* libdwfl takes it only with a file it understands */
		module_close(module);
		return -ENOENT;
	}
	find_build_id(module);
	*out = module;
	return 0;
}

void module_close(struct module *module)
{
	if (!module)
		return;
	dwfl_end(module->dwfl);
	free(module->ranges);
	free(module);
}

const char *module_build_id(const struct module *module)
{
	return module->build_id;
}

/* Where the file's byte is in libdwfl's address space: by the segment that loads it. */
static int address_of(const struct module *module, uint64_t offset, Dwarf_Addr *out)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module->dwfl_module, &bias);
	size_t count;

	if (!elf || elf_getphdrnum(elf, &count) != 0)
		return -ENOENT;
	for (size_t i = 0; i < count && i < INT_MAX; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_LOAD)
			continue;
		if (offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz) {
			*out = offset - segment.p_offset + segment.p_vaddr + bias;
			return 0;
		}
	}
	return -ENOENT;
}

/* --- units --- */

static void add_range(struct module *module, size_t *capacity, struct unit_range range)
{
	if (module->range_count == *capacity) {
		*capacity = *capacity ? *capacity * 2 : 256;
		module->ranges = mem_resize(module->ranges, *capacity * sizeof(module->ranges[0]));
	}
	module->ranges[module->range_count++] = range;
}

static int by_low(const void *a, const void *b)
{
	const struct unit_range *left = a, *right = b;

	return left->low < right->low ? -1 : left->low > right->low;
}

static void read_ranges(struct module *module, Dwarf *dwarf)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	size_t capacity = 0;

	module->ranges_read = 1;
	while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
		struct unit_range range = {.unit = dwarf_dieoffset(&die)};
		Dwarf_Addr base;
		ptrdiff_t at = 0;

		while ((at = dwarf_ranges(&die, at, &base, &range.low, &range.high)) > 0)
			add_range(module, &capacity, range);
	}
	if (module->range_count)
		qsort(module->ranges, module->range_count, sizeof(module->ranges[0]), by_low);
}

static int find_unit_by_ranges(struct module *module, Dwarf *dwarf, Dwarf_Addr address, Dwarf_Die *out)
{
	size_t low = 0, high;

	if (!module->ranges_read)
		read_ranges(module, dwarf);
	high = module->range_count;
	while (low < high) { /* the first range that starts behind the address */
		size_t middle = low + (high - low) / 2;

		if (module->ranges[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && address < module->ranges[low - 1].high &&
	       dwarf_offdie(dwarf, module->ranges[low - 1].unit, out) != NULL;
}

/* --- lines and functions --- */

/* A file name as the unit knows it: relative ones start where the compiler ran. */
static void set_file(struct module *module, Dwarf_Die *unit, const char *name, struct symbol *out)
{
	Dwarf_Attribute attribute;
	const char *directory = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
	int relative = name && name[0] != '/' && directory;

	snprintf(module->file, sizeof(module->file), "%s%s%s", relative ? directory : "", relative ? "/" : "",
		name ? name : "");
	out->file = module->file;
}

static void set_line(struct module *module, Dwarf_Die *unit, Dwarf_Addr address, struct symbol *out)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	int number = 0;

	if (!line)
		return;
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		out->line = (unsigned)number;
	set_file(module, unit, dwarf_linesrc(line, NULL, NULL), out);
}

/* Is the line that we have one of the compiler's or a system header's, so that the caller's line says more? */
static int is_hidden(Dwarf_Die *inlined, const struct symbol *place)
{
	Dwarf_Attribute attribute;
	bool artificial = false;

	dwarf_formflag(dwarf_attr_integrate(inlined, DW_AT_artificial, &attribute), &artificial);
	return artificial || strncmp(place->file, "/usr/include/", 13) == 0 ||
	       strncmp(place->file, "/usr/lib/gcc/", 13) == 0;
}

/* The line in which an inlined function was called. */
static void set_call_line(struct module *module, Dwarf_Die *unit, Dwarf_Die *inlined, struct symbol *out)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 || line > UINT_MAX)
		return;
	out->line = (unsigned)line;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) == 0 &&
		dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count)
		set_file(module, unit, dwarf_filesrc(files, file, NULL, NULL), out);
}

/* From the innermost scope outwards to the first function that is the program's own. */
static void set_function(struct module *module, Dwarf_Die *unit, Dwarf_Addr address, struct symbol *out)
{
	Dwarf_Die *scopes = NULL, *nesting = NULL;
	int count = dwarf_getscopes(unit, address, &scopes);

	/* Beyond an inlined function the first list goes on where that was defined; the second where it was called. */
	count = count > 0 ? dwarf_getscopes_die(&scopes[0], &nesting) : 0;
	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&nesting[i]);
		const char *name = dwarf_diename(&nesting[i]);

		if (tag == DW_TAG_inlined_subroutine && is_hidden(&nesting[i], out)) {
			set_call_line(module, unit, &nesting[i], out);
		} else if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram) && name) {
			snprintf(module->function, sizeof(module->function), "%s", name);
			out->function = module->function;
			break;
		}
	}
	free(scopes);
	free(nesting);
}

static void lookup_dwarf(struct module *module, Dwarf_Addr address, struct symbol *out)
{
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module->dwfl_module, &bias);
	Dwarf_Die unit;

	if (!dwarf)
		return;
	address -= bias;
	if (!dwarf_addrdie(dwarf, address, &unit) && !find_unit_by_ranges(module, dwarf, address, &unit))
		return;
	set_line(module, &unit, address, out);
	set_function(module, &unit, address, out);
}

/* C++ names as people write them, if the C++ runtime is there to tell. */
static char *demangle(const char *name)
{
	static char *(*cxa_demangle)(const char *, char *, size_t *, int *);
	static int tried;
	void *runtime = NULL;
	int status;

	if (!tried++)
		runtime = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
	if (runtime)
		*(void **)&cxa_demangle = dlsym(runtime, "__cxa_demangle");
	return cxa_demangle && strncmp(name, "_Z", 2) == 0 ? cxa_demangle(name, NULL, NULL, &status) : NULL;
}

static void lookup_symbol(struct module *module, Dwarf_Addr address, struct symbol *out)
{
	GElf_Off inside;
	GElf_Sym symbol;
	const char *name = dwfl_module_addrinfo(module->dwfl_module, address, &inside, &symbol, NULL, NULL, NULL);
	char *readable;

	if (!name)
		return;
	/* without the symbol's version */
	snprintf(module->function, sizeof(module->function), "%.*s", (int)strcspn(name, "@"), name);
	out->function = module->function;
	readable = demangle(module->function);
	if (readable)
		snprintf(module->function, sizeof(module->function), "%s", readable);
	free(readable);
}

int module_lookup(struct module *module, uint64_t offset, struct symbol *out)
{
	Dwarf_Addr address;
	int rc = offset ? address_of(module, offset - 1, &address) : -ENOENT;

	*out = (struct symbol){.function = "", .file = ""};
	if (rc)
		return rc;
	lookup_dwarf(module, address, out);
	if (!out->function[0])
		lookup_symbol(module, address, out);
	return out->function[0] || out->line ? 0 : -ENOENT;
}
