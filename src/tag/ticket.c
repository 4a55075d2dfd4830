/* A call that was handed in to a queue; see the header. */
#include "tag/ticket.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/call.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/options.h"
#include "token/encoding.h"

int nomen_ticket_condition(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    int problem = pthread_condattr_init(&attributes);
    if (problem != 0) { return problem; }
    problem = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (problem == 0) { problem = pthread_cond_init(condition, &attributes); }
    pthread_condattr_destroy(&attributes);
    return problem;
}

void nomen_ticket_pause(pthread_cond_t *changed, pthread_mutex_t *lock, const nomen_cancel *cancel, double end) {
    /* Nobody signals when a cancel flag is set, as a signal handler may set it: it is looked at a hundred times a second. */
    const double look = 0.01, never = 1e9; /* a time that far off may be more than a timespec holds */
    double until = cancel != NULL ? nomen_clock_now() + look : end;
    if (end > 0 && end < until) { until = end; }
    if (until == 0 || until > never) {
        pthread_cond_wait(changed, lock);
        return;
    }
    struct timespec t = {.tv_sec = (time_t)until};
    t.tv_nsec = (long)((until - (double)t.tv_sec) * 1e9);
    pthread_cond_timedwait(changed, lock, &t);
}

/* The texts, their words and bytes in one block. */
static nomen_status copy_texts(nomen_ticket *ticket, const nomen_text *texts, size_t n, nomen_error *err) {
    size_t n_words = 0, n_bytes = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        n_words += texts[i].words != NULL ? texts[i].n_words : 0;
        n_bytes += texts[i].n_bytes + 1;
        if (texts[i].file != NULL) { n_bytes += strlen(texts[i].file) + 1; }
    }
    if (__builtin_mul_overflow(n, sizeof *texts, &size) || __builtin_add_overflow(size, n_words * sizeof(nomen_span), &size) ||
        __builtin_add_overflow(size, n_bytes + 1, &size)) {
        return nomen_error_memory(err, n_bytes, 1);
    }
    char *block = NULL;
    nomen_status status = NOMEN_NEW(block, size, err);
    if (status != NOMEN_OK) { return status; }
    nomen_text *copies = (nomen_text *)(void *)block;
    nomen_span *words = (nomen_span *)(void *)(block + n * sizeof *copies);
    char *bytes = (char *)(words + n_words);
    for (size_t i = 0; i < n; i++) {
        copies[i] = texts[i];
        copies[i].text = bytes;
        if (texts[i].n_bytes > 0) { memcpy(bytes, texts[i].text, texts[i].n_bytes); }
        bytes += texts[i].n_bytes + 1;
        if (texts[i].words != NULL) {
            copies[i].words = words;
            if (texts[i].n_words > 0) { memcpy(words, texts[i].words, texts[i].n_words * sizeof *words); }
            words += texts[i].n_words;
        }
        if (texts[i].file != NULL) {
            copies[i].file = bytes;
            bytes = stpcpy(bytes, texts[i].file) + 1;
        }
    }
    ticket->copy = block;
    ticket->texts = copies;
    return NOMEN_OK;
}

nomen_status nomen_ticket_create(const nomen_text *texts, size_t n_texts, const nomen_request *request,
                                 nomen_text_keeping keeping, nomen_ticket **out, nomen_error *err) {
    nomen_ticket *ticket = NULL;
    nomen_status status;
    if ((unsigned)keeping > NOMEN_TEXTS_BORROWED) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown keeping of texts %d", (int)keeping);
    }
    NOMEN_TRY(NOMEN_NEW(ticket, 1, err));
    if (pthread_mutex_init(&ticket->lock, NULL) != 0 || nomen_ticket_condition(&ticket->changed) != 0) {
        nomen_mem_free(ticket);
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "the system has no room for another lock");
    }
    ticket->n_holds = 1;
    ticket->process = getpid();
    ticket->texts = texts;
    ticket->n_texts = n_texts;
    NOMEN_TRY(nomen_texts_check(texts, n_texts, err));
    for (size_t i = 0; i < n_texts; i++) { ticket->n_bytes += texts[i].n_bytes; }
    NOMEN_TRY(NOMEN_TAKE(nomen_call, &ticket->call, request->call, err));
    NOMEN_TRY(nomen_call_check_options(&ticket->call, err));
    if (ticket->call.timeout > 0) { ticket->end = nomen_clock_now() + ticket->call.timeout; }
    NOMEN_TRY(nomen_request_keep(&ticket->request, request, err));
    if (keeping == NOMEN_TEXTS_COPIED) { NOMEN_TRY(copy_texts(ticket, texts, n_texts, err)); }
    *out = ticket;
    return NOMEN_OK;
done:
    if (ticket != NULL) { nomen_ticket_drop(ticket); }
    return status;
}

void nomen_ticket_drop(nomen_ticket *ticket) {
    pthread_mutex_lock(&ticket->lock);
    bool last = --ticket->n_holds == 0;
    pthread_mutex_unlock(&ticket->lock);
    if (!last) { return; }
    pthread_cond_destroy(&ticket->changed);
    pthread_mutex_destroy(&ticket->lock);
    nomen_results_free(ticket->results);
    nomen_kept_request_clear(&ticket->request);
    nomen_mem_free(ticket->copy);
    nomen_mem_free(ticket);
}

void nomen_ticket_finish(nomen_ticket *ticket, nomen_results *results, const nomen_error *error) {
    pthread_mutex_lock(&ticket->lock);
    if (!ticket->is_done) {
        ticket->is_done = true;
        ticket->results = results;
        results = NULL;
        if (error != NULL) {
            ticket->error = *error;
            ticket->status = error->status;
        }
        pthread_cond_broadcast(&ticket->changed);
    }
    pthread_mutex_unlock(&ticket->lock);
    nomen_results_free(results);
}

/* Why a call is to end now, NOMEN_OK where it is not. */
static nomen_status find_stop(const nomen_ticket *ticket, nomen_error *why) {
    nomen_status status = nomen_call_find_stop(ticket->call.cancel, ticket->end);
    return status != NOMEN_OK ? nomen_call_set_stop(why, status) : NOMEN_OK;
}

bool nomen_ticket_is_stopped(nomen_ticket *ticket, nomen_error *why) {
    pthread_mutex_lock(&ticket->lock);
    bool stopped = ticket->is_done || find_stop(ticket, why) != NOMEN_OK; /* once it is done its flag may be gone */
    pthread_mutex_unlock(&ticket->lock);
    return stopped;
}

/* A forked child has a ticket's memory, but not the thread that would end it, and perhaps a lock that nobody opens. */
static bool is_orphan(const nomen_ticket *ticket) {
    return ticket->process != getpid();
}

bool nomen_ticket_is_done(const nomen_ticket *ticket) {
    if (is_orphan(ticket)) { return true; }
    nomen_ticket *t = (nomen_ticket *)(uintptr_t)ticket; /* a lock changes nothing that callers see */
    nomen_error ignored = {0};
    return nomen_ticket_is_stopped(t, &ignored);
}

nomen_status nomen_ticket_wait(nomen_ticket *ticket, nomen_results **out, nomen_error *err) {
    nomen_error why = {0};
    nomen_status status;
    if (is_orphan(ticket)) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "the ticket belongs to the process that this one was forked from");
    }
    pthread_mutex_lock(&ticket->lock);
    while (!ticket->is_done && find_stop(ticket, &why) == NOMEN_OK) {
        nomen_ticket_pause(&ticket->changed, &ticket->lock, ticket->call.cancel, ticket->end);
    }
    if (!ticket->is_done) {
        ticket->is_done = true;
        ticket->error = why;
        ticket->status = why.status;
    }
    status = ticket->status;
    if (status == NOMEN_OK && ticket->is_collected) {
        status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the ticket's results were given out before");
    } else if (status == NOMEN_OK) {
        *out = ticket->results;
        ticket->results = NULL;
        ticket->is_collected = true;
    } else {
        nomen_error_pass(err, &ticket->error);
    }
    pthread_mutex_unlock(&ticket->lock);
    return status;
}

void nomen_ticket_cancel(nomen_ticket *ticket) {
    nomen_error why = {0};
    if (is_orphan(ticket)) { return; }
    nomen_call_set_stop(&why, NOMEN_ERROR_INTERRUPTED);
    nomen_ticket_finish(ticket, NULL, &why);
}

void nomen_ticket_free(nomen_ticket *ticket) {
    if (ticket == NULL || is_orphan(ticket)) { return; }
    nomen_ticket_cancel(ticket);
    pthread_mutex_lock(&ticket->lock);
    while (ticket->copy == NULL && !ticket->is_released) { pthread_cond_wait(&ticket->changed, &ticket->lock); }
    pthread_mutex_unlock(&ticket->lock);
    nomen_ticket_drop(ticket);
}

void *nomen_ticket_get_user(const nomen_ticket *ticket) {
    return ticket->request.request.user;
}

uint64_t nomen_ticket_n_batches(const nomen_ticket *ticket) {
    if (is_orphan(ticket)) { return 0; }
    nomen_ticket *t = (nomen_ticket *)(uintptr_t)ticket; /* as above */
    pthread_mutex_lock(&t->lock);
    uint64_t n = t->is_released ? t->n_batches : 0;
    pthread_mutex_unlock(&t->lock);
    return n;
}
