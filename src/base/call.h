/*
 * The call that a thread is in: who may stop it, until when, and where its messages go. A public function enters the call
 * that its options name, and leaves it at its end; calls nest, and what stops an outer one stops those inside it. Everything
 * between asks by nomen_call_check, on the calling thread.
 */
#ifndef NOMEN_BASE_CALL_H
#define NOMEN_BASE_CALL_H

#include "base/error.h"
#include "base/log.h"
#include "nomen/call.h"

typedef struct nomen_call_scope {
    struct nomen_call_scope *outer;
    nomen_call call;
    double end;           /* on the monotonic clock; 0 for none */
    nomen_status stopped; /* once a check said so it stays */
    size_t limit;         /* of the team, before */
    nomen_log_target log; /* before */
    bool entered, shields;
} nomen_call_scope;

/* NOMEN_ERROR_ARGUMENT where a setting is out of range. The call is complete. */
nomen_status nomen_call_check_options(const nomen_call *call, nomen_error *err);

/* Enters a call; NULL is one without settings of its own. `scope` stays where it is until it is left. */
nomen_status nomen_call_enter(nomen_call_scope *scope, const nomen_call *call, nomen_error *err);

/* Enters what nothing stops, such as keeping what a stopped call has reached. */
void nomen_call_shield(nomen_call_scope *scope);

/* Leaves the call entered last; does nothing where entering failed, or with a scope of {0}. */
void nomen_call_leave(nomen_call_scope *scope);

/* NOMEN_ERROR_INTERRUPTED or NOMEN_ERROR_TIMEOUT where the calls that this thread is in are to stop. */
nomen_status nomen_call_check(nomen_error *err);

/* The same without a message, for where one operation of many says no more than that it ended early. */
bool nomen_call_is_stopped(void);

/* The status and the message after that said so: never NOMEN_OK, as a callback may have changed its mind since. */
nomen_status nomen_call_stopped(nomen_error *err);

/* The same, with what it was at: "interrupted while reading FILE". */
nomen_status nomen_call_stopped_while(nomen_error *err, const char *doing, const char *name);

/* Why a flag (NULL: none) or a time (0: none) ends a call now; NOMEN_OK where neither does. */
nomen_status nomen_call_find_stop(const nomen_cancel *cancel, double end);

/* The error of a call that ends for that reason. */
nomen_status nomen_call_set_stop(nomen_error *err, nomen_status why);

/* Whether a status says that a call was stopped, not that it failed. */
bool nomen_status_is_stop(nomen_status status);

#endif
