/* real.c: symbol look-up in the loaded objects by their own hash tables (System V gABI; DT_GNU_HASH as glibc's
 * elf/dl-lookup.c reads it). */
#include "real.h"

#include <string.h>

#include "probe.h"

void *real_table[CALL_COUNT];

/* Names as one text and 16-bit offsets: a table of pointers would be relocated, and its pages copied, in every process.
 */
/* clang-format off */
#define HAND(class_, name, note) char of_##name[sizeof(#name)];
#define CALL(phase, class_, ret, fail, name, params, args, handler) HAND(class_, name, )
#define SKIP(name, reason)
static const struct real_text {
	char of_none[1];
#include "wire/calls.def"
#undef HAND
#define HAND(class_, name, note) .of_##name = #name,
} real_text = {
#include "wire/calls.def"
#undef HAND
#define HAND(class_, name, note) [CALL_##name] = offsetof(struct real_text, of_##name),
};
static const uint16_t real_names[CALL_COUNT] = {
#include "wire/calls.def"
};
#undef CALL
#undef HAND
#undef SKIP
/* clang-format on */

struct elf_tables {
	const ElfW(Sym) * symbols;
	const char *strings;
	const uint32_t *hash;
	const ElfW(Half) * versions;
	const ElfW(Verdef) * definitions;
};

/* glibc relocates d_ptr in place, except where the dynamic section is read-only (the vdso). */
static const void *dynamic_pointer(const struct link_map *map, ElfW(Addr) value)
{
	return (const void *)(value < map->l_addr ? value + map->l_addr : value);
}

static bool elf_read(const struct link_map *map, struct elf_tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	for (const ElfW(Dyn) *entry = map->l_ld; entry && entry->d_tag != DT_NULL; entry++) {
		switch (entry->d_tag) {
		case DT_SYMTAB:
			tables->symbols = dynamic_pointer(map, entry->d_un.d_ptr);
			break;
		case DT_STRTAB:
			tables->strings = dynamic_pointer(map, entry->d_un.d_ptr);
			break;
		case DT_GNU_HASH:
			tables->hash = dynamic_pointer(map, entry->d_un.d_ptr);
			break;
		case DT_VERSYM:
			tables->versions = dynamic_pointer(map, entry->d_un.d_ptr);
			break;
		case DT_VERDEF:
			tables->definitions = dynamic_pointer(map, entry->d_un.d_ptr);
			break;
		default:
			break;
		}
	}
	return tables->symbols && tables->strings && tables->hash;
}

static bool version_fits(const struct elf_tables *tables, uint32_t symbol, const char *version)
{
	ElfW(Half) index;
	const char *definition;

	if (!tables->versions)
		return true;
	index = tables->versions[symbol];
	if (!version)
		return !(index & 0x8000);
	if (!tables->definitions)
		return (index & 0x7fff) <= 1;
	definition = (const char *)tables->definitions;
	for (;;) {
		const ElfW(Verdef) *verdef = (const void *)definition;
		const ElfW(Verdaux) *aux = (const void *)(definition + verdef->vd_aux);

		if (verdef->vd_ndx == (index & 0x7fff))
			return strcmp(tables->strings + aux->vda_name, version) == 0;
		if (verdef->vd_next == 0)
			return false;
		definition += verdef->vd_next;
	}
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static void *elf_lookup(const struct link_map *map, const char *name, uint32_t hash, const char *version, size_t *size)
{
	struct elf_tables tables;
	uint32_t buckets, offset, bloom_words, bloom_shift, index;
	const ElfW(Addr) * bloom;
	const uint32_t *bucket, *chain;
	ElfW(Addr) word;

	if (!elf_read(map, &tables))
		return NULL;
	buckets = tables.hash[0];
	offset = tables.hash[1];
	bloom_words = tables.hash[2];
	bloom_shift = tables.hash[3];
	if (buckets == 0 || bloom_words == 0)
		return NULL;
	bloom = (const ElfW(Addr) *)(tables.hash + 4);
	bucket = (const uint32_t *)(bloom + bloom_words);
	chain = bucket + buckets;
	word = bloom[(hash / 64) % bloom_words];
	if (!((word >> (hash % 64)) & (word >> ((hash >> bloom_shift) % 64)) & 1))
		return NULL;
	index = bucket[hash % buckets];
	if (index < offset)
		return NULL;
	for (;; index++) {
		uint32_t entry = chain[index - offset];
		const ElfW(Sym) *symbol = &tables.symbols[index];

		if ((entry | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 &&
			strcmp(tables.strings + symbol->st_name, name) == 0 && version_fits(&tables, index, version)) {
			void *found = (void *)(map->l_addr + symbol->st_value);

			if (size)
				*size = symbol->st_size;
			if (ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
				found = ((void *(*)(void))found)();
			return found;
		}
		if (entry & 1)
			return NULL;
	}
}

static void *elf_search(const struct link_map *from, const char *name, const char *version, size_t *size)
{
	uint32_t hash = gnu_hash(name);

	if (!from)
		from = _r_debug.r_map;
	for (; from; from = from->l_next) {
		void *found = elf_lookup(from, name, hash, version, size);

		if (found)
			return found;
	}
	return NULL;
}

const struct link_map *elf_object(const char *name)
{
	uint32_t hash = gnu_hash(name);

	for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next)
		if (elf_lookup(map, name, hash, NULL, NULL))
			return map;
	return NULL;
}

bool elf_imports(const struct link_map *map, const char *name)
{
	struct elf_tables tables;

	if (!elf_read(map, &tables))
		return false;
	/* Symbols that are not in the hash table, as others define them, come first. */
	for (uint32_t i = 1; i < tables.hash[1]; i++)
		if (strcmp(tables.strings + tables.symbols[i].st_name, name) == 0)
			return true;
	return false;
}

void **elf_slot(const struct link_map *map, const char *name)
{
	const ElfW(Rela) *relocation = NULL;
	struct elf_tables tables;
	size_t size = 0;

	for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_JMPREL)
			relocation = dynamic_pointer(map, entry->d_un.d_ptr);
		else if (entry->d_tag == DT_PLTRELSZ)
			size = entry->d_un.d_val;
	if (!relocation || !elf_read(map, &tables))
		return NULL;
	for (size_t i = 0; i < size / sizeof(*relocation); i++) {
		const ElfW(Sym) *symbol = &tables.symbols[ELF64_R_SYM(relocation[i].r_info)];

		if (ELF64_R_TYPE(relocation[i].r_info) == R_X86_64_JUMP_SLOT &&
			strcmp(tables.strings + symbol->st_name, name) == 0)
			return (void **)(map->l_addr + relocation[i].r_offset);
	}
	return NULL;
}

void *elf_find(const struct link_map *from, const char *name, const char *version)
{
	return elf_search(from, name, version, NULL);
}

void *elf_find_sized(const struct link_map *from, const char *name, size_t *size)
{
	return elf_search(from, name, NULL, size);
}

const struct link_map *elf_self(void)
{
	for (const struct link_map *map = _r_debug.r_map; map && !probe.map; map = map->l_next)
		if (map->l_ld == _DYNAMIC)
			probe.map = map;
	return probe.map;
}

static long real_missing(void)
{
	errno = ENOSYS;
	return -1;
}

void *real_resolve(unsigned call)
{
	const struct link_map *self = elf_self();
	void *found = self ? elf_find(self->l_next, (const char *)&real_text + real_names[call], NULL) : NULL;

	if (!found)
		found = (void *)real_missing;
	real_table[call] = found;
	return found;
}

/* For syscall.S, which finds it here. */
void *syscall_real;
void syscall_find(void);

void syscall_find(void)
{
	syscall_real = real_resolve(CALL_syscall);
}
