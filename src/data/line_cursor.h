/*
 * Where lines end: at LF, CR LF or a single CR. The places of the next LF and CR are kept, so that a
 * file that has only one kind is not searched again and again for the other.
 */
#ifndef NOMEN_DATA_LINE_CURSOR_H
#define NOMEN_DATA_LINE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Where `byte` stands first in bytes[at..n_bytes), n_bytes where it does not. For what is near: eight bytes at a time
 * without a call, and without a branch for each, which costs more than all else where words are cut.
 */
static inline size_t nomen_find_near(const char *bytes, size_t at, size_t n_bytes, char byte) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    for (uint64_t eight; n_bytes - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, bytes + at, sizeof eight);
        eight ^= ones * (unsigned char)byte;
        uint64_t zero = (eight - ones) & ~eight & highs; /* its lowest bit marks the first such byte */
        if (zero != 0) { return at + (size_t)__builtin_ctzll(zero) / 8; }
    }
#endif
    while (at < n_bytes && bytes[at] != byte) { at++; }
    return at;
}

/* Start with the bytes set and the rest zero; ends are asked for in rising order, except after nomen_line_cursor_back. */
typedef struct nomen_line_cursor {
    const char *bytes;
    size_t n_bytes;
    size_t lf_end, cr_end; /* just after the next LF and CR; n_bytes + 1 where there is none */
    size_t asked;          /* the place that was asked for last */
    size_t next, line;     /* where nomen_line_cursor_next goes on, and the number of the line that it gave last, from 1 */
} nomen_line_cursor;

static inline size_t nomen_line_cursor_find(const nomen_line_cursor *lines, size_t at, int byte) {
    size_t n = lines->n_bytes, stop = at < n && n - at > 32 ? at + 32 : n;
    size_t found = at < n ? nomen_find_near(lines->bytes, at, stop, (char)byte) : n;
    if (found == stop && stop < n) { /* not a line of two columns */
        const char *far = memchr(lines->bytes + stop, byte, n - stop);
        found = far == NULL ? n : (size_t)(far - lines->bytes);
    }
    return found + 1;
}

/* End of the line that holds byte `at`, what ends it included. */
static inline size_t nomen_line_cursor_end(nomen_line_cursor *lines, size_t at) {
    lines->asked = at;
    if (lines->lf_end <= at) { lines->lf_end = nomen_line_cursor_find(lines, at, '\n'); }
    if (lines->cr_end <= at) { lines->cr_end = nomen_line_cursor_find(lines, at, '\r'); }
    size_t end = lines->lf_end;
    if (lines->cr_end < end && lines->cr_end + 1 != end) { end = lines->cr_end; }
    return end <= lines->n_bytes ? end : lines->n_bytes;
}

static inline bool nomen_is_line_end(char byte) {
    return byte == '\n' || byte == '\r';
}

/* The next line, bytes [*start, *end) without what ends it; false at the end. The last line needs no line end. */
static inline bool nomen_line_cursor_next(nomen_line_cursor *lines, size_t *start, size_t *end) {
    if (lines->next >= lines->n_bytes) { return false; }
    *start = lines->next;
    *end = lines->next = nomen_line_cursor_end(lines, *start);
    while (*end > *start && nomen_is_line_end(lines->bytes[*end - 1])) { --*end; }
    lines->line++;
    return true;
}

/*
 * Goes back, so that ends may be asked for from `at` on. Only what lies between is searched: a file without a CR
 * would be searched to its end each time otherwise.
 */
static inline void nomen_line_cursor_back(nomen_line_cursor *lines, size_t at) {
    if (at >= lines->asked) { return; }
    const char *from = lines->bytes + at;
    const char *lf = memchr(from, '\n', lines->asked - at), *cr = memchr(from, '\r', lines->asked - at);
    if (lf != NULL) { lines->lf_end = (size_t)(lf - lines->bytes) + 1; }
    if (cr != NULL) { lines->cr_end = (size_t)(cr - lines->bytes) + 1; }
    lines->asked = at;
}

/*
 * How much of a file detection looks at. Less, and a file whose first text is long would be judged by half a record; more
 * only costs time, a second reading of so many bytes.
 */
enum { NOMEN_LOOK_BYTES = 1 << 20 };

static inline size_t nomen_looked_at(size_t n_bytes) {
    return n_bytes < NOMEN_LOOK_BYTES ? n_bytes : NOMEN_LOOK_BYTES;
}

/* White space inside a line, for every reader and for detection: they must agree on which lines are empty. */
static inline bool nomen_is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f';
}

#endif
