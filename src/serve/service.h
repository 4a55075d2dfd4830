/*
 * `nomen serve`: a model as an HTTP service. One thread reads and writes all connections (run.c, with libmicrohttpd), each
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
#include "serve/waiting.h"

struct nomen_service {
    const nomen_serve_settings *settings; /* borrowed */
    nomen_keys *keys;                     /* NULL: none are set */
    nomen_listeners listeners;
    nomen_models *models;
    nomen_metrics *metrics;
    nomen_waiting *waiting;
    struct nomen_helper *helper; /* helper.h */
    size_t max_connections;      /* of the settings, or what the system allows */
    atomic_size_t n_connections;
    _Atomic bool stopping;
};

/* What is now, for metrics. On the service's thread or a helper's. */
void nomen_service_gauges(nomen_service *service, nomen_gauges *out);

#endif
