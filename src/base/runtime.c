/* Process-wide settings: threads, log, interrupt. */
#include "nomen/runtime.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/number.h"
#include "base/processors.h"
#include "base/threads.h"

static _Atomic int n_compute_threads; /* 0: not known yet */
static nomen_log_function log_function;
static void *log_user;
static nomen_interrupt_function interrupt_function;
static void *interrupt_user;

/* The processors that there are, or fewer where OMP_NUM_THREADS says so. */
static int default_threads(void) {
    const size_t usable = nomen_processors(), wanted = nomen_first_count(getenv("OMP_NUM_THREADS"));
    const size_t n = wanted > 0 && wanted < usable ? wanted : usable;
    return n < NOMEN_MAX_THREADS ? (int)n : NOMEN_MAX_THREADS;
}

void nomen_set_threads(int n_threads) {
    n_compute_threads = n_threads <= 0 ? default_threads() : n_threads < NOMEN_MAX_THREADS ? n_threads : NOMEN_MAX_THREADS;
}

int nomen_get_threads(void) {
    if (n_compute_threads == 0) { nomen_set_threads(0); }
    return n_compute_threads;
}

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
