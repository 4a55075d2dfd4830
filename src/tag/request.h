/* A caller's request: complete, and kept from one call to the next. */
#ifndef NOMEN_TAG_REQUEST_H
#define NOMEN_TAG_REQUEST_H

#include <stdbool.h>

#include "nomen/tagger.h"

/* A request with copies of its strings, so that the next one can be compared with it. Start from {0}. */
typedef struct nomen_kept_request {
    nomen_request request; /* complete, without its call */
    char *strings[3];
} nomen_kept_request;

/* The caller's request, which may be NULL or of another version, as one of this version. Its strings stay the caller's. */
nomen_status nomen_request_take(const nomen_request *given, nomen_request *out, nomen_error *err);

/* Whether a request asks for what the kept one did, its call and the unit of offsets aside. */
bool nomen_request_is_kept(const nomen_kept_request *kept, const nomen_request *request);

/* Keeps a request in place of the one before. */
nomen_status nomen_request_keep(nomen_kept_request *kept, const nomen_request *request, nomen_error *err);
void nomen_kept_request_clear(nomen_kept_request *kept);

#endif
