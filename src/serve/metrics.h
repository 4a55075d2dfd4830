/* Counters and histograms of a service, and their text for Prometheus. Safe from any thread. */
#ifndef NOMEN_SERVE_METRICS_H
#define NOMEN_SERVE_METRICS_H

#include <stddef.h>

#include "base/buffer.h"

typedef struct nomen_metrics nomen_metrics;

nomen_status nomen_metrics_create(nomen_metrics **out, nomen_error *err);
void nomen_metrics_free(nomen_metrics *metrics);

/* A request was answered. `series` is its route's, or "other". */
void nomen_metrics_request(nomen_metrics *metrics, const char *series, unsigned status, double seconds, double waited,
                           size_t n_texts, size_t text_bytes);

/* A request was lost: its client went away ("gone"), it was too slow ("slow"), it was refused ("overloaded"). */
void nomen_metrics_lost(nomen_metrics *metrics, const char *why);

/* What is now: set by the service before the text is written. */
typedef struct nomen_gauges {
    size_t connections, waiting_requests, waiting_bytes, running_requests;
} nomen_gauges;

struct nomen_models;

/* The text format, version 0.0.4. */
nomen_status nomen_metrics_write(nomen_metrics *metrics, const nomen_gauges *gauges, struct nomen_models *models,
                                 nomen_buffer *out, nomen_error *err);

#endif
