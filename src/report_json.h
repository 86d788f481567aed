/* report_json.h: the parts of the report's JSON. Inside of the report only. */
#ifndef MPW_REPORT_JSON_H
#define MPW_REPORT_JSON_H

#include <jansson.h>

#include "report_print.h"

json_t *report_json_clean(const char *text); /* null for NULL */
json_t *report_json_number(uint64_t value);
json_t *report_json_seconds(uint64_t ns);
/* Without folders when redacted. */
const char *report_json_path(const struct report_rows *rows, const char *path);

/* "file" and "line" of the program's own code, null if there is none. */
void report_json_set_place(const struct report_rows *rows, json_t *object, uint32_t stack);

/* What Python processes sent each other as objects, one for each kind of message. */
json_t *report_json_objects(const struct report_rows *rows);
json_t *report_json_task(const struct report_rows *rows, const struct task_row *row);
json_t *report_json_run(const struct report_rows *rows, const struct run_row *row);
/* Threads that ran when the program was asked to stop, which are not in `waiting`. */
json_t *report_json_running(const struct report_rows *rows);
json_t *report_json_waiting(const struct report_rows *rows, const struct waiting_row *row);

#endif
