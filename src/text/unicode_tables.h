/* The arrays of the generated unicode_tables.c. Only text/unicode.h reads them. */
#ifndef NOMEN_TEXT_UNICODE_TABLES_H
#define NOMEN_TEXT_UNICODE_TABLES_H

#include <stdint.h>

typedef struct nomen_unicode_property {
    uint8_t flags;           /* NOMEN_UNICODE_..., see text/unicode.h */
    uint8_t combining_class; /* 0 for a starter */
} nomen_unicode_property;

/* Each table is two stages: the number of a block of 128 scalar values, then the values of the block. */
extern const nomen_unicode_property nomen_unicode_properties[];
extern const uint8_t nomen_unicode_property_block[];
extern const uint8_t nomen_unicode_property_kind[];

/* Mappings: a place in a pool that holds the length of a string and its scalar values; place 0 is none. */
extern const uint8_t nomen_unicode_decomposition_block[];
extern const uint16_t nomen_unicode_decomposition_place[];
extern const uint32_t nomen_unicode_decomposition_pool[];
extern const uint8_t nomen_unicode_lower_block[];
extern const uint16_t nomen_unicode_lower_place[];
extern const uint32_t nomen_unicode_lower_pool[];

#endif
