/* The call that a thread is in, and cancellation; see nomen/call.h. */
#include "base/call.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/threads.h"

/* Lock-free, so that a signal handler may write it. */
struct nomen_cancel {
    atomic_int set;
};

static _Thread_local nomen_call_scope *innermost;

nomen_status nomen_cancel_create(nomen_cancel **out, nomen_error *err) {
    nomen_cancel *cancel = NULL;
    nomen_status status = NOMEN_NEW(cancel, 1, err);
    if (status != NOMEN_OK) { return status; }
    atomic_init(&cancel->set, 0);
    *out = cancel;
    return NOMEN_OK;
}

void nomen_cancel_free(nomen_cancel *cancel) {
    nomen_mem_free(cancel);
}

void nomen_cancel_set(nomen_cancel *cancel) {
    atomic_store(&cancel->set, 1);
}

void nomen_cancel_reset(nomen_cancel *cancel) {
    atomic_store(&cancel->set, 0);
}

bool nomen_cancel_is_set(const nomen_cancel *cancel) {
    return atomic_load_explicit(&cancel->set, memory_order_relaxed) != 0;
}

nomen_status nomen_call_check_options(const nomen_call *call, nomen_error *err) {
    if (!(call->timeout >= 0)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the timeout is %g, expected a number of seconds, or 0 for none",
                               call->timeout);
    }
    if (call->n_threads < 0 || call->n_threads > NOMEN_MAX_THREADS) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "n_threads is %d, expected 1 to %d, or 0 for the default",
                               call->n_threads, NOMEN_MAX_THREADS);
    }
    return NOMEN_OK;
}

nomen_status nomen_call_enter(nomen_call_scope *scope, const nomen_call *call, nomen_error *err) {
    *scope = (nomen_call_scope){0};
    nomen_status status = NOMEN_TAKE(nomen_call, &scope->call, call, err);
    if (status == NOMEN_OK) { status = nomen_call_check_options(&scope->call, err); }
    if (status != NOMEN_OK) { return status; }
    if (scope->call.timeout > 0) { scope->end = nomen_clock_now() + scope->call.timeout; }
    scope->entered = true;
    if (scope->call.n_threads > 0) { scope->limit = nomen_team_limit((size_t)scope->call.n_threads); }
    if (scope->call.log != NULL) { scope->log = nomen_log_redirect((nomen_log_target){scope->call.log, scope->call.log_user}); }
    scope->outer = innermost;
    innermost = scope;
    status = nomen_call_check(err);
    if (status != NOMEN_OK) { nomen_call_leave(scope); }
    return status;
}

void nomen_call_shield(nomen_call_scope *scope) {
    *scope = (nomen_call_scope){.outer = innermost, .entered = true, .shields = true};
    innermost = scope;
}

void nomen_call_leave(nomen_call_scope *scope) {
    if (!scope->entered) { return; }
    if (scope->call.n_threads > 0) { nomen_team_limit(scope->limit); }
    if (scope->call.log != NULL) { nomen_log_redirect(scope->log); }
    innermost = scope->outer;
    *scope = (nomen_call_scope){0};
}

nomen_status nomen_call_find_stop(const nomen_cancel *cancel, double end) {
    if (cancel != NULL && nomen_cancel_is_set(cancel)) { return NOMEN_ERROR_INTERRUPTED; }
    return end > 0 && nomen_clock_now() >= end ? NOMEN_ERROR_TIMEOUT : NOMEN_OK;
}

nomen_status nomen_call_set_stop(nomen_error *err, nomen_status why) {
    return nomen_error_set(err, why, "%s", why == NOMEN_ERROR_TIMEOUT ? "the time set for the call is over" : "interrupted");
}

/* Why the calls that the thread is in are to stop, the outer ones first; NOMEN_OK where they are not. */
static nomen_status find_stop(nomen_call_scope *scope) {
    if (scope == NULL) { return nomen_interrupted() ? NOMEN_ERROR_INTERRUPTED : NOMEN_OK; }
    if (scope->stopped != NOMEN_OK || scope->shields) { return scope->stopped; }
    scope->stopped = find_stop(scope->outer);
    if (scope->stopped != NOMEN_OK) { return scope->stopped; }
    scope->stopped = nomen_call_find_stop(scope->call.cancel, scope->end);
    return scope->stopped;
}

bool nomen_call_is_stopped(void) {
    return find_stop(innermost) != NOMEN_OK;
}

nomen_status nomen_call_stopped(nomen_error *err) {
    nomen_status why = find_stop(innermost);
    return nomen_call_set_stop(err, why != NOMEN_OK ? why : NOMEN_ERROR_INTERRUPTED);
}

nomen_status nomen_call_stopped_while(nomen_error *err, const char *doing, const char *name) {
    if (find_stop(innermost) == NOMEN_ERROR_TIMEOUT) {
        return nomen_error_set(err, NOMEN_ERROR_TIMEOUT, "the time set for the call was over while %s %s", doing, name);
    }
    return nomen_error_set(err, NOMEN_ERROR_INTERRUPTED, "interrupted while %s %s", doing, name);
}

nomen_status nomen_call_check(nomen_error *err) {
    return nomen_call_is_stopped() ? nomen_call_stopped(err) : NOMEN_OK;
}

bool nomen_status_is_stop(nomen_status status) {
    return status == NOMEN_ERROR_INTERRUPTED || status == NOMEN_ERROR_TIMEOUT;
}
