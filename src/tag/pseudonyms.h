/*
 * Pseudonyms: NAME_1, NAME_2... for the entities of a type, and the way back. A name is a type's in capitals.
 *
 * In a text with pseudonyms each of them is found again, and nothing else is mistaken for one: from left to right, a
 * name (the longest that stands there), "_" and all digits that follow. For this to hold, what looks like a pseudonym
 * in the original gets one itself; and where a neighbour could be read as a part of one (a capital letter, a digit, "_",
 * or the mark itself), the mark "~" parts them, which the way back drops.
 */
#ifndef NOMEN_TAG_PSEUDONYMS_H
#define NOMEN_TAG_PSEUDONYMS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/intern.h"

#define NOMEN_PSEUDONYM_MARK '~'

/* Names of types, sorted by length, the longest first. Start from {0}. */
typedef struct nomen_pseudonym_names {
    char **items;
    size_t n;
    size_t capacity;
    bool starts[256]; /* whether a name begins with that byte */
    bool wide;        /* a name has more than ASCII */
} nomen_pseudonym_names;

/* Appends a type's name in capitals: letters of ASCII, digits and what is above ASCII; the rest becomes "_". */
nomen_status nomen_pseudonym_append_name(nomen_buffer *out, const char *type, nomen_error *err);

/* Adds a name, unless it is there. */
nomen_status nomen_pseudonym_names_add(nomen_pseudonym_names *names, const char *name, nomen_error *err);

/* Bytes of the pseudonym at the beginning of a text, or 0. */
size_t nomen_pseudonym_length(const nomen_pseudonym_names *names, const char *text, size_t n_bytes);

/* Whether a byte beside a pseudonym has to be separated from it. */
bool nomen_pseudonym_joins(const nomen_pseudonym_names *names, char byte);

void nomen_pseudonym_names_clear(nomen_pseudonym_names *names);

/* What was given which pseudonym. Start from {0}. */
typedef struct nomen_pseudonyms {
    nomen_pseudonym_names names;
    nomen_interner originals; /* by "NAME_" and the bytes, written without NULs */
    nomen_buffer *keys;       /* of each original: its pseudonym */
    size_t n_keys, key_capacity;
    nomen_interner counted; /* names, */
    size_t *counts;         /* and how many pseudonyms each has */
    size_t count_capacity;
    nomen_buffer scratch;
} nomen_pseudonyms;

/* The pseudonym of a text under a name; the same for the same bytes. Borrowed until the next call. */
nomen_status nomen_pseudonyms_get(nomen_pseudonyms *pseudonyms, const char *name, const char *text, size_t n_bytes,
                                  const char **out, nomen_error *err);

/* Appends the way back as JSON: {"format": "nomen pseudonyms", "version": 1, "names": [...], "originals": {"PER_1": "Jane"}};
 * an original that is no UTF-8 is {"hex": "..."}. */
nomen_status nomen_pseudonyms_append(const nomen_pseudonyms *pseudonyms, nomen_buffer *out, nomen_error *err);

void nomen_pseudonyms_clear(nomen_pseudonyms *pseudonyms);

#endif
