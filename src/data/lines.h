/*
 * Where lines end: at LF, CR LF or a lone CR. The places of the next LF and CR are kept, so that a
 * file that has only one kind is not searched again and again for the other.
 */
#ifndef NOMEN_DATA_LINES_H
#define NOMEN_DATA_LINES_H

#include <stddef.h>
#include <string.h>

/* Start with the bytes set and the rest zero; ends are asked for in rising order. */
typedef struct nomen_lines {
    const char *bytes;
    size_t n_bytes;
    size_t lf_end, cr_end; /* just behind the next LF and CR; n_bytes + 1 where there is none */
} nomen_lines;

static inline size_t nomen_lines_find(const nomen_lines *lines, size_t at, int byte) {
    const char *found = at < lines->n_bytes ? memchr(lines->bytes + at, byte, lines->n_bytes - at) : NULL;
    return found == NULL ? lines->n_bytes + 1 : (size_t)(found - lines->bytes) + 1;
}

/* End of the line that holds byte `at`, what ends it included. */
static inline size_t nomen_lines_end(nomen_lines *lines, size_t at) {
    if (lines->lf_end <= at) { lines->lf_end = nomen_lines_find(lines, at, '\n'); }
    if (lines->cr_end <= at) { lines->cr_end = nomen_lines_find(lines, at, '\r'); }
    size_t end = lines->lf_end;
    if (lines->cr_end < end && lines->cr_end + 1 != end) { end = lines->cr_end; }
    return end <= lines->n_bytes ? end : lines->n_bytes;
}

static inline int nomen_lines_is_end(char byte) {
    return byte == '\n' || byte == '\r';
}

#endif
