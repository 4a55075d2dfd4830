/*
 * `nomen serve`: a model as an HTTP service. One thread reads and writes all connections (loop.c, with libmicrohttpd), each
 * model computes on a queue of its own (nomen/queue.h), large bodies are read and written by a helper, and models are loaded
 * by a thread of their own. What is shared here is set up before the first connection.
 */
#ifndef NOMEN_SERVE_SERVICE_H
#define NOMEN_SERVE_SERVICE_H

#include "serve/keys.h"
#include "serve/listen.h"
#include "serve/metrics.h"
#include "serve/models.h"
#include "serve/settings.h"

struct nomen_service {
    const nomen_settings *settings; /* borrowed */
    nomen_keys *keys;               /* NULL: none are set */
    nomen_listeners listeners;
    nomen_models *models;
    nomen_metrics *metrics;
    struct nomen_schedule *schedule; /* schedule.h */
    struct nomen_loop *loop;         /* loop.h */
    struct nomen_helper *helper;     /* helper.h */
    _Atomic bool stopping;
};

/*
 * Runs a service until SIGTERM or SIGINT: opens the sockets, loads the models, answers, and ends when what was accepted is
 * done. The caller is the only thread of the process.
 */
nomen_status nomen_service_run(const nomen_settings *settings, nomen_error *err);

/* What is now, for metrics. On the service's thread or a helper's. */
void nomen_service_gauges(nomen_service *service, nomen_gauges *out);

#endif
