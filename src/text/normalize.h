/*
 * BertNormalizer: clean text, set CJK ideographs apart, strip accents, lower-case, in this order,
 * each character of the result keeping the bytes of the original text it came from.
 */
#ifndef NOMEN_TEXT_NORMALIZE_H
#define NOMEN_TEXT_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct nomen_normalizer {
    bool clean_text;
    bool handle_chinese_chars;
    bool strip_accents;
    bool lowercase;
} nomen_normalizer;

/* A character of the normalised text, and the bytes [start, end) it came from. */
typedef struct nomen_normal_char {
    uint32_t scalar;
    size_t start, end;
} nomen_normal_char;

/* A decomposed character that waits for its place in canonical order. */
typedef struct nomen_waiting_char {
    uint32_t scalar;
    uint8_t combining_class;
    bool first; /* of the decomposition of one character */
} nomen_waiting_char;

/* Where a character stood before decomposition. */
typedef struct nomen_waiting_place {
    size_t start, end;
} nomen_waiting_place;

/* The result of normalising, with its work memory. Start from {0}; fill it again as often as needed. */
typedef struct nomen_normal_text {
    nomen_normal_char *chars;
    size_t n_chars, capacity;

    /* A run of non-starters that is not sorted yet, and where its characters come from. */
    nomen_waiting_char *run;
    size_t n_run, run_capacity;
    nomen_waiting_char *spare; /* as long as run, for sorting */
    size_t spare_capacity;
    nomen_waiting_place *places;
    size_t n_places, places_capacity;
    nomen_waiting_place last_place; /* of the last place used up */
} nomen_normal_text;

/*
 * Appends the normal form of text[start, end) to `out`; char offsets are bytes of `text`. The
 * range is normalised by itself: marks are not put in order across its boundaries.
 */
nomen_status nomen_normalize(const nomen_normalizer *normalizer, const char *text, size_t start, size_t end,
                             nomen_normal_text *out, nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_normal_text_clear(nomen_normal_text *text);

#endif
