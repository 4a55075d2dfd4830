/* Messages through the caller's callback, and the interrupt question. See nomen/runtime.h. */
#ifndef NOMEN_BASE_LOG_H
#define NOMEN_BASE_LOG_H

#include <stdbool.h>

#include "nomen/runtime.h"

void nomen_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void nomen_log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether the caller asked to stop. */
bool nomen_interrupted(void);

#endif
