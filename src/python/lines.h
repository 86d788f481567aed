/* lines.h: the line of an instruction, from the table that a code object of CPython carries (Objects/
 * lnotab_notes.txt to 3.10, Objects/locations.md or InternalDocs/code_objects.md from 3.11). */
#ifndef MPW_PYTHON_LINES_H
#define MPW_PYTHON_LINES_H

#include <stddef.h>
#include <stdint.h>

/* `table`: co_lnotab (to 3.9) or co_linetable of a code object of CPython 3.minor, whose first line is `first`.
 * `offset`: of the instruction, in bytes. 0: it belongs to no line, or the table is cut short. */
uint32_t python_line_at(int minor, const uint8_t *table, size_t size, uint32_t first, int64_t offset);

#endif
