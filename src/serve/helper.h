/* A thread that reads and writes large bodies, so that the service's own thread, which all connections wait for, need not. */
#ifndef NOMEN_SERVE_HELPER_H
#define NOMEN_SERVE_HELPER_H

#include "base/error.h"

typedef struct nomen_helper nomen_helper;

/* A piece of work; part of what it is for. `run` is called on the thread, once. */
typedef struct nomen_task {
    struct nomen_task *next;
    void (*run)(void *user);
    void *user;
} nomen_task;

nomen_status nomen_helper_create(nomen_helper **out, nomen_error *err);

/* Ends the thread when all its work is done. NULL is allowed. */
void nomen_helper_free(nomen_helper *helper);

/* Hands work in; *task stays the caller's and must last until `run` has returned. */
void nomen_helper_add(nomen_helper *helper, nomen_task *task);

#endif
