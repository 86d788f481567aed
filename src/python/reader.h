/* reader.h: the Python stack of a thread of another process while it runs, read from outside by
 * process_vm_readv(2): nobody stops for it. What changed under the reading is noticed and read again, or given up. */
#ifndef MPW_PYTHON_READER_H
#define MPW_PYTHON_READER_H

#include <stddef.h>
#include <stdint.h>

struct python_reader;

struct python_reader *python_reader_new(void);
void python_reader_free(struct python_reader *reader);

/* `state`: address of the thread's PyThreadState in process `pid`, a CPython 3.minor. Writes "file:line function\n" for
 * each frame, innermost first, of its own: not those of the parent below the first function of a Process. Returns how
 * many; 0: none could be read whole; -EPERM: the kernel does not let us. */
int python_reader_stack(struct python_reader *reader, int32_t pid, int minor, uint64_t state, char *text, size_t size);

#endif
