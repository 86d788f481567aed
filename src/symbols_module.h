/* symbols_module.h: one program file and its debug information through libdw. Only for symbols_worker.c: hostile files
 * may make libdw crash or run for long, so this runs in a process of its own. */
#ifndef MPW_SYMBOLS_MODULE_H
#define MPW_SYMBOLS_MODULE_H

#include "symbols.h"

struct module;

/* 0 or negative errno. */
int module_open(const char *path, struct module **out);
/* The file's build id in hex, "" if it has none. */
const char *module_build_id(const struct module *module);
/* As symbols_lookup. Text of *out lives as long as the module; file names until the next call. */
int module_lookup(struct module *module, uint64_t offset, struct symbol *out);
void module_close(struct module *module);

#endif
