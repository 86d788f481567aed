/* quote.h: pieces of the program's own source line at a finding's place, to name things as the program does and to
 * underline them. Inside of detect/ only. All give a new text, or NULL where the line is not known, has changed, or
 * does not have it. */
#ifndef MPW_DETECT_QUOTE_H
#define MPW_DETECT_QUOTE_H

#include "detect/detector.h"

/* The whole name that ends in `.method` and is no call: "self.check" for "check". */
char *quote_name(const struct detection *detection, const struct finding *finding, const char *method);
/* The call of `function`, with its arguments as far as the line has them: "calcurate(COUNT)"; `head`: without them. */
char *quote_call(const struct detection *detection, const struct finding *finding, const char *function, bool head);
/* The line without the space around it. */
char *quote_line(const struct detection *detection, const struct finding *finding);

#endif
