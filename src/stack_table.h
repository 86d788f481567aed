/* stack_table.h: stacks of the program as the recording numbers them. The probe describes a stack once per image, by
 * addresses; here an address becomes (module, offset in its file), which is the same in every process, and equal stacks
 * get one number. */
#ifndef MPW_STACK_TABLE_H
#define MPW_STACK_TABLE_H

#include <stdint.h>

#include "collect.h"

struct family;

#define STACK_FRAMES_MAX 64u

void stack_table_init(struct collect *collect);
void stack_table_free(struct collect *collect);

/* Images that came from one exec by forks only: addresses and the probe's ids mean the same in all of them. */
struct family *family_new(void);
struct family *family_use(struct family *family);
void family_put(struct family *family);

/* The probe's stack `id` of the family consists of these return addresses, innermost first. `pid`: a process of the
 * family that may still be there, whose maps tell what lies where. Emits MODULE and STACK events for what is new. */
void stack_define(struct collect *collect, struct family *family, int32_t pid, uint32_t id, const uint64_t *addresses,
	uint32_t count, uint64_t ts_ns);

/* A Python function of the family: "file\nfunction". Python stacks name it by id. */
void python_code_define(struct family *family, uint32_t id, const char *text);

/* The probe's Python stack `id`: words are code id << 32 | line, innermost first; `parent` is the probe's id of the
 * native stack. */
void python_stack_define(struct collect *collect, struct family *family, uint32_t id, uint32_t parent,
	const uint64_t *words, uint32_t count, uint64_t ts_ns);

/* Number of a Python stack that was read from outside: lines "file:line function", innermost first. */
uint32_t stack_of_python_text(struct collect *collect, const char *text, uint64_t ts_ns);

/* A Python stack as "file:line function" lines, or NULL for a native one. */
const char *stack_python_text(const struct collect *collect, uint32_t stack);

/* The recording's number of the probe's stack, 0 if it was never described. */
uint32_t stack_number(const struct family *family, uint32_t id);

/* Reads the maps now if they were not read yet: short-lived programs are gone later. */
void family_learn(struct collect *collect, struct family *family, int32_t pid, uint64_t ts_ns);
/* The same between exec and the loader's work: only the program itself is there, which is better than nothing.
 * family_learn() reads again. */
void family_learn_early(struct collect *collect, struct family *family, int32_t pid, uint64_t ts_ns);

/* Something went wrong in this stack: its names matter most. */
void stack_mark_failure(struct collect *collect, uint32_t stack);
bool stack_is_of_failure(const struct collect *collect, uint32_t stack);

/* All stacks, for symbols at the end. */
struct module_host {
	uint32_t id;
	char *path;
	char build_id[72];
};
/* `index`: 0 is the innermost. Frames without a module are left out. */
typedef void frame_visitor(void *context, uint32_t index, const struct module_host *module, uint64_t offset);
void stack_visit_frames(const struct collect *collect, uint32_t stack, frame_visitor *visit, void *context);
uint32_t stack_count(const struct collect *collect);

#endif
