/* doing.h: what a process is in right now, in words for a person: from the board of its main thread, else as the kernel
 * has it. */
#ifndef MPW_DOING_H
#define MPW_DOING_H

#include <stddef.h>

#define DOING_SIZE 96

struct drain;
struct watched;

/* "waits for input in read"; never NULL. */
const char *process_doing(const struct drain *drain, const struct watched *process, char out[DOING_SIZE]);

#endif
