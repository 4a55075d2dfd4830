/* Addresses: what the endpoint may be, where a redirect may lead, and to whom a token is shown. */
#ifndef NOMEN_FETCH_URL_H
#define NOMEN_FETCH_URL_H

#include <stdbool.h>

#include "base/buffer.h"

/* The endpoint without slashes at its end, in a new block: http or https, a host, maybe a port and a path, and nothing else. */
nomen_status nomen_url_check_endpoint(const char *text, char **out, nomen_error *err);

/* Whether two addresses have the same scheme, host and port. */
bool nomen_url_is_same_origin(const char *a, const char *b);

/* Where a redirect from an address leads, in a new block: never from https to http, nor to another protocol. */
nomen_status nomen_url_follow(const char *from, const char *location, char **out, nomen_error *err);

/* Appends a text as one part of a path. */
nomen_status nomen_url_append_part(nomen_buffer *url, const char *text, nomen_error *err);

#endif
