/* Which path is answered by which handler. */
#ifndef NOMEN_SERVE_ROUTES_H
#define NOMEN_SERVE_ROUTES_H

#include "serve/exchange.h"

/*
 * A row of the table. `begin` reads the request. Where it fails, the answer is the one that it wrote, or that of its error
 * (nomen_answer_failure). Otherwise it has written an answer, or has asked for texts to be tagged (exchange->texts), or
 * `waits`: `finish` is called when that is done, and writes the answer; `line` instead, once for each text in their order,
 * where results are sent as lines. All run on the service's thread or, for large bodies, on one of its helpers: they touch
 * nothing but the exchange and what is said to be safe.
 */
struct nomen_route {
    const char *path;            /* "/tag"; "/models/" with a "*" at its end takes any name there */
    unsigned method;             /* one of NOMEN_METHOD_... */
    nomen_role role;             /* what a key must allow */
    bool takes_json, takes_text; /* bodies; neither: none */
    bool waits;                  /* `begin` has handed the work to someone who calls nomen_exchange_done */
    nomen_status (*begin)(nomen_exchange *exchange, nomen_error *err);
    nomen_status (*finish)(nomen_exchange *exchange, nomen_error *err);
    nomen_status (*line)(nomen_exchange *exchange, const nomen_results *results, size_t result, size_t text, nomen_buffer *out,
                         nomen_error *err);
    const char *series; /* what it is called in metrics and logs: the path without names */
};

/*
 * The row of a path and method. NULL: no such path, with *allowed 0, or none for this method, with the methods there are.
 * *name is what stands in place of the "*", or "".
 */
const nomen_route *nomen_route_find(const char *path, unsigned method, unsigned *allowed, const char **name);

/* The rows, for what lists them. */
const nomen_route *nomen_routes(size_t *n);

#endif
