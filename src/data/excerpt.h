/* Foreign bytes in a message: cut short, on one line, with what can't be seen written out. */
#ifndef NOMEN_DATA_EXCERPT_H
#define NOMEN_DATA_EXCERPT_H

#include <stddef.h>

/* Room for an excerpt: 40 bytes of text at most, each of which may become "\xNN", dots and a NUL. */
#define NOMEN_EXCERPT_SIZE 168

/*
 * Writes the beginning of `bytes` (UTF-8) into `out` and returns it: control characters as \n, \t or
 * \xNN, "..." where it was cut, which never happens inside a character.
 */
const char *nomen_excerpt(char out[NOMEN_EXCERPT_SIZE], const char *bytes, size_t n_bytes);

#endif
