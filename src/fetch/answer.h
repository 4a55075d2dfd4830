/* What a server says about a file before it sends it: the headers of an answer, and of the redirects that led to it. */
#ifndef NOMEN_FETCH_ANSWER_H
#define NOMEN_FETCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct nomen_hub_answer {
    long code; /* of the last answer */

    /* Of the first answer that has them, which is the hub's own; those of a storage host are of its copy. */
    char commit[64];
    char linked_etag[128];
    int64_t linked_size; /* -1: none */

    /* Of the last answer. */
    char etag[128];
    int64_t size;        /* Content-Length; -1: none */
    int64_t range_start; /* Content-Range; -1: none */
    int64_t wait;        /* seconds until requests are taken again (RateLimit); -1: none */
    bool encoded;        /* compressed on the way, so that sizes and ranges are not those of the file */
    char *location;      /* owned, or NULL */
    char error_code[64], error_text[200];
} nomen_hub_answer;

/* Nothing known yet; what it held is freed. */
void nomen_hub_answer_reset(nomen_hub_answer *answer);

/* Reads one line of headers. NOMEN_ERROR_MEMORY, and NOMEN_ERROR_LIMIT for an address that is too long. */
nomen_status nomen_hub_answer_add_line(nomen_hub_answer *answer, const char *line, size_t n_bytes, nomen_error *err);

/* The hash that names the file, without the marks of an ETag; empty where there is none. */
void nomen_hub_answer_get_hash(const nomen_hub_answer *answer, char out[128]);

/* The file's size, -1 where nobody says it. */
int64_t nomen_hub_answer_get_size(const nomen_hub_answer *answer);

/* Whether the same request may be answered later. */
bool nomen_hub_answer_is_passing(const nomen_hub_answer *answer);

/* The error that an answer other than 200 and 206 is: `what` was asked for, of the model `name` at `endpoint`. */
nomen_status nomen_hub_answer_refusal(const nomen_hub_answer *answer, const char *what, const char *name, const char *endpoint,
                                      nomen_error *err);

#endif
