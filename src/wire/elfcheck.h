/* elfcheck.h: would our library be loaded into this file's image? A preload that the image's loader can not take is
 * worse than none: ld.so of another class prints an error, musl's ends the program. System calls only: it runs between
 * vfork and exec. */
#ifndef MPW_WIRE_ELFCHECK_H
#define MPW_WIRE_ELFCHECK_H

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

enum elfcheck {
	ELFCHECK_WATCH,  /* dynamic, our class and loader; or a script; or it can not be read: leave LD_PRELOAD in */
	ELFCHECK_STRIP,  /* another class, machine or loader: take our entry out of LD_PRELOAD */
	ELFCHECK_STATIC, /* has no loader: LD_PRELOAD does nothing, harmlessly */
};

/* glibc's loader on every distribution is some /.../ld-linux-x86-64.so.2. By hand, as no function of libc's may be
 * called for it: see probes/environment.c. */
static inline int elfcheck_is_our_loader(const unsigned char *name, size_t size)
{
	static const char wanted[] = "ld-linux-x86-64.so";
	size_t at = 0;

	for (size_t i = 0; i < size; i++)
		if (name[i] == '/')
			at = i + 1;
	for (size_t i = 0; i < sizeof(wanted) - 1; i++)
		if (at + i >= size || name[at + i] != (unsigned char)wanted[i])
			return 0;
	return 1;
}

/* `head` holds the first `length` bytes of the file. */
static inline enum elfcheck elfcheck_bytes(const unsigned char *head, size_t length)
{
	Elf64_Ehdr ehdr;

	if (length < sizeof(ehdr) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return ELFCHECK_WATCH;
	memcpy(&ehdr, head, sizeof(ehdr));
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_machine != EM_X86_64)
		return ELFCHECK_STRIP;
	for (unsigned i = 0; i < ehdr.e_phnum; i++) {
		Elf64_Phdr phdr;
		const unsigned char *name;
		size_t size;

		if (ehdr.e_phoff > length || length - ehdr.e_phoff < (i + 1) * sizeof(phdr))
			return ELFCHECK_WATCH;
		memcpy(&phdr, head + ehdr.e_phoff + i * sizeof(phdr), sizeof(phdr));
		if (phdr.p_type != PT_INTERP)
			continue;
		if (phdr.p_offset > length || length - phdr.p_offset < phdr.p_filesz || phdr.p_filesz < 2)
			return ELFCHECK_WATCH;
		name = head + phdr.p_offset;
		size = phdr.p_filesz - 1;
		return elfcheck_is_our_loader(name, size) ? ELFCHECK_WATCH : ELFCHECK_STRIP;
	}
	return ehdr.e_type == ET_EXEC || ehdr.e_type == ET_DYN ? ELFCHECK_STATIC : ELFCHECK_WATCH;
}

static inline long elfcheck_call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

static inline enum elfcheck elfcheck_path(const char *path)
{
	unsigned char head[2048];
	long fd = elfcheck_call(SYS_open, (long)path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0), length;

	if (fd < 0)
		return ELFCHECK_WATCH;
	length = elfcheck_call(SYS_read, fd, (long)head, sizeof(head));
	elfcheck_call(SYS_close, fd, 0, 0);
	return length < 0 ? ELFCHECK_WATCH : elfcheck_bytes(head, (size_t)length);
}

#endif
