/*
 * UTF-8, one scalar value at a time. Ill-formed bytes are read as U+FFFD, one for each maximal
 * subpart (Unicode 15.0, section 3.9), as Python's errors="replace" does.
 */
#ifndef NOMEN_BASE_UTF8_H
#define NOMEN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOMEN_UTF8_REPLACEMENT 0xFFFDu

/* Reads the scalar value at the start of `n_bytes` (at least 1) bytes; returns how many it takes, 1 to 4. */
size_t nomen_utf8_decode(const char *text, size_t n_bytes, uint32_t *scalar);

/* Writes a scalar value; returns how many bytes it takes, 1 to 4. */
size_t nomen_utf8_encode(uint32_t scalar, char out[4]);

/* How many scalar values a text is read as. */
size_t nomen_utf8_count(const char *text, size_t n_bytes);

/* Bytes of the well-formed sequence at the start of `n_bytes` (at least 1) bytes; 0 where it is ill-formed. */
size_t nomen_utf8_length(const char *text, size_t n_bytes);

/* Bytes before the first ill-formed one, n_bytes where there is none. Adds the characters of two bytes and more to *n_wide. */
size_t nomen_utf8_valid_prefix(const char *text, size_t n_bytes, size_t *n_wide);

/* Whether all bytes are well formed. */
bool nomen_utf8_is_valid(const char *text, size_t n_bytes);

#endif
