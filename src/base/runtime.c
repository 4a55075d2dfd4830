/* Process-wide settings: log and interrupt. */
#include "nomen/runtime.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/log.h"
#include "base/number.h"

static nomen_log_target all;               /* of the process */
static _Thread_local nomen_log_target own; /* of the call that the thread is in, where it has one */
static nomen_interrupt_function interrupt_function;
static void *interrupt_user;

void nomen_set_log(nomen_log_function function, void *user) {
    all = (nomen_log_target){function, user};
}

nomen_log_target nomen_log_redirect(nomen_log_target target) {
    nomen_log_target before = own;
    own = target;
    return before;
}

void nomen_set_interrupt(nomen_interrupt_function function, void *user) {
    interrupt_function = function;
    interrupt_user = user;
}

bool nomen_interrupted(void) {
    return interrupt_function != NULL && interrupt_function(interrupt_user);
}

static void log_message(nomen_log_level level, const char *format, va_list arguments) {
    char message[1024];
    nomen_number_vsnprintf(message, sizeof message, format, arguments);
    const nomen_log_target *to = own.function != NULL ? &own : &all;
    if (to->function != NULL) { to->function(to->user, level, message); }
}

void nomen_log_info(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_message(NOMEN_LOG_INFO, format, arguments);
    va_end(arguments);
}

void nomen_log_warning(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_message(NOMEN_LOG_WARNING, format, arguments);
    va_end(arguments);
}
