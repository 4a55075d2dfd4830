/* One loaded model with its queue, and how it comes to be. */
#ifndef NOMEN_SERVE_SERVED_H
#define NOMEN_SERVE_SERVED_H

#include <stdatomic.h>
#include <stdint.h>

#include "nomen/queue.h"
#include "serve/exchange.h"
#include "serve/settings.h"

/* One loaded model. Its members do not change. */
struct nomen_served {
    atomic_int n_holds;
    char *name, *directory;
    nomen_model *model;
    nomen_queue *queue;
    bool int8;               /* was asked for */
    bool is_confined;        /* its directory must lie under --models-dir */
    double bytes_per_second; /* of text, as its first sentences were tagged: what waiting is judged by at the beginning */
    double load_seconds;
    int64_t loaded_at; /* Unix time */
};

/* What to load. */
typedef struct nomen_served_plan {
    const char *name, *directory;
    bool int8;
    bool is_confined; /* the directory, with links followed, must lie under --models-dir */
} nomen_served_plan;

/* NOMEN_ERROR_DATA for a name that no model can have: [A-Za-z0-9][A-Za-z0-9._-]*, also with one "/", up to 96 characters. */
nomen_status nomen_served_check_name(const char *name, nomen_error *err);

/*
 * Loads a model: looks whether memory is there (`checks_memory`), makes its queue, and has it tag a text, whose scores must be
 * numbers. On NOMEN_OK *out has one hold. `done` is as in models.h. On failure *http_status says what a client is told: 404 for
 * no such directory, 503 for what may pass, 422 for the rest.
 */
nomen_status nomen_served_load(const nomen_settings *settings, const nomen_served_plan *plan, bool checks_memory,
                               nomen_ticket_function done, const nomen_cancel *cancel, nomen_served **out, unsigned *http_status,
                               nomen_error *err);

/* Gives a hold back; the last ends the queue, so not on a queue's thread. NULL is allowed. */
void nomen_served_drop(nomen_served *served);

#endif
