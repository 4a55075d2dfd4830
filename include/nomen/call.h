/*
 * How a call of the library can be stopped, and what it may use: settings of one call, where nomen/runtime.h has those of the
 * process. Options and requests of long calls point to a nomen_call.
 *
 *     nomen_cancel *cancel;
 *     nomen_cancel_create(&cancel, &err);
 *     nomen_call call = {.size = sizeof call};
 *     call.cancel = cancel;
 *     call.timeout = 2.5;
 *     ... a request with .call = &call; another thread, or a signal handler: nomen_cancel_set(cancel);
 */
#ifndef NOMEN_CALL_H
#define NOMEN_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/error.h"
#include "nomen/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* A flag that stops calls. One may serve any number of calls, on any threads; it must outlive them. */
typedef struct nomen_cancel nomen_cancel;

/* Makes one that is not set. Fails with NOMEN_ERROR_MEMORY. */
nomen_status nomen_cancel_create(nomen_cancel **out, nomen_error *err);

/* Frees one; NULL is allowed. */
void nomen_cancel_free(nomen_cancel *cancel);

/* Sets it: its calls end soon with NOMEN_ERROR_INTERRUPTED. From any thread and from a signal handler. */
void nomen_cancel_set(nomen_cancel *cancel);

/* Takes that back, for the calls to come. */
void nomen_cancel_reset(nomen_cancel *cancel);

/* Whether it is set. */
bool nomen_cancel_is_set(const nomen_cancel *cancel);

/*
 * Settings of a call; zero is the default of each. A call looks whether to stop between operations (a matrix product is
 * one), in loading between tensors: it is stopped after the longest of these. What was computed until then is dropped, the
 * model and the tagger stay as they were, and the same call can be made again.
 */
typedef struct nomen_call {
    size_t size;                /* sizeof(nomen_call) */
    const nomen_cancel *cancel; /* NULL: none. Borrowed */
    double
        timeout;   /* seconds from the beginning of the call, after which it ends with NOMEN_ERROR_TIMEOUT; 0 or infinity: none */
    int n_threads; /* compute threads, at most 64; 0: as many as nomen_get_threads() */
    nomen_log_function log; /* receives the call's messages; NULL: the function of nomen_set_log */
    void *log_user;         /* passed to it */
} nomen_call;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
