/*
 * Offsets of one text in three units. Inside the library an offset is a byte; users ask for code
 * points (as Python counts) or UTF-16 units (as JavaScript and Java count). An ill-formed byte
 * sequence counts as the U+FFFD it is read as (base/utf8.h).
 */
#ifndef NOMEN_TEXT_OFFSETS_H
#define NOMEN_TEXT_OFFSETS_H

#include <stddef.h>

#include "base/error.h"
#include "nomen/offsets.h"

/* Where a character begins, in bytes and in units. */
typedef struct nomen_offset_mark {
    size_t byte;
    size_t unit;
} nomen_offset_mark;

/* Start from {0}. `text` is borrowed and must outlive the map. */
struct nomen_offset_map {
    const char *text;
    size_t n_bytes;
    size_t n_units;
    nomen_offset_unit unit;
    nomen_offset_mark *marks; /* one for every 256 bytes; NULL where units are bytes */
    size_t n_marks;
};

nomen_status nomen_offset_map_fill(const char *text, size_t n_bytes, nomen_offset_unit unit, nomen_offset_map *out,
                                   nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_offset_map_clear(nomen_offset_map *map);

#endif
