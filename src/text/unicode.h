/*
 * What a scalar value is and becomes, in the eyes of Hugging Face's tokenizers, whose tables mix
 * several versions of Unicode. The values come from scripts/generate_unicode_tables.py.
 */
#ifndef NOMEN_TEXT_UNICODE_H
#define NOMEN_TEXT_UNICODE_H

#include <stddef.h>
#include <stdint.h>

#include "text/unicode_tables.h"

/* The generator writes these bits; both lists stand in this order. */
enum {
    NOMEN_UNICODE_SPACE = 1,       /* white space, as the pre-tokenizer and the added tokens see it */
    NOMEN_UNICODE_PUNCTUATION = 2, /* a word of its own */
    NOMEN_UNICODE_REMOVED = 4,     /* dropped by clean_text */
    NOMEN_UNICODE_MARK = 8,        /* dropped by strip_accents, after decomposition */
    NOMEN_UNICODE_IDEOGRAPH = 16,  /* set apart by handle_chinese_chars */
    NOMEN_UNICODE_WORD = 32,       /* regex \w, for single_word of added tokens */
    NOMEN_UNICODE_DECOMPOSES = 64, /* has a canonical decomposition */
    NOMEN_UNICODE_LOWERS = 128     /* has a lower-case mapping */
};

/* A few scalar values that stand for another; `values` points into a table. */
typedef struct nomen_unicode_mapping {
    const uint32_t *values;
    size_t n;
} nomen_unicode_mapping;

/* `scalar` must be below 0x110000 in all of them. */
static inline const nomen_unicode_property *nomen_unicode_get(uint32_t scalar) {
    size_t place = (size_t)nomen_unicode_property_block[scalar >> 7] << 7 | (scalar & 127);
    return &nomen_unicode_properties[nomen_unicode_property_kind[place]];
}

/* The full canonical decomposition; Hangul syllables, which follow a formula, are not in it. */
static inline nomen_unicode_mapping nomen_unicode_decomposition(uint32_t scalar) {
    size_t place = (size_t)nomen_unicode_decomposition_block[scalar >> 7] << 7 | (scalar & 127);
    const uint32_t *entry = nomen_unicode_decomposition_pool + nomen_unicode_decomposition_place[place];
    return (nomen_unicode_mapping){entry + 1, entry[0]};
}

static inline nomen_unicode_mapping nomen_unicode_lower(uint32_t scalar) {
    size_t place = (size_t)nomen_unicode_lower_block[scalar >> 7] << 7 | (scalar & 127);
    const uint32_t *entry = nomen_unicode_lower_pool + nomen_unicode_lower_place[place];
    return (nomen_unicode_mapping){entry + 1, entry[0]};
}

#endif
