/* Byte offsets of a text as code points or UTF-16 units, in one pass over it. */
#ifndef NOMEN_TAG_OFFSETS_H
#define NOMEN_TAG_OFFSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/tag.h"

/* A place in a text, in bytes and in units. */
typedef struct nomen_offset_cursor {
    const char *text;
    size_t n_bytes;
    nomen_offset_unit unit;
    size_t byte, units;
} nomen_offset_cursor;

nomen_offset_cursor nomen_offset_start(const char *text, size_t n_bytes, nomen_offset_unit unit);

/*
 * A span of bytes in the cursor's unit. Takes one pass for spans whose starts don't fall, as those of
 * words and entities; a span further back is right as well, but starts the pass again. A
 * byte inside a character counts as the character's beginning.
 */
nomen_span nomen_offset_convert(nomen_offset_cursor *cursor, nomen_span bytes);

/* Code points of a text; a maximal ill-formed part counts one. */
size_t nomen_offset_count(const char *text, size_t n_bytes);

/*
 * Bytes of the first character of a text that is not empty. *valid is false where it is an ill-formed
 * part, which is read as U+FFFD: the longest beginning of a well-formed sequence, or one byte (Unicode
 * 15.0, section 3.9, "substitution of maximal subparts"; Python's errors="replace").
 */
size_t nomen_offset_step(const char *text, size_t n_bytes, bool *valid);

#endif
