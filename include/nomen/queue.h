/*
 * A queue: many threads hand in texts, and one model tags them together. Windows of all calls share batches, so that many
 * short texts run as fast as one long list of them, and a short text does not wait until a long one is done. A call's results
 * have the bits that nomen_tag gives alone.
 *
 *     nomen_queue *queue;
 *     nomen_queue_create(model, NULL, &queue, &err);
 *     on any thread:
 *         nomen_ticket *ticket;
 *         nomen_results *results;
 *         nomen_queue_submit(queue, &text, 1, NULL, NOMEN_TEXTS_COPIED, &ticket, &err);
 *         nomen_ticket_wait(ticket, &results, &err);
 *         nomen_ticket_free(ticket);
 *     nomen_queue_free(queue);
 *
 * Memory: the texts that wait (max_bytes, and one call more), the results, and for each call that has begun, of which there
 * are at most max_tickets, 100 to 200 KB, however long its texts are.
 *
 * The order of service is that of fair queueing (Demers, Keshav and Shenker 1989) by subword tokens: calls that wait get
 * equal shares of the batches, and a short one that comes new does not wait for the windows of many long ones.
 */
#ifndef NOMEN_QUEUE_H
#define NOMEN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/tagger.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* A queue and its thread. Its functions may be called from any thread. */
typedef struct nomen_queue nomen_queue;

/* One call that was handed in. Belongs to who submitted it; one thread at a time. */
typedef struct nomen_ticket nomen_ticket;

/*
 * Is called on the queue's thread when a ticket is done, or was stopped; it should be quick, and not wait for the queue. That
 * can be before nomen_queue_submit returns: nomen_ticket_get_user tells which ticket it is. It may take the ticket's results and
 * free the ticket, unless other threads do. Who submitted it may have given it back by then: it is there until the function
 * returns.
 */
typedef void (*nomen_ticket_function)(void *user, nomen_ticket *ticket);

/* Settings of a queue; zero is the default of each. */
typedef struct nomen_queue_options {
    size_t size;                /* sizeof(nomen_queue_options) */
    int n_threads;              /* compute threads, at most 64; 0: as many as nomen_get_threads() */
    bool wait_when_full;        /* submitting to a full queue waits; otherwise it fails with NOMEN_ERROR_LIMIT */
    size_t token_budget;        /* most subword tokens of a batch; at least a window; 0: 1,024 */
    size_t max_bytes;           /* most bytes of text that wait or run at a time, one call more than that aside; 0: 64 MiB */
    size_t max_tickets;         /* most calls that wait or run; 0: 4,096 */
    nomen_ticket_function done; /* NULL: none */
    void *done_user;            /* passed to it */
} nomen_queue_options;

/*
 * Makes a queue, which holds a reference to the model, and starts its thread. `options` may be NULL. Fails with
 * NOMEN_ERROR_MEMORY, NOMEN_ERROR_ARGUMENT, and NOMEN_ERROR_LIMIT where the system refuses a thread.
 */
nomen_status nomen_queue_create(const nomen_model *model, const nomen_queue_options *options, nomen_queue **out,
                                nomen_error *err);

/*
 * Stops what waits and runs (tickets end with NOMEN_ERROR_INTERRUPTED, and stay valid until they are freed), waits for the
 * thread, and frees the queue. No other thread may be inside a function of the queue but nomen_ticket_wait. NULL is allowed.
 */
void nomen_queue_free(nomen_queue *queue);

/* Who keeps the texts, with their words, while a call waits and runs. */
typedef enum nomen_text_keeping {
    NOMEN_TEXTS_COPIED = 0,  /* the queue copies them */
    NOMEN_TEXTS_BORROWED = 1 /* the caller, until nomen_ticket_free returns */
} nomen_text_keeping;

/*
 * Hands in a call: what nomen_tag would do. The request may be NULL; it is copied, but for what its call points to, which is
 * borrowed until the ticket is freed. A timeout counts from here. The call's n_threads and log have no effect. On NOMEN_OK *out
 * is the caller's. Fails with NOMEN_ERROR_LIMIT where the queue is full, NOMEN_ERROR_UNSUPPORTED in a forked child of the
 * process that made the queue, and as nomen_tag does where that shows at once.
 */
nomen_status nomen_queue_submit(nomen_queue *queue, const nomen_text *texts, size_t n_texts, const nomen_request *request,
                                nomen_text_keeping keeping, nomen_ticket **out, nomen_error *err);

/* Whether waiting would return at once. */
bool nomen_ticket_is_done(const nomen_ticket *ticket);

/*
 * Waits until the call is done, was stopped, or its time is over. On NOMEN_OK *out is the caller's; a ticket gives its results
 * once, and is NOMEN_ERROR_ARGUMENT after that. Fails as nomen_tag does.
 */
nomen_status nomen_ticket_wait(nomen_ticket *ticket, nomen_results **out, nomen_error *err);

/* Stops a call: who waits for it returns at once with NOMEN_ERROR_INTERRUPTED. Does nothing where it is done. From any thread. */
void nomen_ticket_cancel(nomen_ticket *ticket);

/* Cancels a call that is not done, and gives the ticket back; where its texts are borrowed it waits until they are not used any
 * more, which is a batch at most. NULL is allowed. */
void nomen_ticket_free(nomen_ticket *ticket);

/* What a queue has done so far, and what it has to do. */
typedef struct nomen_queue_state {
    size_t size;      /* sizeof(nomen_queue_state), set by the caller */
    size_t n_tickets; /* that wait or run */
    size_t n_bytes;   /* of their texts */
    uint64_t n_done;  /* tickets, the stopped ones among them */
    uint64_t n_batches, n_tokens;
} nomen_queue_state;

/* Fills in *state. Fails with NOMEN_ERROR_UNSUPPORTED in a forked child, as nomen_queue_submit does. */
nomen_status nomen_queue_get_state(nomen_queue *queue, nomen_queue_state *state, nomen_error *err);

/* `user` of the request that it was submitted with. */
void *nomen_ticket_get_user(const nomen_ticket *ticket);

/* For a ticket that is done: how many batches ran between its submission and its end; 0 where the queue still has it. */
uint64_t nomen_ticket_n_batches(const nomen_ticket *ticket);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
