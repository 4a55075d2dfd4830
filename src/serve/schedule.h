/*
 * Who comes next: requests that wait for a model, in lines. A model's queue is given enough work for a few batches; the rest
 * waits here, where its client counts: clients take turns by bytes (deficit round robin, Shreedhar and Varghese 1996), so that
 * one with a thousand requests does not keep one with a single request waiting. Short texts and long ones have lines of their
 * own: the queue itself sees to it that a short text does not wait for a long one's windows.
 *
 * All of it is for one thread, the service's.
 */
#ifndef NOMEN_SERVE_SCHEDULE_H
#define NOMEN_SERVE_SCHEDULE_H

#include "serve/exchange.h"
#include "serve/models.h"

typedef struct nomen_schedule nomen_schedule;

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

nomen_status nomen_schedule_create(nomen_schedule **out, nomen_error *err);
void nomen_schedule_free(nomen_schedule *schedule);

/* The seconds that a request of this client would wait before its tagging begins, as far as one can tell. */
double nomen_schedule_expect(nomen_schedule *schedule, nomen_served *served, const char *client, size_t cost);

/* Puts a request into its line. */
nomen_status nomen_schedule_add(nomen_schedule *schedule, nomen_served *served, const char *client, size_t cost,
                                nomen_exchange *exchange, nomen_place *place, nomen_error *err);

/* The next one that may run now, which is out of its line and counts as running; NULL: none, or enough runs. */
nomen_place *nomen_schedule_next(nomen_schedule *schedule);

/* It does not wait or run any more. `done`: its texts were tagged. Harmless for one that does neither. */
void nomen_schedule_leave(nomen_schedule *schedule, nomen_place *place, bool done);

/* Looks how fast models are, and lets those go that nothing waits for: to be called every now and then. `now` in seconds of the monotonic clock. */
void nomen_schedule_measure(nomen_schedule *schedule, double now);

/* How much waits and runs. */
void nomen_schedule_count(const nomen_schedule *schedule, size_t *n_waiting, size_t *waiting_bytes, size_t *n_running);

#endif
