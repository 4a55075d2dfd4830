/*
 * Offsets of one text in three units. Inside the library an offset is a byte; Python counts code points, JavaScript and Java
 * UTF-16 units.
 *
 *     nomen_offset_map *map;
 *     if (nomen_offset_map_create(text, n_bytes, NOMEN_OFFSET_UTF16, &map, &err) != NOMEN_OK) { return fail(&err); }
 *     size_t start = nomen_offset_map_from_byte(map, entity->span.start);
 *     nomen_offset_map_free(map);
 */
#ifndef NOMEN_OFFSETS_H
#define NOMEN_OFFSETS_H

#include <stddef.h>

#include "nomen/error.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Turns offsets of one text into another unit and back. Never changes: any number of threads may use one. */
typedef struct nomen_offset_map nomen_offset_map;

/*
 * Makes a map of `text` (n_bytes of UTF-8, borrowed: it must outlive the map), in time that grows with the text. An ill-formed
 * byte sequence counts as the U+FFFD it is read as (see nomen_tokenizer_encode). On NOMEN_OK *out is the caller's, to be freed
 * with nomen_offset_map_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_offset_map_create(const char *text, size_t n_bytes, nomen_offset_unit unit, nomen_offset_map **out,
                                     nomen_error *err);

/* Frees a map; NULL is allowed. */
void nomen_offset_map_free(nomen_offset_map *map);

/* The offset in units of a byte, at most n_bytes; a byte inside a character counts as its beginning. */
size_t nomen_offset_map_from_byte(const nomen_offset_map *map, size_t byte);

/* The byte where the character at an offset in units begins; past the end it is n_bytes. */
size_t nomen_offset_map_to_byte(const nomen_offset_map *map, size_t offset);

/* "codepoint", "byte" or "utf16", as nomen_offset_unit_parse takes them; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_offset_unit_name(nomen_offset_unit unit);

/* The unit called "codepoint", "byte" or "utf16"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_offset_unit_parse(const char *name, nomen_offset_unit *out, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
