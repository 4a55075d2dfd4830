/*
 * Who comes next: requests that wait for a model, in lines. A model's queue is given enough work for a few batches; the rest
 * waits here, where its client counts: clients take turns by bytes (deficit round robin, Shreedhar and Varghese 1996), so that
 * one with a thousand requests does not keep one with a single request waiting. Short texts and long ones have lines of their
 * own: the queue itself sees to it that a short text does not wait for a long one's windows.
 *
 * All of it is for one thread, the service's.
 */
#ifndef NOMEN_SERVE_WAITING_H
#define NOMEN_SERVE_WAITING_H

#include "serve/exchange.h"
#include "serve/models.h"

typedef struct nomen_waiting nomen_waiting;

/* A client's name in the lines: its key's name or its address. */
#define NOMEN_CLIENT_SIZE 96

/* A request in a line; part of what waits. Start from {0}. */
typedef struct nomen_place {
    struct nomen_place *next;
    struct nomen_line *line;     /* NULL: in none, or it runs */
    struct nomen_client *client; /* whose turn it waits for; NULL: it does not wait */
    nomen_exchange *exchange;    /* whose it is */
    size_t cost;                 /* bytes of text */
    bool runs;
} nomen_place;

nomen_status nomen_waiting_create(nomen_waiting **out, nomen_error *err);
void nomen_waiting_free(nomen_waiting *waiting);

/* The seconds that a request of this client would wait before its tagging begins, as far as one can tell. */
double nomen_waiting_expect(nomen_waiting *waiting, nomen_served *served, const char *client, size_t cost);

/* Puts a request into its line. */
nomen_status nomen_waiting_add(nomen_waiting *waiting, nomen_served *served, const char *client, size_t cost,
                               nomen_exchange *exchange, nomen_place *place, nomen_error *err);

/* The next one that may run now, which is out of its line and counts as running; NULL: none, or enough runs. */
nomen_place *nomen_waiting_next(nomen_waiting *waiting);

/* It does not wait or run any more. `done`: its texts were tagged. Harmless for one that does neither. */
void nomen_waiting_leave(nomen_waiting *waiting, nomen_place *place, bool done);

/* Looks how fast models are, and lets those go that nothing waits for: to be called every now and then. `now` is in seconds of
 * the monotonic clock. */
void nomen_waiting_measure(nomen_waiting *waiting, double now);

/* How much waits and runs. */
void nomen_waiting_count(const nomen_waiting *waiting, size_t *n_waiting, size_t *waiting_bytes, size_t *n_running);

#endif
