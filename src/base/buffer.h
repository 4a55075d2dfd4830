/* A growable byte string. Zero-initialise it; it is always NUL-terminated once something was added. */
#ifndef NOMEN_BASE_BUFFER_H
#define NOMEN_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct nomen_buffer {
    char *data;
    size_t size; /* bytes, without the NUL */
    size_t capacity;
} nomen_buffer;

nomen_status nomen_buffer_append(nomen_buffer *buffer, const void *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_buffer_append_text(nomen_buffer *buffer, const char *text, nomen_error *err);
nomen_status nomen_buffer_append_byte(nomen_buffer *buffer, char byte, nomen_error *err);
/* As printf(3); numbers have a decimal point whatever the locale. */
nomen_status nomen_buffer_printf(nomen_buffer *buffer, nomen_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends a whole number, as "%lld" does. */
nomen_status nomen_buffer_append_int(nomen_buffer *buffer, int64_t number, nomen_error *err);

/* Appends UTF-8 text as a JSON string with its quotes; ill-formed bytes become U+FFFD. */
nomen_status nomen_buffer_append_json(nomen_buffer *buffer, const char *text, size_t n_bytes, nomen_error *err);

/*
 * Appends a finite number in the shortest form that reads back as the same double (a NaN or an
 * infinity as null, as JSON has none).
 */
nomen_status nomen_buffer_append_number(nomen_buffer *buffer, double number, nomen_error *err);

/* The same, shortest for a float. */
nomen_status nomen_buffer_append_float(nomen_buffer *buffer, float number, nomen_error *err);

/* Empties it and keeps the memory. */
void nomen_buffer_reset(nomen_buffer *buffer);

/* Transfers the bytes to the caller (to be freed with nomen_mem_free) and leaves {0}. Never NULL after an append. */
char *nomen_buffer_release(nomen_buffer *buffer);

/*
 * The end of a public function that hands text to its caller: what was written (`status`) to `buffer` becomes a string of its
 * own, NUL-terminated, of *n_bytes bytes (may be NULL); `buffer` is cleared whatever happens.
 */
nomen_status nomen_buffer_string(nomen_status status, nomen_buffer *buffer, char **out, size_t *n_bytes, nomen_error *err);

/* Frees and leaves {0}. */
void nomen_buffer_clear(nomen_buffer *buffer);

#endif
