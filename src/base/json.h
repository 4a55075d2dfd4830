/*
 * Reading JSON files with jansson, with errors that name file, line and key. json_t references are
 * owned as jansson says.
 */
#ifndef NOMEN_BASE_JSON_H
#define NOMEN_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/*
 * Parses `n_bytes` of JSON; `name` is its name in error messages. *out is a new reference. A whole
 * number too large for 64 bits is read as a real.
 */
nomen_status nomen_json_parse(const char *bytes, size_t n_bytes, const char *name, json_t **out, nomen_error *err);

/*
 * The same for a text of one line: `where`, its file and line, stands before the message with the column alone. A string
 * may hold U+0000, so take its length from json_string_length.
 */
nomen_status nomen_json_parse_line(const char *bytes, size_t n_bytes, const char *where, json_t **out, nomen_error *err);

/* What is wrong with a JSON text: where, from 1 at its beginning, and in jansson's words. */
typedef struct nomen_json_problem {
    size_t line, column;
    char text[JSON_ERROR_TEXT_LENGTH];
} nomen_json_problem;

/*
 * Parses the value at the beginning of `bytes`, whatever stands after it; *n_used is its length. A string may hold
 * U+0000, so take its length from json_string_length. NOMEN_ERROR_FORMAT leaves *err to the caller, who knows
 * the file's name, and describes itself in *problem.
 */
nomen_status nomen_json_parse_first(const char *bytes, size_t n_bytes, json_t **out, size_t *n_used, nomen_json_problem *problem,
                                    nomen_error *err);

/* Reads a file. */
nomen_status nomen_json_read(const char *path, json_t **out, nomen_error *err);

/*
 * Typed access to a key of an object: leaves *out alone where the key is absent or null; a value of
 * another type is NOMEN_ERROR_FORMAT, naming `name` and the key.
 */
nomen_status nomen_json_get_bool(const json_t *object, const char *key, const char *name, bool *out, nomen_error *err);
nomen_status nomen_json_get_size(const json_t *object, const char *key, const char *name, size_t *out, nomen_error *err);
nomen_status nomen_json_get_number(const json_t *object, const char *key, const char *name, double *out, nomen_error *err);
nomen_status nomen_json_get_text(const json_t *object, const char *key, const char *name, const char **out, nomen_error *err);

/* A text as a new string reference, ill-formed bytes as U+FFFD (a file's name may hold any); null for NULL, and
 * NULL where memory is out. */
json_t *nomen_json_text(const char *text);

/* Appends a value as text, keys in the order they were added, numbers with 15 digits; indented by two, or on one line. */
nomen_status nomen_json_append(const json_t *value, bool indented, nomen_buffer *out, nomen_error *err);

/* SHA-256 of that text on one line, as nomen_sha256_finish has it. */
nomen_status nomen_json_sum(const json_t *value, char out[65], nomen_error *err);

/* Writes a value, indented by two, keys in the order they were added, numbers with
 * 15 digits, atomically. */
nomen_status nomen_json_write(const char *path, const json_t *value, nomen_error *err);

#endif
