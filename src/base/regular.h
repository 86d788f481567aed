/* regular.h: opening a file whose name comes from outside. */
#ifndef MPW_BASE_REGULAR_H
#define MPW_BASE_REGULAR_H

/* Opens `path`, relative to the directory `at` (a descriptor or AT_FDCWD), for reading if it is a regular file. Never
 * opens a device or a fifo, not even for a moment: opening some devices does something. A descriptor, or negative errno
 * (-EINVAL: not regular). */
int open_regular(int at, const char *path);

#endif
