/* report_lists.h: the LISTs of --fail-on and --ignore. Inside of the report only. */
#ifndef MPW_REPORT_LISTS_H
#define MPW_REPORT_LISTS_H

#include <stdbool.h>

#include "detect/detect.h"

/* Lists must have passed report_check_*; entries that would not are skipped. NULL matches nothing. */
bool list_fails_on(const char *list, const struct finding *finding);
bool list_ignores(const char *list, const struct finding *finding);

#endif
