/* Process-wide settings: log and interrupt. */
#include "nomen/runtime.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/log.h"
#include "base/number.h"

static nomen_log_function log_function;
static void *log_user;
static nomen_interrupt_function interrupt_function;
static void *interrupt_user;

void nomen_set_log(nomen_log_function function, void *user) {
    log_function = function;
    log_user = user;
}

void nomen_set_interrupt(nomen_interrupt_function function, void *user) {
    interrupt_function = function;
    interrupt_user = user;
}

bool nomen_interrupted(void) {
    return interrupt_function != NULL && interrupt_function(interrupt_user);
}

static void log_message(nomen_log_level level, const char *format, va_list arguments) {
    if (log_function == NULL) { return; }
    char message[1024];
    nomen_number_vsnprintf(message, sizeof message, format, arguments);
    log_function(log_user, level, message);
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
