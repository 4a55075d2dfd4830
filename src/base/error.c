/* Filling in a nomen_error. The first error wins; a message too long keeps its beginning. */
#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "nomen/version.h"

/* False, with nothing done, where nobody asks for the error or an earlier one is there. */
static bool set_first(nomen_error *err, nomen_status status, const char *format, va_list arguments) {
    if (err == NULL || err->status != NOMEN_OK) { return false; }
    err->status = status;
    int n = nomen_number_vsnprintf(err->message, sizeof err->message, format, arguments);
    if (n < 0) { snprintf(err->message, sizeof err->message, "%s", nomen_status_name(status)); }
    if (n >= (int)sizeof err->message) {
        size_t end = sizeof err->message - 4; /* never inside a character: back over what continues one */
        while (end > 0 && ((unsigned char)err->message[end] & 0xC0) == 0x80) { end--; }
        memcpy(err->message + end, "...", 4);
    }
    return true;
}

nomen_status nomen_error_set(nomen_error *err, nomen_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_first(err, status, format, arguments);
    va_end(arguments);
    return status;
}

nomen_status nomen_error_set_remedy(nomen_error *err, nomen_status status, nomen_remedy remedy, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (set_first(err, status, format, arguments)) { err->remedy = remedy; }
    va_end(arguments);
    return status;
}

nomen_status nomen_error_remedy(nomen_error *err, nomen_remedy remedy, nomen_status status) {
    if (err != NULL && status != NOMEN_OK && err->status == status && err->remedy == NOMEN_REMEDY_NONE) { err->remedy = remedy; }
    return status;
}

nomen_status nomen_error_pass(nomen_error *err, const nomen_error *from) {
    if (err != NULL && err->status == NOMEN_OK) { *err = *from; }
    return from->status;
}

nomen_status nomen_error_set_errno(nomen_error *err, nomen_status status, int errno_value, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (set_first(err, status, format, arguments)) {
        char reason[128];
        /* The GNU form of strerror_r returns the text, which may or may not stand in the buffer. */
        const char *text = strerror_r(errno_value, reason, sizeof reason);
        size_t used = strlen(err->message);
        snprintf(err->message + used, sizeof err->message - used, ": %s", text);
    }
    va_end(arguments);
    return status;
}

nomen_status nomen_error_memory(nomen_error *err, size_t count, size_t size) {
    return nomen_error_set(err, NOMEN_ERROR_MEMORY, "out of memory: %zu elements of %zu bytes could not be allocated", count,
                           size);
}

nomen_status nomen_error_out_of_memory(nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_MEMORY, "out of memory");
}

const char *nomen_status_name(nomen_status status) {
    switch (status) {
    case NOMEN_OK: return "no error";
    case NOMEN_ERROR_MEMORY: return "out of memory";
    case NOMEN_ERROR_ARGUMENT: return "invalid argument";
    case NOMEN_ERROR_INTERRUPTED: return "interrupted";
    case NOMEN_ERROR_TIMEOUT: return "out of time";
    case NOMEN_ERROR_CALLBACK: return "callback failed";
    case NOMEN_ERROR_IO: return "input/output error";
    case NOMEN_ERROR_EXISTS: return "output already exists";
    case NOMEN_ERROR_FORMAT: return "damaged file or unknown format";
    case NOMEN_ERROR_DATA: return "unusable data";
    case NOMEN_ERROR_UNSUPPORTED: return "not supported";
    case NOMEN_ERROR_LIMIT: return "limit exceeded";
    }
    return "unknown status";
}

int nomen_version_number(void) {
    return NOMEN_VERSION_NUMBER;
}

const char *nomen_version(void) {
    return NOMEN_VERSION;
}
