/*
 * Writing JSON as a stream, on one line: objects, lists, keys and values in the order of the calls, commas where they belong.
 * The calls return nothing: the first failure is kept in `status`, which the caller checks once, at the end.
 */
#ifndef NOMEN_BASE_JSON_OUT_H
#define NOMEN_BASE_JSON_OUT_H

#include "base/json.h"

typedef struct nomen_json_out {
    nomen_buffer *out; /* borrowed, as is `err` */
    nomen_error *err;
    nomen_status status; /* the first failure */
    bool comma;          /* the next value follows another */
} nomen_json_out;

static inline nomen_json_out nomen_json_start(nomen_buffer *out, nomen_error *err) {
    return (nomen_json_out){.out = out, .err = err, .status = NOMEN_OK};
}

/* Everything takes the key of the value; NULL: it is in a list, or the outermost. */
void nomen_json_begin_object(nomen_json_out *json, const char *key);
void nomen_json_end_object(nomen_json_out *json);
void nomen_json_begin_list(nomen_json_out *json, const char *key);
void nomen_json_end_list(nomen_json_out *json);

/* A string of UTF-8, as nomen_buffer_append_json; NULL is null. */
void nomen_json_add_text(nomen_json_out *json, const char *key, const char *text);
void nomen_json_add_bytes(nomen_json_out *json, const char *key, const char *text, size_t n_bytes);

void nomen_json_add_int(nomen_json_out *json, const char *key, int64_t number);
static inline void nomen_json_add_size(nomen_json_out *json, const char *key, size_t number) {
    nomen_json_add_int(json, key, (int64_t)number);
}
/* A list of two. */
void nomen_json_add_pair(nomen_json_out *json, const char *key, size_t first, size_t second);
/* In the shortest form that reads back as the same; a NaN or an infinity is null. */
void nomen_json_add_number(nomen_json_out *json, const char *key, double number);
void nomen_json_add_float(nomen_json_out *json, const char *key, float number);
void nomen_json_add_rounded(nomen_json_out *json, const char *key, double number, int n_decimals);
void nomen_json_add_bool(nomen_json_out *json, const char *key, bool value);
void nomen_json_add_null(nomen_json_out *json, const char *key);

/* A value that is JSON already: as text, or of jansson, whose reference is taken over (NULL: memory is out). */
void nomen_json_add_raw(nomen_json_out *json, const char *key, const char *text, size_t n_bytes);
void nomen_json_add_value(nomen_json_out *json, const char *key, json_t *value);

/* Ends the line after the outermost value. */
nomen_status nomen_json_end_line(nomen_json_out *json);

#endif
