/*
 * The bytes of a data file as UTF-8: byte-order marks, a strict check, and cp1252 where the check
 * fails. What is not text at all is refused here, before any reader sees it.
 */
#ifndef NOMEN_DATA_ENCODING_H
#define NOMEN_DATA_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/*
 * Gives `bytes` as valid UTF-8 without a byte-order mark and without NUL in *text, *n_text: a part of
 * `bytes` itself, or of `converted`, which the caller clears. `encoding` is one of nomen_data_options;
 * NULL means: a byte-order mark decides (UTF-8, UTF-16), else UTF-8 when all of it is valid, else
 * cp1252, with a warning. *used gets the name of the encoding (a constant).
 *
 * NOMEN_ERROR_FORMAT: empty, binary, or not what `encoding` promises (names the line); NOMEN_ERROR_ARGUMENT: an unknown
 * `encoding`; NOMEN_ERROR_UNSUPPORTED: UTF-32, an archive (data/unpack.h comes before), a file of another program.
 */
nomen_status nomen_data_decode(const char *bytes, size_t n_bytes, const char *name, const char *encoding, nomen_buffer *converted,
                               const char **text, size_t *n_text, const char **used, nomen_error *err);

/* The line, from 1, on which byte `at` stands; LF, CR LF and a single CR end a line. */
size_t nomen_data_line(const char *bytes, size_t at);

/* Whether nomen_data_decode would take UTF-8 text that begins with these bytes for something else, or drop some. */
bool nomen_data_needs_mark(const char *bytes, size_t n_bytes);

#endif
