/* A call that was handed in to a queue: shared by who submitted it and by the queue's thread, each with a hold on it. */
#ifndef NOMEN_TAG_TICKET_H
#define NOMEN_TAG_TICKET_H

#include <pthread.h>
#include <sys/types.h>

#include "nomen/queue.h"
#include "tag/job.h"
#include "tag/request.h"

struct nomen_ticket {
    pthread_mutex_t lock; /* of what follows, up to the next comment of its kind */
    pthread_cond_t changed;
    int n_holds;
    bool is_done;     /* status, error and results are there */
    bool is_released; /* the queue does not read the texts any more */
    bool is_collected;
    nomen_status status;
    nomen_error error;
    nomen_results *results;
    uint64_t n_batches; /* of the queue at the submission; then those that ran until the end */
    /* Fixed at the submission. */
    pid_t process;
    nomen_kept_request request;
    nomen_call call;
    double end; /* on the monotonic clock; 0 for none */
    const nomen_text *texts;
    size_t n_texts, n_bytes;
    void *copy; /* of the texts; NULL: they are borrowed */
    /* Of the queue's thread. */
    nomen_job *job;  /* NULL before it has begun */
    bool is_gone;    /* it is only to be taken out of the order */
    double place;    /* see queue.c */
    uint64_t number; /* of the submission; fixed */
};

/* Makes a ticket with one hold; the request is complete. */
nomen_status nomen_ticket_create(const nomen_text *texts, size_t n_texts, const nomen_request *request,
                                 nomen_text_keeping keeping, nomen_ticket **out, nomen_error *err);

/* Gives a hold back, the last of which frees it. */
void nomen_ticket_drop(nomen_ticket *ticket);

/* Ends it, unless it has ended: with results, which it takes, or with an error. */
void nomen_ticket_finish(nomen_ticket *ticket, nomen_results *results, const nomen_error *error);

/* Whether it has ended, or is to: *why is filled in where it has to end now. */
bool nomen_ticket_is_stopped(nomen_ticket *ticket, nomen_error *why);

/* Waits on `changed` of a lock until it is signalled, a moment has passed, or until `end` where that is not 0. */
void nomen_ticket_pause(pthread_cond_t *changed, pthread_mutex_t *lock, const nomen_cancel *cancel, double end);

/* A condition on the monotonic clock. */
int nomen_ticket_condition(pthread_cond_t *condition);

#endif
