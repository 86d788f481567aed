/* symbols_build_id.c: the build id of a file, read without libdw and in our own process: so every size is bounded and
 * checked here. */
#include "symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/regular.h"

enum { MAX_SEGMENTS = 64, MAX_NOTES = 16 << 10 };

static int read_exactly(int fd, void *out, size_t count, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, out, count, (off_t)offset) == (ssize_t)count;
}

static size_t padded(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

static void print_hex(const unsigned char *bytes, size_t count, char *out)
{
	for (size_t i = 0; i < count && 2 * i + 2 < BUILD_ID_TEXT; i++)
		sprintf(out + 2 * i, "%02x", bytes[i]);
}

/* 1 if the build id was among the notes. */
static int find_note(const unsigned char *notes, size_t size, char *out)
{
	Elf64_Nhdr head;

	while (size >= sizeof(head)) {
		size_t name, data;

		memcpy(&head, notes, sizeof(head));
		notes += sizeof(head);
		size -= sizeof(head);
		name = padded(head.n_namesz);
		data = padded(head.n_descsz);
		if (name > size || data > size - name)
			return 0;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && memcmp(notes, "GNU", 4) == 0) {
			print_hex(notes + name, head.n_descsz, out);
			return 1;
		}
		notes += name + data;
		size -= name + data;
	}
	return 0;
}

static void find_build_id(int fd, const Elf64_Ehdr *head, char *out)
{
	unsigned char notes[MAX_NOTES];
	Elf64_Phdr segment;

	for (unsigned i = 0; i < head->e_phnum && i < MAX_SEGMENTS; i++) {
		if (!read_exactly(fd, &segment, sizeof(segment), head->e_phoff + i * sizeof(segment)))
			return;
		if (segment.p_type != PT_NOTE || segment.p_filesz > sizeof(notes))
			continue;
		if (read_exactly(fd, notes, segment.p_filesz, segment.p_offset) &&
			find_note(notes, segment.p_filesz, out))
			return;
	}
}

int symbols_build_id(const char *path, char *out)
{
	int fd = open_regular(AT_FDCWD, path);
	Elf64_Ehdr head;

	out[0] = '\0';
	if (fd < 0)
		return fd;
	if (read_exactly(fd, &head, sizeof(head), 0) && memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 &&
		head.e_ident[EI_CLASS] == ELFCLASS64 && head.e_phentsize == sizeof(Elf64_Phdr))
		find_build_id(fd, &head, out);
	close(fd);
	return 0;
}
