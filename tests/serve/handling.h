/* Handlers without connections: a service of a tiny model, and requests that are run to their answer. */
#ifndef TESTS_SERVE_HANDLING_H
#define TESTS_SERVE_HANDLING_H

#include "serve/routes.h"
#include "serve/service.h"

/* The service's directory (its models are "tiny" and "other" in it), settings and parts. */
extern char handling_root[64];
extern nomen_settings handling_settings;
extern nomen_service handling_service;

int handling_start(void **state);
int handling_end(void **state);

/* A request with a body of JSON, as `begin` gets it; nothing has run. */
nomen_exchange *handling_make(unsigned method, const char *path, const char *body);

/* Runs it to its answer: begin, tagging, finish. Where `streams`, the answer's body is the lines. */
void handling_run(nomen_exchange *exchange);

/* Both. */
nomen_exchange *handling_ask(unsigned method, const char *path, const char *body);

/* The answer as text, NUL-terminated. */
const char *handling_text(const nomen_exchange *exchange);

void handling_free(nomen_exchange *exchange);

#endif
