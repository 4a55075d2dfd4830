/* The service's log on standard error: a line a request and a line an event, as text or as JSON. Never a key, nor a text unless
 * that was asked for. Any thread may log. */
#ifndef NOMEN_SERVE_ACCESS_LOG_H
#define NOMEN_SERVE_ACCESS_LOG_H

#include <stddef.h>

#include "serve/settings.h"

/* One request that was answered. */
typedef struct nomen_access {
    const char *id, *client, *method, *path, *key; /* `client` its address, `key` the name of its key or "" */
    unsigned status;
    size_t n_texts, bytes_in, bytes_out;
    double seconds, waited; /* in all, and before its tagging began */
    const char *model;      /* "" for none */
    const char *text;       /* the body, where texts are logged; NULL: none */
    size_t n_text;
} nomen_access;

void nomen_access_log(const nomen_serve_settings *settings, const nomen_access *access);

/* An event: "listening on ...", "model ... loaded". `level` is "info", "warning" or "error". */
void nomen_event_log(const nomen_serve_settings *settings, const char *level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
