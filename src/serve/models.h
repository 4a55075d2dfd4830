/*
 * The models that the service answers with, by name; each with a queue of its own. A model is counted: what holds one may use
 * it although another has taken its place meanwhile.
 */
#ifndef NOMEN_SERVE_MODELS_H
#define NOMEN_SERVE_MODELS_H

#include "base/json_out.h"
#include "serve/served.h"

typedef struct nomen_models nomen_models;

/*
 * Loads the models of the settings ("NAME=DIR" or "DIR", whose last part is the name), the first of which is the default, and
 * starts the thread that loads others later. Fails with the first that can't be loaded. `done` is a queue's: it is called on a
 * queue's thread, with the nomen_served as its user, for each call that has ended and was submitted with a user.
 */
nomen_status nomen_models_create(const nomen_settings *settings, nomen_ticket_function done, nomen_models **out,
                                 nomen_error *err);

/* Stops the thread and frees all; nothing may hold a model any more. NULL is allowed. */
void nomen_models_free(nomen_models *models);

/* A hold on a model, from any thread. NULL or "" is the default model. NULL is returned where there is none of that name. */
nomen_served *nomen_models_find(nomen_models *models, const char *name);

/* What is asked of the loading thread. */
typedef enum nomen_model_change { NOMEN_MODEL_LOAD, NOMEN_MODEL_RELOAD, NOMEN_MODEL_UNLOAD } nomen_model_change;

/* The outcome of a change, for who asked for it. Belongs to the asker, who sets `done`, which is called on the loading thread. */
typedef struct nomen_model_order {
    nomen_model_change change;
    char name[128];  /* ""; with RELOAD: all of them */
    char *directory; /* with LOAD: below --models-dir; NULL: where the loaded one of that name is from, else the name there */
    bool int8_given, int8;
    void (*done)(void *user, struct nomen_model_order *order);
    void *user;
    unsigned http_status; /* 200, 404, 409 (the default model can't be unloaded), 422, 503 (no memory for both, or stopping) */
    nomen_error error;
    struct nomen_model_order *next; /* of models.c */
} nomen_model_order;

/*
 * Hands a change in. A model that takes the place of another is loaded beside it: where memory for both is not there, or
 * its loading fails, or a built-in sentence gets scores that are no numbers, the old one stays. From any thread; `done` may be
 * called before this returns.
 */
void nomen_models_change(nomen_models *models, nomen_model_order *order);

/* Whether a default model is there. */
bool nomen_models_are_ready(nomen_models *models);

/* All loaded ones, as members of a list, for /info and /admin/models; and calls `each` with each of them, under the lock. */
nomen_status nomen_models_write(nomen_models *models, nomen_json_out *json, nomen_error *err);
void nomen_models_each(nomen_models *models, void (*each)(void *user, nomen_served *served), void *user);

#endif
