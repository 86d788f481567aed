#include "switch_mark.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A section that no code is ever in. The kernel wants the word in front of its abort address to be the signature that
 * libc registered. */
__asm__(".pushsection .text\n\t"
	".p2align 4\n\t"
	".long 0x53053053\n"
	"switch_mark_abort:\n\t"
	"ud2\n"
	"switch_mark_start:\n\t"
	"ud2\n\t"
	".popsection");
extern const char switch_mark_abort[], switch_mark_start[];

struct section {
	uint32_t version, flags;
	uint64_t start_ip, post_commit_offset, abort_ip;
} __attribute__((aligned(32)));

bool switch_mark_works(void)
{
	const ptrdiff_t *offset = dlsym(RTLD_DEFAULT, "__rseq_offset");
	const unsigned *size = dlsym(RTLD_DEFAULT, "__rseq_size");
	struct timespec moment = {0, 100000};
	struct section section = {.start_ip = (uintptr_t)switch_mark_start,
		.post_commit_offset = 1,
		.abort_ip = (uintptr_t)switch_mark_abort};
	char *area;
	volatile uint64_t *mark;
	bool cleared;

	if (!offset || !size || *size < 20)
		return false;
	area = (char *)__builtin_thread_pointer() + *offset;
	if (*(volatile int32_t *)(void *)(area + 4) < 0)
		return false;
	mark = (volatile uint64_t *)(void *)(area + 8);
	*mark = (uintptr_t)&section;
	nanosleep(&moment, NULL);
	cleared = *mark == 0;
	*mark = 0;
	return cleared;
}
