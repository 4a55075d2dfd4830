/*
 * The answer to a request: a status, a body, and the few header fields that depend on it. The service itself adds those of
 * every answer (X-Request-Id, what a browser must not do with it).
 */
#ifndef NOMEN_SERVE_ANSWER_H
#define NOMEN_SERVE_ANSWER_H

#include <stdbool.h>

#include "base/buffer.h"

/* Media types of answers. */
#define NOMEN_TYPE_JSON "application/json"
#define NOMEN_TYPE_LINES "application/x-ndjson"
#define NOMEN_TYPE_HTML "text/html; charset=utf-8"
#define NOMEN_TYPE_TEXT "text/plain; charset=utf-8"

/* Start from {0}. */
typedef struct nomen_answer {
    unsigned status;  /* of HTTP; 0: there is no answer yet */
    const char *type; /* Content-Type; lasts as long as the program, as `bytes` and `allow` do */
    nomen_buffer body;
    const void *bytes; /* instead of `body`, where not NULL: n_bytes of them */
    size_t n_bytes;
    const char *allow;    /* Allow, with 405 */
    unsigned retry_after; /* seconds of Retry-After; 0: none */
    const char *policy;   /* Content-Security-Policy; NULL: that of data, which shows and loads nothing */
    const char *etag;     /* ETag, with its quotes; lasts as long as the program; NULL: none */
    bool close;           /* the connection ends after it */
} nomen_answer;

/*
 * An error: {"error": message, "error_type": what the status is called}. Takes the place of an answer that is there. Where
 * memory is out, the body is a fixed text that says so.
 */
void nomen_answer_error(nomen_answer *answer, unsigned status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * The error of a call of the library: what the client can mend is 422, a text that is longer than the model takes or allows is
 * 413, what passes (no memory, a stopped call) is 503, the rest 500. `err` has the message.
 */
void nomen_answer_failure(nomen_answer *answer, nomen_status status, const nomen_error *err);

/* The "error_type" of a status: "bad_request", "overloaded"...; and its reason phrase. Borrowed, never NULL. */
const char *nomen_answer_kind(unsigned status);
const char *nomen_answer_reason(unsigned status);

/* Frees what it holds and leaves {0}. */
void nomen_answer_clear(nomen_answer *answer);

#endif
