/*
 * The models that the service answers with, by name; each with a queue of its own. A model is counted: what holds one may use
 * it although another has taken its place meanwhile.
 */
#ifndef NOMEN_SERVE_MODELS_H
#define NOMEN_SERVE_MODELS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/json_out.h"
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
    double bytes_per_second; /* of text, as its first sentences were tagged: what waiting is judged by at the beginning */
    double load_seconds;
    int64_t loaded_at; /* Unix time */
};

typedef struct nomen_models nomen_models;

/*
 * Loads the models of the settings, each as nomen_models_load does, and starts the thread that loads others later. Fails with
 * the first that can't be loaded. `done` is a queue's: it is called on a queue's thread for each call that has ended.
 */
nomen_status nomen_models_create(const nomen_settings *settings, nomen_ticket_function done, nomen_models **out,
                                 nomen_error *err);

/* Stops the thread and frees all; nothing may hold a model any more. NULL is allowed. */
void nomen_models_free(nomen_models *models);

/* A hold on a model, from any thread. NULL or "" is the default model. NULL is returned where there is none of that name. */
nomen_served *nomen_models_find(nomen_models *models, const char *name);

/* Gives a hold back; the last ends the queue, so not on a queue's thread. NULL is allowed. */
void nomen_served_drop(nomen_served *served);

/* What is asked of the loading thread. */
typedef enum nomen_model_change { NOMEN_MODEL_LOAD, NOMEN_MODEL_RELOAD, NOMEN_MODEL_UNLOAD } nomen_model_change;

/* The outcome of a change, for who asked for it. Belongs to the asker, who sets `done`, which is called on the loading thread. */
typedef struct nomen_model_order {
    nomen_model_change change;
    char name[128];  /* ""; with RELOAD: all of them */
    char *directory; /* with LOAD: where it is; NULL: of that name under --models-dir */
    bool int8_given, int8;
    void (*done)(void *user, struct nomen_model_order *order);
    void *user;
    unsigned http_status; /* 200, 404, 409 (the last model can't be unloaded), 422, 503 (no memory for both) */
    nomen_error error;
    struct nomen_model_order *next; /* of models.c */
} nomen_model_order;

/*
 * Hands a change in. A model that takes the place of another is loaded beside it: where memory for both is not there, or
 * its loading fails, or a built-in sentence gets scores that are no numbers, the old one stays. From any thread.
 */
void nomen_models_change(nomen_models *models, nomen_model_order *order);

/* Whether a default model is there. */
bool nomen_models_are_ready(nomen_models *models);

/* All loaded ones, as members of a list, for /info and /admin/models; and calls `each` with each of them, under the lock. */
nomen_status nomen_models_write(nomen_models *models, nomen_json_out *json, nomen_error *err);
void nomen_models_each(nomen_models *models, void (*each)(void *user, nomen_served *served), void *user);

#endif
