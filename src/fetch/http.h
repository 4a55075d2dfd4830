/* Requests to the hub that try again what may pass. `path` follows the endpoint. */
#ifndef NOMEN_FETCH_HTTP_H
#define NOMEN_FETCH_HTTP_H

#include "fetch/connection.h"

/*
 * The headers alone; where the first answer that names the file's hash is a redirect, it is not followed. An answer of any code
 * is NOMEN_OK: what is none of 200 and 206, or of a redirect, is the caller's to explain.
 */
nomen_status nomen_http_head(nomen_http *http, const char *path, nomen_hub_answer *answer, nomen_error *err);

/* The body too. An answer of another code than 200 and 206 has brought nothing to the sink. */
nomen_status nomen_http_get(nomen_http *http, const char *path, nomen_http_sink *sink, nomen_hub_answer *answer,
                            nomen_error *err);

#endif
