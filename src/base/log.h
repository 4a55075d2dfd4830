/* Messages through the caller's callback, and the interrupt question. See nomen/runtime.h. */
#ifndef NOMEN_BASE_LOG_H
#define NOMEN_BASE_LOG_H

#include <stdbool.h>

#include "nomen/runtime.h"

void nomen_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void nomen_log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Who receives messages; a function of NULL is nobody. */
typedef struct nomen_log_target {
    nomen_log_function function;
    void *user;
} nomen_log_target;

/* Sends the messages of this thread there, with NULL where nomen_set_log says. Returns where they went before. */
nomen_log_target nomen_log_redirect(nomen_log_target target);

/* Whether the process was asked to stop. base/call.h has the question for a call. */
bool nomen_interrupted(void);

#endif
