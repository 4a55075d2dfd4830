/* Filling in a nomen_error, and the one check-and-forward macro of the project. */
#ifndef NOMEN_BASE_ERROR_H
#define NOMEN_BASE_ERROR_H

#include <stddef.h>

#include "nomen/error.h"

/* Sets *err (unless err is NULL or set already) and returns `status`. */
nomen_status nomen_error_set(nomen_error *err, nomen_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a remedy. */
nomen_status nomen_error_set_remedy(nomen_error *err, nomen_status status, nomen_remedy remedy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Names the remedy of the error that made `status`; returns the status. NOMEN_OK and an error that has one are left alone. */
nomen_status nomen_error_remedy(nomen_error *err, nomen_remedy remedy, nomen_status status);

/* Hands an error on, unless one is there; returns its status. */
nomen_status nomen_error_pass(nomen_error *err, const nomen_error *from);

/* nomen_error_set with ": " and the text of an errno value after the message. */
nomen_status nomen_error_set_errno(nomen_error *err, nomen_status status, int errno_value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reports that `count` elements of `size` bytes could not be allocated. */
nomen_status nomen_error_memory(nomen_error *err, size_t count, size_t size);

/* The same where another library asked for the memory, and how much is not known. */
nomen_status nomen_error_out_of_memory(nomen_error *err);

/*
 * Inside a function with a local `nomen_status status` and a label `done`: runs a call that returns
 * a status and leaves through `done` when it failed.
 */
#define NOMEN_TRY(call) \
    do { \
        status = (call); \
        if (status != NOMEN_OK) { goto done; } \
    } while (0)

/* The same for a call that makes an error and so always fails. */
#define NOMEN_FAIL(call) \
    do { \
        status = (call); \
        goto done; \
    } while (0)

#endif
