/*
 * Bodies of requests that are JSON: one object, read strictly. A body that is no JSON is 400, a key or a value that is not
 * expected 422, with a message that names the key, what was found and what was expected.
 */
#ifndef NOMEN_SERVE_BODY_H
#define NOMEN_SERVE_BODY_H

#include "base/json.h"
#include "serve/exchange.h"

/* Writes an error as the answer and returns a status that is none of NOMEN_OK, for `begin` and `finish` to hand on. */
nomen_status nomen_refuse(nomen_exchange *exchange, nomen_error *err, unsigned http_status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * The body, which must be well-formed UTF-8 (a byte order mark at its beginning is no part of it). On NOMEN_OK exchange->json is
 * an object. Refused are: bytes that are not UTF-8, anything that is not JSON, a key that is there twice (400); a value that
 * is nested deeper than the settings allow (400), more values than memory is meant for (413), another value than an object (422).
 */
nomen_status nomen_body_parse(nomen_exchange *exchange, nomen_error *err);

/* The body as one text: *out points into exchange->body. Refuses bytes that are not UTF-8 (400). */
nomen_status nomen_body_text(nomen_exchange *exchange, const char **out, size_t *n_bytes, nomen_error *err);

/* NOMEN_ERROR_DATA where an object has keys that are not among `known` (ends in NULL); `inside` is " in \"x\"", or "". */
nomen_status nomen_body_check_keys(const json_t *object, const char *const *known, const char *inside, nomen_error *err);

/*
 * Typed members: where the key is absent or null, *out stays as it is; a value of another type is NOMEN_ERROR_DATA. A text is
 * borrowed from the object and has no NUL. A size is a whole number of 0 or more.
 */
nomen_status nomen_body_get_text(const json_t *object, const char *key, const char **out, nomen_error *err);
nomen_status nomen_body_get_bool(const json_t *object, const char *key, bool *out, nomen_error *err);
nomen_status nomen_body_get_size(const json_t *object, const char *key, size_t *out, nomen_error *err);
nomen_status nomen_body_get_number(const json_t *object, const char *key, double *out, nomen_error *err);

/* Whether a value is a whole number, be it written 2 or 2.0: JSON knows no difference. */
bool nomen_body_whole(const json_t *value, int64_t *out);

/* A list of names as "a,b", the form of nomen_request, appended to *out. A name that is empty or has a comma is refused. */
nomen_status nomen_body_get_names(const json_t *object, const char *key, nomen_buffer *out, nomen_error *err);

/* "an object", "a list", "a string"...: what a value is called in messages. */
const char *nomen_body_type(const json_t *value);

/* NOMEN_ERROR_DATA: the value at a key is not what was expected. */
nomen_status nomen_body_wrong(const json_t *value, const char *key, const char *expected, nomen_error *err);

#endif
